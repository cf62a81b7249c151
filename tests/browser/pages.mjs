// Every page there is: what it is called, by which route it comes, who looks at it and how it is reached. Whatever walks
// all pages (accessibility, zoom) takes them from here. A route of any function that has no row fails, and so does a row
// whose route is gone: a new page gets its row here, and a state of it that looks different gets one of its own.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { pick, post, signInAsPatient, signInAsStaff } from "./people.mjs";

const PATIENT = "196103072390"; // alex.blom
const STRANGER = "201011242383"; // nobody whom the unit knows
const NO_ID = "01a20729-74f8-7208-8257-6be001271b0d";
const DAY = 86_400_000;

const [ANNA, STIG] = ["SE165565594230-P001", "SE165565594230-P002"];

// Who looks, in a browser of their own each: as whom they sign in, and on how wide a screen.
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };
export const people = {
  nobody: { viewport: PHONE, signIn: (page) => page.goto("/") },
  patient: { viewport: PHONE, signIn: (page, language) => signInAsPatient(page, "alex.blom", language) },
  guest: {
    viewport: PHONE,
    signIn: async (page, language, made) => {
      await page.goto(made.guestLink);
      await page.locator("main form button").click();
    },
  },
  staff: { viewport: DESK, signIn: (page, language) => signInAsStaff(page, "anna.lind", language) },
  administrator: { viewport: DESK, signIn: (page, language) => signInAsStaff(page, "per.sand", language) },
};

