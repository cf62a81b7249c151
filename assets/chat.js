// Makes an open chat's page live: when the chat's stream of events tells of something, the page is fetched anew, and
// what is new in its list of messages comes into the list that stands. What is being written stays. The stream begins
// anew by itself after a lost network, from the last event that was seen. In a tab that nobody looks at nothing is
// fetched, for that would be reading it, and no stream is open, for a browser has few connections for all its tabs.
// Shows who else is there and writes, and tells them of the one who writes here. A message is sent and taken back without
// leaving the page. Where nobody uses the page, its session ends, and so does all of this until somebody does.
import { fetched, headers, isInUse, parsed, whenUsed } from "./shared/in-use.js";

const messages = document.querySelector("section[data-events]");
const status = document.getElementById("status");

let fetching = false;
let again = false;

async function refresh() {
  if (document.hidden) return;
  // One at a time: what comes meanwhile is fetched afterwards, all at once.
  again = fetching;
  if (fetching) return;
  fetching = true;
  try {
    const page = await fetched(location.pathname);
    if (page) show(page);
  } catch {
    // Without a network nothing can be fetched: the stream's own return tells when there is one.
  } finally {
    fetching = false;
  }
  if (again) refresh();
}

const part = (of, name) => of.querySelector(`[data-live="${name}"]`);

// A form's key is another each time, and says nothing.
const look = (element) => element.outerHTML.replace(/name="key" value="[^"]*"| aria-live="off"/g, "");

// Of what changes, who wrote when and how far it has come is not read out.
function changed(part) {
  const one = document.importNode(part, true);
  if (one.matches("p.small")) one.setAttribute("aria-live", "off");
  return one;
}

// Gives an element of the list the parts in which another differs from it. Whoever stands in it stays there.
function renew(old, fresh) {
  const held = old.contains(document.activeElement);
  const parts = [...old.children];
  [...fresh.children].forEach((part, place) => {
    if (!parts[place]) old.append(changed(part));
    else if (look(parts[place]) !== look(part)) parts[place].replaceWith(changed(part));
  });
  for (const gone of parts.slice(fresh.children.length)) gone.remove();
  old.className = fresh.className;
  if (!held || old.contains(document.activeElement)) return;
  old.tabIndex = -1;
  old.focus();
}

// The list itself stays, so that a screen reader reads out what comes into it. Messages are numbered, and none goes.
function showList(old, fresh) {
  const first = fresh.firstElementChild?.value;
  // After so long that a page no longer holds all that came, the list begins with that page, and what is earlier than it
  // is found where that page says.
  if (first > (old.lastElementChild?.value ?? 0) + 1) {
    old.replaceChildren();
    part(document, "earlier")?.replaceWith(document.importNode(part(fresh.ownerDocument, "earlier"), true));
  }
  const known = new Map([...old.children].map((message) => [message.value, message]));
  for (const message of fresh.children) {
    const one = known.get(message.value);
    if (!one) old.append(document.importNode(message, true));
    else if (look(one) !== look(message)) renew(one, message);
  }
}

const isWriting = () => {
  const fields = [...document.querySelectorAll("main :is(input, textarea):not([readonly], [type=hidden])")];
  return fields.some((field) => field.value !== (field.form?.matches(".write") ? "" : field.defaultValue));
};

// Not while something is being written, nor where nobody is: what is loaded anew renews the session.
function comeAgain() {
  if (!isInUse() || isWriting()) return false;
  location.reload();
  return true;
}

let rests = false;

// The session's token has run out, and nobody uses the page; or it has ended, and something is being written.
function rest() {
  if (rests) return;
  rests = true;
  clearTimeout(writes);
  presence.textContent = presence.dataset.resting;
}

function goOn() {
  if (!rests) return;
  rests = false;
  presence.textContent = "";
  listen();
}

function show(page) {
  // The sign-in, for one.
  if (!page.querySelector("section[data-events]")) return comeAgain() || rest();
  // From where a stream begins that is opened from now on.
  messages.dataset.events = page.querySelector("section[data-events]").dataset.events;
  goOn();
  const [list, fresh] = [part(document, "list"), part(page, "list")];
  if (list && fresh) showList(list, fresh);
  for (const name of ["state", "none", "files"]) {
    const [old, fresh] = [part(document, name), part(page, name)];
    if (old && !fresh) old.remove();
    else if (old && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.importNode(fresh, true));
  }
  // The form comes when the case opens, or it is the reader's turn. It goes when the case closes.
  if (!document.querySelector("form.write") !== !page.querySelector("form.write")) comeAgain();
}

