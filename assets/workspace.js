// What waits, live, where scripts run: the title and the navigation say how much, the start page's lists are fetched
// anew, and the computer shows a notice if that was allowed. Numbers alone: no name leaves the page. A stream of events
// tells at once; without it the numbers are asked for every twenty seconds, which is most often an empty 304.
import { fetched, whenUsed } from "./shared/in-use.js";

const live = document.getElementById("live");
const EVERY = 20_000;
const title = document.title;
let known;
let before;
let asking = false;
// A chat's page is read by being fetched, and chat.js keeps what is on it.
const isChat = document.querySelector("section[data-events]") !== null;
let isBehind = false;

const said = (waiting) =>
  ["arrived", "unanswered", "offered", "tasks"]
    .filter((what) => waiting[what] > 0)
    .map((what) => `${live.dataset[what]} ${waiting[what]}`)
    .join(", ");

const mark = (path, number) => {
  const link = document.querySelector(`nav.sections a[href="${path}"]`);
  if (!link) return;
  link.dataset.text ??= link.textContent;
  link.textContent = number > 0 ? `${link.dataset.text} (${number})` : link.dataset.text;
};

// A page of staff's own; none where the session has ended.
const page = async (path) => {
  const found = await fetched(path);
  return found?.getElementById("live") ? found : undefined;
};

// The lists of the start page, but for one in which somebody is. In a tab that nobody looks at they are left for later.
const refresh = async () => {
  if (document.hidden || isChat || !document.querySelector("[data-live]")) return;
  const fresh = await page(location.href);
  if (!fresh) return;
  isBehind = false;
  for (const old of document.querySelectorAll("[data-live]")) {
    const list = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
    if (list && !old.contains(document.activeElement)) old.replaceWith(document.importNode(list, true));
  }
};

// The tabs of what is open, on every page and as they are now. Without scripts they stand on the record's page and on their
// own, to which the navigation leads.
const showTabs = async () => {
  const open = await page("/workspace/open");
  if (!open) return;
  const old = document.querySelector("nav.tabs");
  const fresh = open.querySelector("nav.tabs");
  if (old?.contains(document.activeElement)) return;
  if (!fresh) {
    old?.remove();
    return;
  }
  const tabs = document.importNode(fresh, true);
  for (const tab of tabs.querySelectorAll("li")) {
    const link = tab.querySelector("a");
    const isHere = link.pathname === location.pathname;
    if (isHere) link.setAttribute("aria-current", "page");
    tab.querySelector("[name=return_to]").value = isHere ? "/workspace/start" : location.pathname + location.search;
  }
  if (old) old.replaceWith(tabs);
  else document.querySelector("nav.sections")?.after(tabs);
};

const show = (waiting) => {
  const all = waiting.arrived + waiting.unanswered + waiting.offered + waiting.tasks;
  document.title = all > 0 ? `(${all}) ${title}` : title;
  mark("/workspace/start", all);
  mark("/workspace/colleagues", waiting.offered);
  const more = before && Object.keys(waiting).some((what) => waiting[what] > before[what]);
  isBehind ||= before !== undefined;
  before = waiting;
  if (!more) return;
  live.textContent = `${live.dataset.more} ${said(waiting)}`;
  if (document.hidden && globalThis.Notification?.permission === "granted") {
    new Notification(live.dataset.more, { body: said(waiting), tag: "waiting" });
  }
};

// One stream a tab that is looked at: a browser has few connections for all its tabs together.
let stream;
const listen = () => {
  if (stream || document.hidden || !globalThis.EventSource) return;
  stream = new EventSource("/messaging/v1/notifications/events");
  stream.addEventListener("notification", () => ask().then(showTabs).catch(() => {}));
  stream.addEventListener("error", () => {
    if (stream?.readyState === EventSource.CLOSED) stream = undefined;
  });
};
const look = () => {
  if (document.hidden) {
    stream?.close();
    stream = undefined;
  } else {
    ask();
  }
};

const ask = async () => {
  if (asking || !navigator.onLine) return;
  asking = true;
  try {
    const answer = await fetch("/workspace/v1/waiting", { headers: known ? { "if-none-match": known } : {} });
    if (!answer.ok && answer.status !== 304) return;
    if (answer.ok) {
      known = answer.headers.get("etag");
      show(await answer.json());
    }
    listen();
    if (isBehind) await refresh();
  } catch {
    // Without a network there is nothing to tell: the next time will.
  } finally {
    asking = false;
  }
};

// What became of the text messages about what this page shows, on the page itself. Without scripts a link leads there.
const about = /^\/(booking\/appointments|tickets|messaging\/chats)\/([0-9a-f-]{36})$/.exec(location.pathname);
const showMessages = async ([, where, id]) => {
  const name = { "booking/appointments": "appointment", tickets: "ticket", "messaging/chats": "case" }[where];
  const messages = (await page(`/sms/messages/${name}/${id}`))?.getElementById("text-messages");
  if (!messages) return;
  messages.querySelector("h2").classList.remove("visually-hidden");
  document.querySelector("main").append(document.importNode(messages, true));
};
if (live && about) showMessages(about).catch(() => {});

// A tab that is closed beside what is looked at takes nothing away from that.
document.addEventListener("submit", async (event) => {
  const tab = event.target.closest("nav.tabs li");
  if (!tab || tab.querySelector("[aria-current]")) return;
  event.preventDefault();
  const form = new URLSearchParams(new FormData(event.target, event.submitter));
  const next = (tab.nextElementSibling ?? tab.previousElementSibling)?.querySelector("a");
  try {
    // Its button's name is action, too: the property would be that.
    const answer = await fetch(event.target.getAttribute("action"), { method: "POST", body: form, redirect: "manual" });
    // Done, it leads elsewhere.
    if (answer.type !== "opaqueredirect") return;
    tab.remove();
    next?.focus();
  } catch {
    // Without a network it stays open, as one does that was refused.
  }
});

// What is being written in one matter is not lost unasked by going to another.
addEventListener("beforeunload", (event) => {
  const isUnsent = ({ form, value, defaultValue }) => value !== defaultValue && !form?.dataset.sent;
  if (![...document.querySelectorAll("main textarea:not([readonly])")].some(isUnsent)) return;
  event.preventDefault();
  // Who stays can send what was on its way once more.
  for (const form of document.forms) delete form.dataset.sent;
});

const allow = document.getElementById("allow-notifications");
if (allow && globalThis.Notification?.permission === "default") {
  allow.hidden = false;
  allow.addEventListener("click", async () => {
    await Notification.requestPermission();
    allow.hidden = true;
  });
}

if (live) {
  ask();
  if (!document.querySelector("nav.tabs")) showTabs().catch(() => {});
  setInterval(ask, EVERY);
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", look);
  // That page shows nobody. A chat's renews the session by itself.
  if (!isChat) whenUsed(() => page("/workspace/notifications").then(ask).catch(() => {}));
}