// `at`: its address, where it is not the route itself. `then`: what is done there, where an address is not enough.
// `status`: what it is answered with, if not 200. `theirs`: the part that is another project's own, which accessibility is not judged on.
// `arranged`: it shows what nobody but the store itself brings about, and is left out where that is not the tests' own.
const submit = (form) => async (page) => {
  await Promise.all([page.waitForEvent("load"), page.locator(form).getByRole("button").last().click()]);
};
// As `submit`, where the page that comes says no.
const opens = (form, status) => async (page) => {
  const [answer] = await Promise.all([page.waitForNavigation(), page.locator(form).getByRole("button").last().click()]);
  assert.equal(answer.status(), status);
};
// As `submit`, past what the browser itself would stop.
const submitAnyway = (form) => async (page) => {
  await page.locator(form).evaluate((element) => (element.noValidate = true));
  await submit(form)(page);
};
// Sends a message that is too long, which the page says without being left.
const writeTooMuch = async (page) => {
  const field = page.locator("form.write textarea");
  await field.evaluate((element) => element.removeAttribute("maxlength"));
  await field.fill("å".repeat(4_001));
  await page.locator("form.write button").first().click();
  await page.locator("ds-error-summary").waitFor();
};
const find = (field, text) => async (page) => {
  await page.locator(field).fill(text);
  await submit("main form:has(#personal_identity)")(page);
};
export const pages = [
  { name: "start", route: "/", who: "nobody" },
  { name: "sign-in", route: "/identity/sign-in", who: "nobody" },
  { name: "signed-out", route: "/identity/signed-out", who: "nobody" },
  { name: "not-found", at: "/nothing", status: 404, who: "nobody" },
  { name: "guest-link", route: "/identity/g/{code}", at: "/identity/g/AAAAAAAAAAAAAAAAAAAAAA", who: "nobody" },
  { name: "no-link", at: "/identity/g/AAAAAAAAAAAAAAAAAAAAAA", who: "nobody", then: submit("main form") },
  { name: "link-over", at: ({ linkOver }) => linkOver, who: "nobody", arranged: true, then: opens("main form", 410) },
  { name: "guest-away", at: "/identity/guest", status: 401, who: "nobody" },
  { name: "guest-digits", at: ({ guardedLink }) => guardedLink, who: "nobody", then: submit("main form") },
  {
    name: "guest-digits-fault",
    at: ({ guardedLink }) => guardedLink,
    who: "nobody",
    then: async (page) => {
      await submit("main form")(page);
      await page.locator("#phone").fill("0000");
      await submit("main form")(page);
    },
  },
  // What they leave at the provider goes to nobody's next page: these stand last.
  {
    name: "under-age",
    who: "nobody",
    at: "/identity/sign-in/patient",
    then: (page) => pick(page, "liv.tolv").then(() => page.locator("h1").waitFor()),
  },
  {
    name: "commission",
    route: "/identity/commission",
    who: "nobody",
    at: "/identity/sign-in/staff",
    then: (page) => pick(page, "lars.ek").then(() => page.waitForURL("**/identity/commission")),
  },

  { name: "home", route: "/portal/home", who: "patient" },
  { name: "matters", route: "/portal/matters", who: "patient" },
  { name: "profile", route: "/portal/profile", who: "patient" },
  {
    name: "profile-fault",
    at: "/portal/profile",
    who: "patient",
    then: async (page) => {
      await page.locator("#phone").fill("070");
      await submit("form[action='/portal/profile']")(page);
    },
  },
  { name: "access-log", route: "/portal/access-log", who: "patient" },
  { name: "support", route: "/portal/support", who: "patient" },
  { name: "terms", route: "/portal/terms", who: "patient" },
  { name: "personal-data", route: "/portal/personal-data", who: "patient" },
  { name: "ticket", route: "/tickets/{id}", at: ({ ticket }) => `/tickets/${ticket}`, who: "patient" },
  { name: "ticket-nothing-picked", at: ({ ticket }) => `/tickets/${ticket}`, who: "patient", then: submit("form.times") },
  { name: "ticket-told", at: ({ ticket }) => `/tickets/${ticket}?told=1`, who: "patient" },
  { name: "ticket-booked", at: ({ bookedTicket }) => `/tickets/${bookedTicket}`, who: "patient" },
  { name: "ticket-without-times", at: ({ ticketWithoutTimes }) => `/tickets/${ticketWithoutTimes}`, who: "patient" },
  { name: "ticket-revoked", at: ({ revokedTicket }) => `/tickets/${revokedTicket}`, who: "patient" },
  {
    name: "ticket-taken",
    at: ({ ticket }) => `/tickets/${ticket}`,
    who: "patient",
    // The time that is picked is somebody's by the time it is sent.
    then: async (page, { takenSlot }) => {
      const pick = (input, slot) => Object.assign(input, { value: slot, checked: true });
      await page.locator("details[open] input[name=slot]").first().evaluate(pick, takenSlot);
      await submit("form.times")(page);
    },
  },
  { name: "ticket-expired", at: ({ expiredTicket }) => `/tickets/${expiredTicket}`, who: "patient", arranged: true },
  { name: "no-ticket", at: "/t/00000000000000000000000000", status: 404, who: "patient" },
  { name: "ticket-rebook", at: ({ bookedTicket }) => `/tickets/${bookedTicket}?rebook=1`, who: "patient" },
  { name: "visit", route: "/booking/appointments/{id}", at: ({ visit }) => `/booking/appointments/${visit}`, who: "patient" },
  { name: "visit-today", at: ({ visitToday }) => `/booking/appointments/${visitToday}`, who: "patient" },
  { name: "visit-arrived", at: ({ arrived }) => `/booking/appointments/${arrived}`, who: "patient" },
  { name: "visit-cancelled", at: ({ cancelled }) => `/booking/appointments/${cancelled}`, who: "patient" },
  { name: "messages", route: "/messaging/cases", who: "patient" },
  { name: "chat", route: "/messaging/chats/{id}", at: ({ chat }) => `/messaging/chats/${chat}`, who: "patient" },
  { name: "chat-fault", at: ({ chat }) => `/messaging/chats/${chat}`, who: "patient", then: writeTooMuch },
  { name: "attachments", route: "/attachments/chats/{id}", at: ({ chat }) => `/attachments/chats/${chat}`, who: "patient" },
  {
    name: "attachments-with-what-was-begun",
    at: ({ chat }) => `/messaging/chats/${chat}`,
    who: "patient",
    then: async (page) => {
      await page.locator("form.write textarea").fill("Så här ser det ut.");
      await submit("form.write")(page);
    },
  },
  { name: "chat-closed", at: ({ closedChat }) => `/messaging/chats/${closedChat}`, who: "patient" },
  { name: "forbidden", at: "/workspace/start", status: 403, who: "patient" },
  { name: "not-found-of-patient", at: `/booking/appointments/${NO_ID}`, status: 404, who: "patient" },
  { name: "gone", at: ({ harmfulFile }) => `/attachments/files/${harmfulFile}`, status: 410, who: "patient", arranged: true },
  { name: "failed", at: ({ brokenFile }) => `/attachments/files/${brokenFile}`, status: 500, who: "patient", arranged: true },
  {
    name: "kept-form",
    route: "/identity/kept-form",
    at: "/portal/profile",
    who: "patient",
    // A form that is sent after its session's token is gone.
    then: async (page) => {
      await page.locator("#phone").fill("070-174 06 05");
      await page.context().clearCookies({ name: "__Host-session" });
      await submit("form[action='/portal/profile']")(page);
      await page.waitForURL("**/identity/kept-form");
    },
  },

  { name: "guest", route: "/identity/guest", who: "guest" },

  { name: "workspace", route: "/workspace/start", who: "staff" },
  { name: "find-patient", route: "/workspace/find-patient", who: "staff" },
  {
    name: "patient-found",
    at: "/workspace/find-patient",
    who: "staff",
    then: find("#personal_identity", PATIENT),
  },
  { name: "patients-found-by-name", at: "/workspace/find-patient", who: "staff", then: find("#name", "alex") },
  { name: "find-patient-fault", at: "/workspace/find-patient", who: "staff", then: find("#personal_identity", "123") },
  { name: "find-patient-in-emergency", at: "/workspace/find-patient", who: "staff", then: find("#personal_identity", STRANGER) },
  {
    name: "find-patient-without-reason",
    at: "/workspace/find-patient",
    who: "staff",
    then: async (page) => {
      await find("#personal_identity", STRANGER)(page);
      await find("#emergency_reason", "")(page);
    },
  },
  { name: "schedule", route: "/workspace/schedule", who: "staff" },
  { name: "schedule-week", at: "/workspace/schedule?view=week", who: "staff" },
  { name: "colleagues", route: "/workspace/colleagues", who: "staff" },
  { name: "notifications", route: "/workspace/notifications", who: "staff" },
  { name: "record", route: "/workspace/records/{id}", at: ({ chat }) => `/workspace/records/${chat}`, who: "staff" },
  { name: "record-fault", at: ({ chat }) => `/workspace/records/${chat}`, who: "staff", then: submitAnyway("form#new") },
  { name: "record-message-fault", at: ({ chat }) => `/workspace/records/${chat}`, who: "staff", then: writeTooMuch },
  { name: "record-closed", at: ({ closedChat }) => `/workspace/records/${closedChat}`, who: "staff" },
  {
    name: "record-addendum",
    route: "/workspace/records/{id}/addendum/{note}",
    at: ({ chat, note }) => `/workspace/records/${chat}/addendum/${note}`,
    who: "staff",
  },
  // The record that was looked at stands among the tabs, and from the first staff page on another says what is unread.
  { name: "open-matters", route: "/workspace/open", who: "staff" },
  { name: "attachments-of-staff", at: ({ chat }) => `/attachments/chats/${chat}?return_to=/workspace/records/${chat}`, who: "staff" },
  { name: "slots", route: "/booking/slots", who: "staff" },
  { name: "slots-fault", at: "/booking/slots", who: "staff", then: submitAnyway("main form:not(.inline)") },
  { name: "slots-ended", at: "/booking/slots?ended=019aa000-0000-7000-8000-000000000000", who: "staff" },
  { name: "new-scheduled", route: "/booking/new/{kind}", at: "/booking/new/scheduled", who: "staff" },
  { name: "new-free-time", at: "/booking/new/free-time", who: "staff" },
  { name: "new-free-time-fault", at: "/booking/new/free-time", who: "staff", then: submit("main form") },
  { name: "new-video", at: "/booking/new/video", who: "staff" },
  {
    name: "new-visit-check",
    at: "/booking/new/free-time",
    who: "staff",
    then: async (page) => {
      await page.locator("#personal_identity").fill(PATIENT);
      await page.locator("#starts_at").fill(new Date(Date.now() + 80 * DAY).toISOString().slice(0, 10) + "T07:10");
      await page.locator("#minutes").fill("15");
      await page.locator("#reason").fill("Uppföljning");
      await submit("main form")(page);
      await page.locator("button[value='book']").waitFor();
    },
  },
  { name: "visit-arrived-of-staff", at: ({ arrived }) => `/booking/appointments/${arrived}`, who: "staff" },
  { name: "visit-of-staff", at: ({ visit }) => `/booking/appointments/${visit}`, who: "staff" },
  {
    name: "text-messages",
    route: "/sms/messages/{about}/{id}",
    at: ({ visit }) => `/sms/messages/appointment/${visit}`,
    who: "staff",
  },
  { name: "ticket-of-staff-expired", at: ({ expiredTicket }) => `/tickets/${expiredTicket}`, who: "staff", arranged: true },
  { name: "not-found-of-staff", at: `/booking/appointments/${NO_ID}`, status: 404, who: "staff" },
  { name: "forbidden-of-staff", at: "/portal/home", status: 403, who: "staff" },
  { name: "gone-of-staff", at: ({ harmfulFile }) => `/attachments/files/${harmfulFile}`, status: 410, who: "staff", arranged: true },
  { name: "failed-of-staff", at: ({ brokenFile }) => `/attachments/files/${brokenFile}`, status: 500, who: "staff", arranged: true },
  { name: "ticket-of-staff", at: ({ ticket }) => `/tickets/${ticket}`, who: "staff" },
  { name: "tickets", route: "/tickets", who: "staff" },
  { name: "new-ticket", route: "/tickets/new", who: "staff" },
  { name: "new-ticket-fault", at: "/tickets/new", who: "staff", then: submit("main form") },
  { name: "capacity", route: "/tickets/capacity", who: "staff" },
  { name: "batches", route: "/tickets/batches", who: "staff" },
  { name: "new-batch", route: "/tickets/batches/new", who: "staff" },
  { name: "batch", route: "/tickets/batches/{id}", at: ({ batch }) => `/tickets/batches/${batch}`, who: "staff" },
  {
    name: "batch-working",
    at: "/tickets/batches",
    who: "staff",
    then: async (page) => {
      // The page's script would work it off, and load the page anew when that is done.
      await page.route("**/tickets/batches/*", (route) => (route.request().method() === "POST" ? route.abort() : route.fallback()));
      const { id } = await newBatch(page);
      await post(page, `/tickets/v1/batches/${id}/confirm`, {});
      await page.goto(`/tickets/batches/${id}`);
    },
  },
  { name: "cases", at: "/messaging/cases", who: "staff" },
  { name: "cases-closed-too", at: "/messaging/cases?all=1", who: "staff" },
  { name: "new-case", route: "/messaging/new-case", who: "staff" },
  { name: "new-case-fault", at: "/messaging/new-case", who: "staff", then: submitAnyway("main form") },
  { name: "chat-of-staff", at: ({ chat }) => `/messaging/chats/${chat}`, who: "staff" },
  { name: "chat-of-staff-offered", at: ({ offered }) => `/messaging/chats/${offered}`, who: "staff" },
  { name: "chat-of-staff-closed", at: ({ closedChat }) => `/messaging/chats/${closedChat}`, who: "staff" },
  { name: "chat-of-staff-fault", at: ({ chat }) => `/messaging/chats/${chat}`, who: "staff", then: submitAnyway("form:has(#reason)") },
  { name: "statistics", route: "/administration/statistics", who: "staff" },
  {
    name: "api-documents",
    route: "/docs",
    who: "staff",
    theirs: "#api-document", // Swagger UI; the documents themselves are linked beside it
    then: (page) => page.locator("#api-document .opblock").first().waitFor(),
  },

  { name: "settings", route: "/administration/settings", who: "administrator" },
  {
    name: "settings-fault",
    at: "/administration/settings",
    who: "administrator",
    then: async (page) => {
      await page.locator("main form input[inputmode=numeric]").first().fill("x");
      await submit("main form")(page);
    },
  },
  { name: "phrases", route: "/administration/phrases", who: "administrator" },
  {
    name: "phrases-kept",
    at: "/administration/phrases",
    who: "administrator",
    then: async (page) => {
      await page.locator("#title").fill("Hälsning");
      await page.locator("#text").fill("Hej {patient}!");
      await submit("main form:has(#text)")(page);
    },
  },
  {
    name: "phrases-fault",
    at: "/administration/phrases",
    who: "administrator",
    then: async (page) => {
      await page.locator("#text").fill("Hej {namn}!");
      await submit("main form:has(#text)")(page);
    },
  },
  { name: "operations", route: "/administration/operations", who: "administrator" },
  { name: "emergencies", route: "/workspace/emergencies", who: "administrator" },
  { name: "log-review", route: "/portal/access-log/review", at: "/portal/access-log/review?verify=0", who: "administrator" },
  {
    name: "log-sample",
    route: "/portal/access-log/review/{id}",
    at: "/portal/access-log/review",
    who: "administrator",
    then: submit("main form"),
  },
];

