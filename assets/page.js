// What every page does a little better with scripts: the error summary takes focus, a form that was sent says so
// and is sent once, and a page without network says that nothing was lost. Everything works without it.
import "@digdir/designsystemet-web/ds-error-summary";

const status = document.getElementById("status");
const say = (words) => {
  if (status && words) status.textContent = words;
};
for (const form of document.forms) {
  if (form.method !== "post") continue;
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      say(status?.dataset.offline);
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // What another script sends in its own way was not sent by the page. It says so after this, higher up.
    setTimeout(() => {
      if (event.defaultPrevented) delete form.dataset.sent;
    });
    setTimeout(() => form.dataset.sent && say(status?.dataset.waiting), 600);
  });
}
// A page that comes back by the back button may be sent again.
addEventListener("pageshow", () => {
  if (status) status.textContent = "";
  for (const form of document.forms) delete form.dataset.sent;
});
