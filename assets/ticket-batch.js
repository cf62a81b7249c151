// Works a confirmed list of tickets off for as long as its page is open, and shows how far it has come. Without it
// the schedule does the same every minute, and the page shows it when it is loaded anew.
const pause = (millis) => new Promise((go) => setTimeout(go, millis));
const inputs = (form) => new URLSearchParams(new FormData(form));

for (let form; (form = document.getElementById("go-on")); await pause(300)) {
  try {
    // Its field is named action, too: the property would be that.
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: inputs(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const progress = page.getElementById("progress");
    // Ended, stopped, or no longer ours to see: the server says it best.
    if (!page.getElementById("go-on") || !progress) {
      location.reload();
      break;
    }
    document.getElementById("progress")?.replaceWith(progress);
  } catch {
    // No network: nothing is lost, and nobody gets two tickets by trying again.
    await pause(5000);
  }
}