// Routes of a GET that show no page of their own.
const notPages = [
  "/healthz",
  "/attachments/files/{id}", // a picture or a document
  "/identity/sign-in/{audience}", // leads to the provider
  "/identity/callback/{audience}", // leads on from it
  "/identity/renew", // leads back
  "/static/{name}",
  "/t/{code}", // leads to the ticket, or says that it is none
];

/** Fails where a function's page has no row, or a row has no route any more. */
export const haveAllPages = async () => {
  const functions = new URL("../../functions/", import.meta.url);
  const routes = [];
  for (const name of await readdir(functions)) {
    const source = await readFile(new URL(`${name}/src/lib.rs`, functions), "utf8");
    for (const [, route] of source.matchAll(/\.get\(\s*"([^"]+)"/g)) {
      if (!route.includes("/v1/") && !notPages.includes(route)) routes.push(route);
    }
  }
  const rows = pages.map(({ route }) => route).filter(Boolean);
  assert.deepEqual([...rows].sort(), routes.sort(), "the pages' table is not what the functions' routes are");
};

/** What the pages show: visits, tickets and cases of a patient's, made by staff as programs make them. */
export const makeMatters = async (person, arrange) => {
  const [staff, patient] = [await person(), await person()];
  await signInAsStaff(staff, "anna.lind");
  await staff.getByRole("heading", { level: 1 }).waitFor();
  await signInAsPatient(patient, "alex.blom");
  await patient.getByRole("heading", { level: 1 }).waitFor();
  const of = { personal_identity: PATIENT, name: "Alex Blom" };
  const book = async (startsAt, more = {}) => {
    const visit = { kind: "free-time", starts_at: startsAt.toISOString(), minutes: 20, reason: "Uppföljning av blodtryck", allow_overlap: true };
    return post(staff, "/booking/v1/appointments", { ...visit, patient: of, ...more });
  };
  const inDays = (days) => new Date(Math.floor((Date.now() + days * DAY) / 60_000) * 60_000);
  const visit = await book(inDays(60), { instructions: "Ta med din lista över läkemedel." });
  const cancelled = await book(inDays(61));
  await post(staff, `/booking/v1/appointments/${cancelled.id}/cancel`, { reason: "Mottagningen är stängd den dagen." });
  const today = await book(new Date(Date.now() + 10 * 60_000), {
    kind: "video",
    participants: [{ role: "relative", name: "Sam Nour", phone: "070-174 06 20" }],
  });
  const { link } = await post(staff, "/identity/v1/guest-links", { appointment: today.id, participant: today.participants[0].id });
  // Her guests confirm who they are.
  const guardedVisit = await book(new Date(Date.now() + 15 * 60_000), {
    kind: "video",
    patient: { personal_identity: "197905222399", name: "Bo Fors", protected_identity: true },
    participants: [{ role: "relative", name: "Sam Nour", phone: "070-174 06 20" }],
  });
  const guardedGuest = { appointment: guardedVisit.id, participant: guardedVisit.participants[0].id };
  const { link: guarded } = await post(staff, "/identity/v1/guest-links", guardedGuest);

  const ticket = await newTicket(staff);
  const booked = await newTicket(staff);
  const { slots } = await patient.evaluate(async (id) => (await fetch(`/tickets/v1/tickets/${id}/slots`)).json(), booked);
  await post(patient, `/tickets/v1/tickets/${booked}/redeem`, { slot: slots.at(-1).id });
  const without = await newTicket(staff, { minutes: 217 });
  const revoked = await newTicket(staff);
  await post(staff, `/tickets/v1/tickets/${revoked}/revoke`, {});
  const arrived = await book(new Date(Date.now() + 35 * 60_000));
  await post(patient, `/booking/v1/appointments/${arrived.id}/arrive`, {});
  const batch = await newBatch(staff);

  // Every list of the colleagues' page has something: offered to her and by her, in the pool, her own, and taken part in.
  const colleague = await person();
  await signInAsStaff(colleague, "stig.testkvist");
  await colleague.getByRole("heading", { level: 1 }).waitFor();
  const handOver = async (by, subject, practitioner) => {
    const chat = await newCase(by, subject);
    await post(by, `/messaging/v1/chats/${chat}/hand-over`, { practitioner, note: "Kan du ta det här?" });
    return chat;
  };
  const offered = await handOver(colleague, "Fråga om provsvar", ANNA);
  await handOver(staff, "Fråga om intyg", STIG);
  await newCase(staff, "Fråga om vaccin", { role: "nurse" });
  const joined = await newCase(colleague, "Fråga om remiss");
  await post(colleague, `/messaging/v1/chats/${joined}/colleagues`, { practitioner: ANNA });
  const chat = await newCase(staff, "Uppföljning av blodtryck");
  await post(staff, `/messaging/v1/chats/${chat}/messages`, { text: "Hej och välkommen till Vård och hälsa! Hur mår du i dag?" });
  await post(patient, `/messaging/v1/chats/${chat}/messages`, { text: "Bättre än i går, tack." });
  await post(staff, `/messaging/v1/chats/${chat}/notes`, { text: "Ringer apoteket i morgon." });
  const note = await post(staff, `/workspace/v1/chats/${chat}/record/notes`, { text: "Mår bättre. Blodtryck mäts hemma i två veckor." });
  await post(staff, `/workspace/v1/chats/${chat}/record/notes/${note.id}/sign`, { changed_at: note.changed_at });
  const closed = await newCase(staff, "Fråga om recept");
  await post(staff, `/messaging/v1/chats/${closed}/messages`, { text: "Receptet är förnyat." });
  await post(staff, `/messaging/v1/cases/${closed}/close`, { reason: "Receptet är förnyat." });
  const attach = async () => (await attachDocument(patient, chat)).id;
  const write = (text) => post(patient, `/messaging/v1/chats/${chat}/messages`, { text });
  const arranged = arrange ? await arrangeMatters(arrange, { staff, attach, write, book, inDays }) : {};
  return {
    ...arranged,
    isArranged: arrange !== undefined,
    guardedLink: guarded,
    visit: visit.id,
    visitToday: today.id,
    cancelled: cancelled.id,
    guestLink: link,
    ticket,
    bookedTicket: booked,
    takenSlot: slots.at(-1).id,
    ticketWithoutTimes: without,
    revokedTicket: revoked,
    arrived: arrived.id,
    batch: batch.id,
    chat,
    closedChat: closed,
    offered,
    note: note.id,
  };
};

