// Makes an open chat's page live: when the chat's stream of events tells of something, the page is fetched anew
// and its list of messages takes the place of the old one. What is being written stays. The stream begins anew by
// itself after a lost network, from the last event that was seen.
const messages = document.querySelector("section[data-events]");

let fetching = false;
let again = false;

async function refresh() {
  // One at a time: what comes meanwhile is fetched afterwards, all at once.
  again = fetching;
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Without a network nothing can be fetched: the stream's own return tells when there is one.
  } finally {
    fetching = false;
  }
  if (again) refresh();
}

function show(page) {
  for (const part of ["list", "state"]) {
    const old = document.querySelector(`[data-live="${part}"]`);
    const fresh = page.querySelector(`[data-live="${part}"]`);
    if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.importNode(fresh, true));
  }
  // The form goes when the case closes, unless something is being written in it.
  const form = document.querySelector("form.write");
  if (form && !page.querySelector("form.write") && !form.elements.text.value) location.reload();
}

if (messages && "EventSource" in window) {
  const stream = new EventSource(messages.dataset.events);
  stream.addEventListener("message", refresh);
  stream.addEventListener("chat", refresh);
  addEventListener("online", refresh);
}
