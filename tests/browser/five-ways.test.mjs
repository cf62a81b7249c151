// The five ways in which staff begin a contact, lived as the region's introduction tells them: from the staff's click,
// over the text message on the simulated phone, to the patient's page and back to staff. The patient has a small phone
// and comes from the message signed out. Each is lived twice: with a mouse and the patient's scripts off, and by both
// with keys alone.
import assert from "node:assert/strict";
import { byKeys, byMouse } from "./hands.mjs";
import { shows, signInAsPatient, signInAsStaff } from "./people.mjs";
import { messageOn, wantsMessages } from "./phone.mjs";

const PATIENT = "196103072390"; // alex.blom
const NUMBER = "+46701740605";

const signIn = async (page, hand, way, key) => {
  await hand.press(page, page.getByRole("link", { name: `Logga in med ${way}` }));
  await hand.press(page, page.locator(`button[name=person][value="${key}"]`));
};

// Staff at a desk, at the start page; a patient who wants text messages, on a phone, signed out.
const both = async (person, hand) => {
  const profile = await person();
  await signInAsPatient(profile, "alex.blom");
  await shows(profile, "Vi finns här för dig");
  await wantsMessages(profile, "070-174 06 05");
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await staff.goto("/");
  await signIn(staff, hand, "SITHS", "anna.lind");
  await shows(staff, "Startsida");
  const patient = await person({ javaScriptEnabled: hand !== byMouse });
  return { staff, patient, hand, since: Date.now() - 1000 };
};

const begin = async ({ staff, hand }, way, title = way) => {
  await hand.press(staff, staff.getByRole("link", { name: way, exact: true }).first());
  await shows(staff, title);
};

// In the order of the page, as somebody goes through it by keyboard.
const who = async ({ staff, hand }) => {
  await hand.write(staff, staff.getByLabel("Personnummer, samordningsnummer eller reservnummer"), PATIENT);
  await hand.write(staff, staff.getByLabel("Namn (första gången)"), "Alex Blom");
};

const why = async ({ staff, hand }, reason) => {
  await hand.write(staff, staff.getByLabel("Kontaktorsak"), reason);
  await hand.write(staff, staff.getByLabel("Så förbereder patienten sig (frivilligt)"), "Ta med din lista över läkemedel");
};

const when = async ({ staff, hand }, moment, minutes) => {
  await hand.writeMoment(staff, staff.getByLabel("Datum och tid"), moment);
  await hand.write(staff, staff.getByLabel("Längd i minuter"), minutes);
  await hand.tick(staff, staff.getByLabel(/Boka över ett annat besök/));
};

const book = async ({ staff, hand }) => {
  await hand.press(staff, staff.getByRole("button", { name: "Granska innan du bokar" }).last());
  await shows(staff, "Granska bokningen");
  await hand.press(staff, staff.getByRole("button", { name: "Boka och skicka sms" }));
  await shows(staff, "Besök");
  return new URL(staff.url()).pathname;
};

// A moment as the field takes it: Swedish time.
const inField = (moment) => new Date(moment).toLocaleString("sv-SE", { timeZone: "Europe/Stockholm" }).slice(0, 16).replace(" ", "T");
const inDays = (days) => inField(Date.now() + days * 86_400_000).slice(0, 10);

// The patient follows the message of a visit: by the link to the welcome page, over 1177, home and to the visit.
const reads = async ({ patient, since, hand }, address, path) => {
  await hand.press(patient, await messageOn(patient, address, NUMBER, /digitalt besök/, since));
  await shows(patient, "Välkommen till Vård och hälsa");
  await signIn(patient, hand, "1177", "alex.blom");
  await shows(patient, "Vi finns här för dig");
  await hand.press(patient, patient.getByRole("link", { name: "Mina ärenden" }).first());
  await shows(patient, "Mina ärenden");
  await hand.press(patient, patient.locator(`a[href="${path}"]`));
  await shows(patient, "Ditt besök");
  await patient.getByText("Ta med din lista över läkemedel").waitFor();
};