// What time alone brings about, or what must never happen: a ticket and a visit whose time is over, a file that the
// virus scanner refused, and one whose key no longer opens: its chat names it, and is read all the same.
const arrangeMatters = async (arrange, { staff, attach, write, book, inDays }) => {
  const [harmfulFile, brokenFile] = [await attach(), await attach()];
  await write("Här är mina papper.");
  const expiredTicket = await newTicket(staff);
  const over = await book(inDays(62), {
    kind: "video",
    participants: [{ role: "relative", name: "Sam Nour", phone: "070-174 06 20" }],
  });
  const { link } = await post(staff, "/identity/v1/guest-links", { appointment: over.id, participant: over.participants[0].id });
  const ago = (days) => Date.now() - days * DAY;
  await arrange(`
    UPDATE attachments SET state = 'refused' WHERE id = '${harmfulFile}';
    UPDATE attachments SET data_key = 'broken' WHERE id = '${brokenFile}';
    UPDATE tickets SET issued_at = ${ago(9)}, valid_until = ${ago(2)} WHERE id = '${expiredTicket}';
    UPDATE appointments SET overlap_allowed_by = practitioner_id, starts_at = ${ago(2)}, ends_at = ${ago(2)} + 1200000 WHERE id = '${over.id}';
  `);
  return { harmfulFile, brokenFile, expiredTicket, linkOver: link };
};

