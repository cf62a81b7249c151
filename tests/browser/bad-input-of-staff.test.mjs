// What goes wrong while staff use their pages: faults in every form, a button pressed twice, the back button, sessions that
// end, slow networks and none, links to pages without a session. Nothing typed is lost and nothing is done twice.
import assert from "node:assert/strict";
import { allComeAgain } from "./forms.mjs";
import { newCase, newTicket } from "./pages.mjs";
import { pick, post, shows, signInAsStaff } from "./people.mjs";

const PATIENT = "196103072390"; // alex.blom
const DAY = 86_400_000;

const atDesk = async (person, more = {}) => {
  const staff = await person({ viewport: { width: 1280, height: 900 }, ...more });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  return staff;
};

const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

// A day on which nobody else books, in this run or in another over the same store.
const someDay = () => 60 + Math.floor(Math.random() * 500);

// What a program of hers is answered.
const asked = async (page, address, path) => {
  const token = (await page.context().cookies(address)).find(({ name }) => name === "__Host-session").value;
  const answer = await fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
  assert.ok(answer.ok, `${path} ${answer.status}`);
  return answer.json();
};

const visitsOn = async (page, address, date) => {
  const { appointments } = await asked(page, address, `/booking/v1/appointments?from=${date}&limit=500`);
  return appointments.filter(({ state }) => state === "booked").length;
};

const messagesOf = async (page, address, chat) => {
  const { messages } = await asked(page, address, `/messaging/v1/chats/${chat}/messages`);
  return messages.map(({ text }) => text).filter(Boolean);
};

const checked = async (staff, startsAt, reason = "Samtal") => {
  await staff.goto("/booking/new/free-time");
  await staff.locator("#personal_identity").fill(PATIENT);
  await staff.locator("#name").fill("Alex Blom");
  await staff.locator("#starts_at").fill(startsAt);
  await staff.locator("#minutes").fill("15");
  await staff.locator("#reason").fill(reason);
  await staff.getByRole("button", { name: "Granska innan du bokar" }).click();
  await shows(staff, "Granska bokningen");
};

const ended = async (person, staff) => {
  const elsewhere = await person();
  await elsewhere.context().addCookies(await staff.context().cookies());
  await elsewhere.goto("/workspace/start");
  await elsewhere.getByRole("button", { name: "Logga ut" }).click();
  await elsewhere.waitForURL("**/session/end**");
};

// Over the sign-in to what was written, and on with it.
const resumes = async (staff, typed) => {
  await shows(staff, "Logga in");
  await staff.getByRole("link", { name: "Logga in med SITHS" }).click();
  await shows(staff, "Det du skrev finns kvar");
  const shown = await staff.locator("main dd").allTextContents();
  assert.deepEqual(shown, typed);
  await staff.getByRole("button", { name: "Skicka nu" }).click();
};

const slowly = async (page, latency) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: -1, uploadThroughput: -1 });
};