// What is wrong with a message, said as the page says it that the answer is.
function showFaults(field, page) {
  const summary = document.importNode(page.querySelector("ds-error-summary"), true);
  for (const link of summary.querySelectorAll('a[href="#text"]')) link.setAttribute("href", `#${field.id}`);
  const wrong = page.getElementById("text-wrong");
  if (wrong) {
    const said = document.importNode(wrong, true);
    said.id = `${field.id}-wrong`;
    field.before(said);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.id}-hint ${said.id}`);
  }
  status.after(summary);
  summary.focus();
}

function clearFaults(field) {
  for (const summary of document.querySelectorAll("ds-error-summary")) {
    if (summary.querySelector(`a[href="#${field?.id}"], a[href="#content"]`)) summary.remove();
  }
  if (!field) return;
  document.getElementById(`${field.id}-wrong`)?.remove();
  field.removeAttribute("aria-invalid");
  field.setAttribute("aria-describedby", `${field.id}-hint`);
}

// The form's key stays until an answer came, so that sending it once more writes it once.
async function post(form, body) {
  const path = form.getAttribute("action"); // its button is called so, too
  const sent = () => fetch(path, { method: "POST", body, headers: headers() });
  const answer = await sent();
  // The session's token had run out, and was renewed on the way.
  return new URL(answer.url).pathname === "/identity/kept-form" ? sent() : answer;
}

// What is to be said of it, where it was not taken; or where that leads: nowhere but by the browser's own way of sending,
// if the answer is a page of its own.
async function attempt(form, body) {
  if (!navigator.onLine) return { said: status.dataset.offline };
  const answer = await post(form, body);
  if (answer.status >= 500) return { said: messages.dataset.failed };
  const page = await parsed(answer);
  const isTaken = answer.ok && page.querySelector("section[data-events]");
  const isFaulty = answer.status === 422 && page.querySelector("ds-error-summary");
  if (!isTaken && !isFaulty) return { leads: answer.ok ? answer.url : "" };
  const field = form.elements.text;
  clearFaults(field);
  if (isFaulty) showFaults(field, page);
  if (field) {
    form.elements.key.value = page.querySelector("form.write")?.elements.key.value ?? crypto.randomUUID();
    if (isTaken) field.value = field.defaultValue = "";
    // A page that a form led to is shown anew by sending that form again, with what it held: not once that was sent.
    if (isTaken) history.replaceState(null, "", location.href);
  }
  if (isTaken && new URL(answer.url).pathname === location.pathname) show(page);
  else refresh();
  return {};
}

async function send(form, button) {
  const field = form.elements.text;
  const body = new URLSearchParams(new FormData(form, button));
  form.dataset.sent = "yes";
  if (field) field.readOnly = true;
  status.textContent = "";
  const waiting = setTimeout(() => (status.textContent = status.dataset.waiting), 600);
  // What became of it nobody knows where no answer came: it stays, and is sent again under the same key.
  const { said = "", leads } = await attempt(form, body).catch(() => ({ said: messages.dataset.failed }));
  clearTimeout(waiting);
  if (field) field.readOnly = false;
  // Whoever takes a message back leaves nothing behind that is being written.
  const stays = leads !== undefined && !field && isWriting();
  status.textContent = stays ? messages.dataset.failed : said;
  // To the sign-in: what was sent is left behind without asking.
  if (leads && !stays) return location.assign(leads);
  delete form.dataset.sent;
  if (leads === undefined || stays) return;
  form.dataset.plain = "yes";
  form.requestSubmit(button);
}

// Before page.js, whose way it is to leave the page, as the button does that takes what is written along to the files.
function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form.write, ol.messages form") || form.dataset.plain || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  event.stopPropagation();
  if (!form.dataset.sent) send(form, event.submitter ?? form.querySelector("button"));
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

let stream;
let failures = 0; // in a row
let later;

function listen() {
  clearTimeout(later);
  if (document.hidden || (rests && !isInUse()) || stream?.readyState < EventSource.CLOSED) return;
  stream = new EventSource(messages.dataset.events);
  stream.addEventListener("open", () => (failures = 0));
  stream.addEventListener("message", refresh);
  stream.addEventListener("chat", refresh);
  stream.addEventListener("presence", showPresence);
  stream.addEventListener("error", () => {
    if (stream.readyState < EventSource.CLOSED) return;
    // Later each time, and not in step with everybody else whom the same fault met.
    const longest = Math.min(60_000, 2000 * 2 ** failures++);
    later = setTimeout(comeBack, longest * (0.5 + Math.random() / 2));
  });
}

// The session's token ran out, for one: fetching the page renews it where somebody uses it, and brings what was missed.
const comeBack = () => refresh().then(listen);

function onVisibility() {
  if (!document.hidden) comeBack();
  else stream?.close();
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
  listen();
  addEventListener("online", comeBack);
  whenUsed(comeBack);
  document.addEventListener("visibilitychange", onVisibility);
  document.querySelector("form.write")?.addEventListener("input", tellWriting);
  document.addEventListener("submit", onSubmit, true);
}