/** Uploads a document of somebody's to a chat, as a program does. */
const attachDocument = async (page, chat) => {
  const token = (await page.context().cookies()).find(({ name }) => name === "__Host-session").value;
  const answer = await fetch(`${new URL(page.url()).origin}/attachments/v1/chats/${chat}/attachments`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "idempotency-key": crypto.randomUUID() },
    body: "%PDF-1.7\n(Remiss)\nstartxref\n9\n%%EOF\n",
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return answer.json();
};

const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

/** A list of patients who get a ticket each, with a fault in it. */
const newBatch = (staff) =>
  post(staff, "/tickets/v1/batches", {
    role: "nurse",
    minutes: 30,
    last_day: day(20),
    reason: "Uppföljning av blodtryck",
    csv: `personnummer;namn;mobil;sms;språk\n194410172383;Greta Alm;070-174 06 07;ja;sv\n1234;Fel Nummer;;;\n`,
  });

/** A ticket of the patient's for the length of slot that the unit has most of, by its id. */
export const newTicket = async (staff, more = {}) => {
  const { slots } = await staff.evaluate(async () => (await fetch("/booking/v1/slots?limit=1")).json());
  const minutes = (Date.parse(slots[0].ends_at) - Date.parse(slots[0].starts_at)) / 60_000;
  const issued = await post(staff, "/tickets/v1/tickets", {
    patient: { personal_identity: PATIENT, name: "Alex Blom" },
    role: slots[0].role,
    minutes,
    last_day: day(14),
    reason: "Uppföljning av blodtryck",
    ...more,
  });
  return issued.id;
};

/** A case of the patient's that is open for a week, by its chat's id. */
export const newCase = async (by, subject, more = {}) => {
  const patient = { personal_identity: PATIENT, name: "Alex Blom" };
  const closes_at = new Date(Date.now() + 7 * DAY).toISOString();
  return (await post(by, "/messaging/v1/cases", { patient, subject, closes_at, ...more })).id;
};

/** The pages of one who looks, as far as what they show could be made. */
export const pagesOf = (who, { isArranged }) => pages.filter((one) => one.who === who && (isArranged || !one.arranged));

/** Goes to a page as who looks at it. */
export const reach = async (page, { name, route, at, then, status = 200 }, made, language) => {
  const address = at ?? route;
  const answer = await page.goto(typeof address === "function" ? address(made) : address);
  assert.equal(answer.status(), status, `${name} is not the page it should be`);
  if (then) await then(page, made, language);
};