export const tests = {
  "in every form of staff's, what is wrong is said at the field and in a summary that takes focus, and nothing typed is lost": async ({ person }) => {
    const staff = await atDesk(person);
    const chat = await newCase(staff, "Fel i formulär");
    const visit = await post(staff, "/booking/v1/appointments", {
      kind: "free-time",
      starts_at: `${day(55)}T07:10:00Z`,
      minutes: 15,
      reason: "Samtal",
      allow_overlap: true,
      patient: { personal_identity: PATIENT, name: "Alex Blom" },
    });
    const ticket = await newTicket(staff);
    const long = "å".repeat(8_001);
    await allComeAgain(staff, [
      { path: "/booking/new/free-time", form: "main form", button: "Granska", typed: { reason: "Hosta", personal_identity: "123" }, wrong: "personal_identity" },
      { path: "/booking/new/video", form: "main form", button: "Granska", typed: { reason: "Hosta", instructions: "Ha listan till hands" }, wrong: "starts_at" },
      { path: "/booking/new/scheduled", form: "main form", button: "Granska", typed: { reason: "Hosta", personal_identity: PATIENT }, wrong: "slot" },
      { path: "/tickets/new", form: "main form", button: /./, typed: { personal_identity: "123", reason: "Uppföljning" }, wrong: "personal_identity" },
      { path: "/messaging/new-case", form: "main form", button: "Öppna ärendet", typed: { personal_identity: PATIENT, message: "Hej!", subject: "Uppföljning", closes_at: "2020-01-01T10:00" }, wrong: "closes_at" },
      { path: "/workspace/find-patient", form: "main form:has(#personal_identity)", button: "Sök", typed: { personal_identity: "123" }, wrong: "personal_identity" },
      { path: `/messaging/chats/${chat}`, form: "form:has(#reason)", button: "Avsluta ärendet", typed: { reason: "", message: "Hej då" }, wrong: "reason" },
      { path: `/messaging/chats/${chat}`, form: "form:has(#closes_at)", button: "Förläng", typed: { closes_at: "2020-01-01T10:00" }, wrong: "closes_at" },
      { path: `/messaging/chats/${chat}`, form: "form:has(#note)", button: "Spara anteckningen", typed: { note: long }, wrong: "note" },
      { path: `/messaging/chats/${chat}`, form: "form.write", button: "Skicka", typed: { text: long }, wrong: "text" },
      { path: `/workspace/records/${chat}`, form: "form:has(#entry)", button: "Spara", typed: { entry: long, triage: "Låg" }, wrong: "entry" },
      { path: `/workspace/records/${chat}`, form: "form#new", button: "Signera", typed: { text: long }, wrong: "text" },
      { path: `/booking/appointments/${visit.id}`, form: "form:has(#starts_at)", button: "Flytta", typed: { starts_at: "2020-01-01T10:00" }, wrong: "starts_at" },
      { path: `/tickets/${ticket}`, form: "form:has(#valid_days)", button: "Förläng", typed: { valid_days: "400" }, wrong: "valid_days" },
      { path: "/booking/slots", form: "main form:not(.inline)", button: "Lägg upp tider", typed: { exceptions: "nyår" }, wrong: "weekdays" },
      { path: `/messaging/chats/${chat}?bring=colleague`, form: "form#bring-in", button: "Ta in en kollega", typed: { bring_note: long }, wrong: "bring_note" },
      { path: `/booking/appointments/${visit.id}`, form: "form:has(#reason)", button: "Avboka besöket", typed: { reason: "" }, wrong: "reason" },
      { path: "/tickets/batches/new", form: "main form", button: "Kontrollera listan", typed: { reason: "Uppföljning" }, wrong: "csv" },
    ]);
  },

  "in every form of an administrator's, too": async ({ person }) => {
    const administrator = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(administrator, "per.sand");
    await administrator.locator("h1").waitFor();
    const sample = "main form:has(#remark)";
    await administrator.goto("/portal/access-log/review");
    await administrator.getByRole("button", { name: "Dra urval" }).click();
    await administrator.locator(sample).waitFor();
    const drawn = new URL(administrator.url()).pathname;
    await allComeAgain(administrator, [
      { path: "/administration/settings", form: "main form:has(#where_to_turn)", button: "Spara", typed: { monday: "åtta till fem", where_to_turn: "Ring oss." }, wrong: "monday" },
      { path: "/administration/phrases", form: "main form:has(#text)", button: "Spara", typed: { title: "Hälsning", text: "Hej {namn}!" }, wrong: "text" },
      { path: "/portal/access-log/review", form: "main form", button: "Dra urval", typed: { size: "många" }, wrong: "size" },
      { path: drawn, form: sample, button: "Signera granskningen", typed: { remark: "å".repeat(2_001) }, wrong: "remark" },
    ]);
  },

  "a button of staff's that is pressed twice does it once, with scripts and without": async ({ person, address }) => {
    for (const javaScriptEnabled of [true, false]) {
      const days = someDay();
      const staff = await atDesk(person, { javaScriptEnabled });
      const before = await visitsOn(staff, address, day(days));
      await checked(staff, `${day(days)}T07:10`);
      await staff.getByRole("button", { name: "Boka och skicka sms" }).dblclick();
      await shows(staff, "Besök");
      assert.equal(await visitsOn(staff, address, day(days)), before + 1);

      const subject = `Dubbelt ${Date.now()}`;
      await staff.goto("/messaging/new-case");
      await staff.locator("#personal_identity").fill(PATIENT);
      await staff.locator("#subject").fill(subject);
      await staff.locator("#closes_at").fill(`${day(7)}T16:00`);
      await staff.locator("#message").fill("Hej!");
      await staff.getByRole("button", { name: "Öppna ärendet" }).dblclick();
      await shows(staff, subject);
      const chat = new URL(staff.url()).pathname.split("/").pop();
      const { cases } = await asked(staff, address, "/messaging/v1/cases?current=true&limit=50");
      assert.equal(cases.filter((one) => one.subject === subject).length, 1);

      await staff.goto(`/workspace/records/${chat}`);
      await staff.locator("#message").fill("En gång.");
      await staff.getByRole("button", { name: "Skicka" }).dblclick();
      await staff.locator("ol.messages").getByText("En gång.").first().waitFor();
      await staff.locator("#text").fill("Mår bra.");
      await staff.locator("#new").getByRole("button", { name: "Signera" }).dblclick();
      await staff.getByText("Ingen anteckning är signerad.").waitFor({ state: "detached" });
      assert.deepEqual(await messagesOf(staff, address, chat), ["Hej!", "En gång."]);
      const { notes } = await asked(staff, address, `/workspace/v1/chats/${chat}/record`);
      assert.deepEqual(notes.map(({ text }) => text), ["Mår bra."]);
    }
  },

  "the back button after staff have booked books nothing more": async ({ person, address }) => {
    const staff = await atDesk(person);
    const days = someDay();
    const before = await visitsOn(staff, address, day(days));
    await checked(staff, `${day(days)}T07:10`);
    await staff.getByRole("button", { name: "Boka och skicka sms" }).click();
    await shows(staff, "Besök");
    const visit = new URL(staff.url()).pathname;
    // The page answers what was sent: a browser that has not kept it whole asks before it sends that again. Where it is
    // kept, sending it again leads to the same visit.
    const missed = await staff.goBack().then(() => undefined, ({ message }) => message);
    if (missed) {
      assert.match(missed, /ERR_CACHE_MISS/);
    } else {
      await shows(staff, "Granska bokningen");
      await staff.getByRole("button", { name: "Boka och skicka sms" }).click();
      await shows(staff, "Besök");
      assert.equal(new URL(staff.url()).pathname, visit, "the same visit is shown again");
    }
    assert.equal(await visitsOn(staff, address, day(days)), before + 1);
  },

  "a session of staff's that ends while a form is filled: what was written is kept, and done once after the sign-in": async ({ person, address }) => {
    const staff = await atDesk(person);
    const chat = await newCase(staff, "Sessionen tar slut");
    await staff.goto(`/workspace/records/${chat}`);
    await staff.locator("#entry").fill("1177");
    await staff.locator("#triage").fill("Låg");
    await ended(person, staff);
    await staff.locator("form:has(#entry)").getByRole("button", { name: "Spara" }).click();
    await resumes(staff, ["1177", "Låg"]);
    await shows(staff, "Sessionen tar slut");
    assert.equal(await staff.locator("#entry").inputValue(), "1177");

    await staff.locator("#text").fill("Hostar sedan en vecka.");
    await ended(person, staff);
    await staff.locator("#new").getByRole("button", { name: "Spara utkast" }).click();
    await resumes(staff, ["Hostar sedan en vecka."]);
    await staff.getByLabel("Utkast (syns bara för dig)").waitFor();

    // A message that is sent without leaving the page, too.
    await staff.goto(`/messaging/chats/${chat}`);
    await staff.locator("form.write textarea").fill("Hur mår du?");
    await ended(person, staff);
    await staff.locator("form.write").getByRole("button", { name: "Skicka" }).click();
    await resumes(staff, ["Hur mår du?"]);
    await staff.locator("ol.messages").getByText("Hur mår du?").waitFor();
    assert.deepEqual(await messagesOf(staff, address, chat), ["Hur mår du?"]);

    const days = someDay();
    const before = await visitsOn(staff, address, day(days));
    await checked(staff, `${day(days)}T07:10`, "Samtal om sömn");
    await ended(person, staff);
    await staff.getByRole("button", { name: "Boka och skicka sms" }).click();
    await resumes(staff, [PATIENT, "Alex Blom", `${day(days)}T07:10`, "15", "Samtal om sömn"]);
    await shows(staff, "Besök");
    assert.equal(await visitsOn(staff, address, day(days)), before + 1);
  },

  "a slow network shows staff progress, and no network says so and loses nothing": async ({ person, address }) => {
    const staff = await atDesk(person);
    const chat = await newCase(staff, "Långsamt nät");
    await staff.goto(`/workspace/records/${chat}`);
    await staff.locator("#text").fill("Hostar sedan en vecka.");
    await staff.context().setOffline(true);
    await staff.locator("#new").getByRole("button", { name: "Signera" }).click();
    await staff.locator("#status", { hasText: "Du har ingen anslutning till internet just nu." }).waitFor();
    assert.equal(await staff.locator("#text").inputValue(), "Hostar sedan en vecka.");
    await staff.context().setOffline(false);
    await slowly(staff, 3000);
    // What the page says is asked of the page itself: it is about to be left.
    await staff.evaluate(() => {
      const status = document.getElementById("status");
      new MutationObserver(() => sessionStorage.setItem("said", status.textContent)).observe(status, { childList: true });
    });
    await staff.locator("#new").getByRole("button", { name: "Signera" }).click();
    await staff.getByText("Ingen anteckning är signerad.").waitFor({ state: "detached" });
    assert.match((await staff.evaluate(() => sessionStorage.getItem("said"))) ?? "", /^Vänta, det tar en liten stund/);
    const { notes } = await asked(staff, address, `/workspace/v1/chats/${chat}/record`);
    assert.equal(notes.length, 1);
  },

  "a link to a page of staff's leads over the sign-in back to where it led": async ({ person }) => {
    const staff = await atDesk(person);
    const chat = await newCase(staff, "Länk hit");
    const ticket = await newTicket(staff);
    for (const path of [`/workspace/records/${chat}`, `/messaging/chats/${chat}`, `/tickets/${ticket}`, `/workspace/schedule?date=${day(3)}&view=week`]) {
      const visitor = await person({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
      await visitor.goto(path);
      await shows(visitor, "Logga in");
      await visitor.getByRole("link", { name: "Logga in med SITHS" }).click();
      await pick(visitor, "anna.lind");
      await visitor.waitForURL((url) => url.pathname + url.search === path);
      assert.ok((await visitor.locator("h1").innerText()) !== "Logga in");
    }
  },
};
