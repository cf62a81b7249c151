// Makes an open chat's page live: when the chat's stream of events tells of something, the page is fetched anew
// and its list of messages takes the place of the old one. What is being written stays. The stream begins anew by
// itself after a lost network, from the last event that was seen. Shows who else is there and writes, and tells them
// of the one who writes here.
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
  // The form comes when the case opens, or it is the reader's turn. It goes when the case closes, unless something is
  // being written in it.
  const form = document.querySelector("form.write");
  if (!form !== !page.querySelector("form.write") && !form?.elements.text.value) location.reload();
}

const presence = document.querySelector("[data-presence]");
let writes; // until the other side has been silent for a while

function showPresence({ data }) {
  const told = JSON.parse(data);
  const { presence: other, here, writing } = presence.dataset;
  clearTimeout(writes);
  presence.textContent = told.writing === other ? writing : told[other] ? here : "";
  if (told.writing === other) writes = setTimeout(() => (presence.textContent = here), 6000);
}

function open() {
  const stream = new EventSource(messages.dataset.events);
  stream.addEventListener("message", refresh);
  stream.addEventListener("chat", refresh);
  if (presence) stream.addEventListener("presence", showPresence);
  stream.addEventListener("error", () => {
    if (stream.readyState !== EventSource.CLOSED) return;
    // The session's token ran out, for one: fetching the page renews it, and brings what was missed.
    setTimeout(() => refresh().then(open), 2000);
  });
}

let told = 0;
function tellWriting(event) {
  if (event.target.name !== "text" || Date.now() - told < 3000) return;
  told = Date.now();
  fetch(messages.dataset.writing, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: "{}",
  }).catch(() => {});
}

// A page of earlier messages stays as it is: what is new stands on another.
if (messages && "EventSource" in window && !new URLSearchParams(location.search).has("before")) {
  open();
  addEventListener("online", refresh);
  document.querySelector("form.write")?.addEventListener("input", tellWriting);
}