const cancels = async ({ patient, staff, hand }, path) => {
  await hand.press(patient, patient.getByRole("button", { name: "Avboka besöket" }));
  await patient.getByText("Avbokat").first().waitFor();
  await staff.goto(path);
  await staff.getByText("Avbokat").first().waitFor();
};

const ways = {
  "scheduled: staff pick a slot, the patient reads it from the text message and calls off, and staff see it": async (lived, address) => {
    const { staff, hand } = lived;
    await begin(lived, "Bokat besök: Schemalagd");
    await who(lived);
    assert.equal(await staff.locator("input[name=slot]:checked").count(), 0, "nothing is picked beforehand");
    // A late one: the patient can still call it off.
    const days = staff.locator("#slot details");
    if ((await days.count()) > 1) {
      await hand.press(staff, days.first().locator("summary"));
      await hand.press(staff, days.last().locator("summary"));
    }
    await hand.tick(staff, days.last().locator("input[name=slot]").first());
    await why(lived, "Uppföljning");
    const path = await book(lived);
    await reads(lived, address, path);
    await cancels(lived, path);
  },

  "free time: staff pick any time, the patient reads it from the text message and calls off, and staff see it": async (lived, address) => {
    await begin(lived, "Bokat besök: Schemalagt fri");
    await who(lived);
    await when(lived, `${inDays(40)}T07:10`, "15");
    await why(lived, "Samtal");
    const path = await book(lived);
    await reads(lived, address, path);
    await cancels(lived, path);
  },

  "video: staff invite an interpreter, who gets a link of their own; the patient says that they are here, and waits at staff's": async (lived, address, person) => {
    const { staff, patient, since, hand } = lived;
    await begin(lived, "Bokat besök: Videobesök");
    await who(lived);
    await when(lived, inField(Date.now() + 10 * 60_000), "30");
    const first = staff.getByRole("group", { name: "Deltagare 1" });
    await hand.choose(staff, first.getByLabel("Roll"), "interpreter");
    await hand.write(staff, first.getByLabel("Namn"), "Sam Nour");
    await hand.write(staff, first.getByLabel("Telefon"), "070-174 06 20");
    await why(lived, "Samtal med tolk");
    const path = await book(lived);
    await reads(lived, address, path);
    await patient.getByText("Sam Nour, Tolk").waitFor();
    await hand.press(patient, patient.getByRole("button", { name: "Jag är här" }));
    await patient.getByText("Vi vet att du är här. Uppdatera sidan för att se om besöket har börjat.").waitFor();
    await staff.goto("/workspace/start");
    await staff.locator(".choices", { has: staff.locator(`a[href="${path}"]`) }).getByText("Alex Blom").first().waitFor();

    const interpreter = await person({ javaScriptEnabled: hand !== byMouse });
    await hand.press(interpreter, await messageOn(interpreter, address, "+46701740620", /videosamtal/, since));
    await shows(interpreter, "Du är inbjuden till ett videobesök");
    await hand.press(interpreter, interpreter.getByRole("button", { name: "Gå till besöket" }));
    await shows(interpreter, "Du är med");
  },

  "ticket: staff send it by form, the patient picks a time from the text message, and staff see it redeemed": async (lived, address) => {
    const { staff, patient, since, hand } = lived;
    const { slots } = await staff.evaluate(async () => (await fetch("/booking/v1/slots?limit=1")).json());
    await begin(lived, "Biljett", "Ny biljett");
    await hand.write(staff, staff.locator("#personal_identity"), PATIENT);
    const minutes = (Date.parse(slots[0].ends_at) - Date.parse(slots[0].starts_at)) / 60_000;
    await hand.write(staff, staff.locator("#minutes"), String(minutes));
    await hand.choose(staff, staff.locator("#role"), slots[0].role);
    await hand.writeMoment(staff, staff.locator("#last_day"), inDays(14));
    await hand.write(staff, staff.locator("#reason"), "Uppföljning");
    await hand.press(staff, staff.locator("main form button").last());
    await shows(staff, "Biljett");
    // The link leads over 1177 to the times, and back to none other.
    await hand.press(patient, await messageOn(patient, address, NUMBER, /Välj själv en tid/, since));
    await hand.press(patient, patient.locator('button[name=person][value="alex.blom"]'));
    await shows(patient, "Välj en tid");
    await hand.tick(patient, patient.locator("details[open] input[name=slot]").first());
    await hand.press(patient, patient.getByRole("button", { name: "Boka tiden" }));
    await shows(patient, "Du har bokat en tid");
    const time = await patient.locator("dl.facts dd").first().innerText();
    await staff.reload();
    await staff.locator("dl.facts .tag", { hasText: "Inlöst" }).waitFor();
    await hand.press(staff, staff.getByRole("link", { name: "Enhetens biljetter" }));
    await shows(staff, "Enhetens biljetter");
    await staff.locator("tbody tr").first().getByText("Inlöst").waitFor();
    await staff.locator("tbody tr").first().getByText(time).waitFor();
  },

  "case: staff open one and write, the patient answers from the text message, and staff read it": async (lived, address) => {
    const { staff, patient, since, hand } = lived;
    await begin(lived, "Asynkront ärende", "Nytt ärende");
    await hand.write(staff, staff.locator("#personal_identity"), PATIENT);
    await hand.write(staff, staff.locator("#subject"), "Uppföljning");
    await hand.writeMoment(staff, staff.locator("#closes_at"), `${inDays(7)}T16:00`);
    await hand.write(staff, staff.locator("#message"), "Hej och välkommen till Vård och hälsa! Hur mår du?");
    await hand.press(staff, staff.locator("main form button").last());
    await staff.getByText("Hej och välkommen till Vård och hälsa! Hur mår du?").waitFor();
    // Nobody is woken by a message of this kind: in the quiet hours the patient finds it at home.
    const hour = Number(inField(Date.now()).slice(11, 13));
    if (hour >= 21 || hour < 8) await patient.goto(new URL(staff.url()).pathname);
    else await hand.press(patient, await messageOn(patient, address, NUMBER, /nytt meddelande/, since));
    await shows(patient, "Logga in");
    await signIn(patient, hand, "1177", "alex.blom");
    await patient.getByText("Hej och välkommen till Vård och hälsa! Hur mår du?").waitFor();
    await hand.write(patient, patient.getByLabel("Skriv ett meddelande"), "Bättre, tack.");
    await hand.press(patient, patient.getByRole("button", { name: "Skicka" }));
    await patient.locator("ol.messages").getByText("Bättre, tack.").waitFor();
    await staff.locator("ol.messages").getByText("Bättre, tack.").waitFor();
  },
};

const living = (hand, live) => async ({ person, address }) => live(await both(person, hand), address, person);

export const tests = {
  ...Object.fromEntries(Object.entries(ways).map(([told, live]) => [told, living(byMouse, live)])),
  ...Object.fromEntries(Object.entries(ways).map(([told, live]) => [`by keyboard alone, ${told}`, living(byKeys, live)])),

  "a patient is found by number and by name, and neither stands in the address": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    await staff.getByRole("link", { name: "Sök patient" }).click();
    await staff.getByLabel("Personnummer, samordningsnummer eller reservnummer").fill(PATIENT);
    await staff.getByRole("button", { name: "Sök" }).click();
    await staff.getByRole("heading", { name: "Alex Blom" }).waitFor();
    assert.equal(new URL(staff.url()).search, "");
    await staff.getByRole("button", { name: "Bokat besök: Schemalagt fri" }).click();
    await shows(staff, "Bokat besök: Schemalagt fri");
    const filled = staff.getByLabel("Personnummer, samordningsnummer eller reservnummer");
    assert.equal(await filled.inputValue(), PATIENT);
  },
};
