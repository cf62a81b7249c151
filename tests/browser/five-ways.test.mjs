// The five ways in which staff begin a contact, lived as the region's introduction tells them: from the staff's click,
// over the text message on the simulated phone, to the patient's page and back to staff. The patient has a small phone
// and scripts off, and comes from the message signed out.
import assert from "node:assert/strict";
import { pick, shows, signInAsPatient, signInAsStaff } from "./people.mjs";
import { messageOn, wantsMessages } from "./phone.mjs";

const PATIENT = "196103072390"; // alex.blom
const NUMBER = "+46701740605";

// Staff at a desk, at the start page; a patient who wants text messages, on a phone without scripts, signed out.
const both = async (person) => {
  const profile = await person();
  await signInAsPatient(profile, "alex.blom");
  await shows(profile, "Vi finns här för dig");
  await wantsMessages(profile, "070-174 06 05");
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  return { staff, patient: await person({ javaScriptEnabled: false }), since: Date.now() - 1000 };
};

const fill = async (staff, reason) => {
  await staff.getByLabel("Personnummer, samordningsnummer eller reservnummer").fill(PATIENT);
  await staff.getByLabel("Namn (första gången)").fill("Alex Blom");
  await staff.getByLabel("Kontaktorsak").fill(reason);
  await staff.getByLabel("Så förbereder patienten sig (frivilligt)").fill("Ta med din lista över läkemedel");
};

const book = async (staff) => {
  await staff.getByRole("button", { name: "Granska innan du bokar" }).click();
  await shows(staff, "Granska bokningen");
  await staff.getByRole("button", { name: "Boka och skicka sms" }).click();
  await shows(staff, "Besök");
  return new URL(staff.url()).pathname;
};

// A moment as the field takes it: Swedish time.
const inField = (moment) => new Date(moment).toLocaleString("sv-SE", { timeZone: "Europe/Stockholm" }).slice(0, 16).replace(" ", "T");
const inDays = (days) => inField(Date.now() + days * 86_400_000).slice(0, 10);

// The patient follows the message of a visit: by the link to the welcome page, over 1177, home and to the visit.
const reads = async ({ patient, since }, address, path, text = /digitalt besök/) => {
  const link = await messageOn(patient, address, NUMBER, text, since);
  await link.click();
  await shows(patient, "Välkommen till Vård och hälsa");
  await patient.getByRole("link", { name: "Logga in med 1177" }).click();
  await pick(patient, "alex.blom");
  await shows(patient, "Vi finns här för dig");
  await patient.getByRole("link", { name: "Mina ärenden" }).first().click();
  await shows(patient, "Mina ärenden");
  await patient.locator(`a[href="${path}"]`).click();
  await shows(patient, "Ditt besök");
  await patient.getByText("Ta med din lista över läkemedel").waitFor();
};

const cancels = async (patient, staff, path) => {
  await patient.getByRole("button", { name: "Avboka besöket" }).click();
  await patient.getByText("Avbokat").first().waitFor();
  await staff.goto(path);
  await staff.getByText("Avbokat").first().waitFor();
};

export const tests = {
  "scheduled: staff pick a slot, the patient reads it from the text message and calls off, and staff see it": async ({ person, address }) => {
    const lived = await both(person);
    const { staff, patient } = lived;
    await staff.getByRole("link", { name: "Bokat besök: Schemalagd" }).click();
    await fill(staff, "Uppföljning");
    assert.equal(await staff.locator("input[name=slot]:checked").count(), 0, "nothing is picked beforehand");
    // A late one: the patient can still call it off.
    const day = staff.locator("#slot details").last();
    await day.locator("summary").click();
    await day.locator("input[name=slot]").first().check();
    const path = await book(staff);
    await reads(lived, address, path);
    await cancels(patient, staff, path);
  },

  "free time: staff pick any time, the patient reads it from the text message and calls off, and staff see it": async ({ person, address }) => {
    const lived = await both(person);
    const { staff, patient } = lived;
    await staff.getByRole("link", { name: "Bokat besök: Schemalagt fri" }).click();
    await shows(staff, "Bokat besök: Schemalagt fri");
    await fill(staff, "Samtal");
    await staff.getByLabel("Datum och tid").fill(`${inDays(40)}T07:10`);
    await staff.getByLabel("Längd i minuter").fill("15");
    await staff.getByLabel(/Boka över ett annat besök/).check();
    const path = await book(staff);
    await reads(lived, address, path);
    await cancels(patient, staff, path);
  },

  "video: staff invite an interpreter, who gets a link of their own; the patient says that they are here, and waits at staff's": async ({ person, address }) => {
    const lived = await both(person);
    const { staff, patient, since } = lived;
    await staff.getByRole("link", { name: "Bokat besök: Videobesök" }).click();
    await fill(staff, "Samtal med tolk");
    await staff.getByLabel("Datum och tid").fill(inField(Date.now() + 10 * 60_000));
    await staff.getByLabel("Längd i minuter").fill("30");
    await staff.getByLabel(/Boka över ett annat besök/).check();
    const first = staff.getByRole("group", { name: "Deltagare 1" });
    await first.getByLabel("Roll").selectOption({ label: "Tolk" });
    await first.getByLabel("Namn").fill("Sam Nour");
    await first.getByLabel("Telefon").fill("070-174 06 20");
    const path = await book(staff);
    await reads(lived, address, path);
    await patient.getByText("Sam Nour, Tolk").waitFor();
    await patient.getByRole("button", { name: "Jag är här" }).click();
    await patient.getByText("Vi vet att du är här. Uppdatera sidan för att se om besöket har börjat.").waitFor();
    await staff.goto("/workspace/start");
    await staff.locator(".choices", { has: staff.locator(`a[href="${path}"]`) }).getByText("Alex Blom").first().waitFor();

    const interpreter = await person({ javaScriptEnabled: false });
    await (await messageOn(interpreter, address, "+46701740620", /videosamtal/, since)).click();
    await shows(interpreter, "Du är inbjuden till ett videobesök");
    await interpreter.getByRole("button", { name: "Gå till besöket" }).click();
    await shows(interpreter, "Du är med");
  },

  "ticket: staff send it by form, the patient picks a time from the text message, and staff see it redeemed": async ({ person, address }) => {
    const { staff, patient, since } = await both(person);
    const { slots } = await staff.evaluate(async () => (await fetch("/booking/v1/slots?limit=1")).json());
    await staff.getByRole("link", { name: "Biljett" }).first().click();
    await shows(staff, "Ny biljett");
    await staff.locator("#personal_identity").fill(PATIENT);
    await staff.locator("#minutes").fill(String((Date.parse(slots[0].ends_at) - Date.parse(slots[0].starts_at)) / 60_000));
    await staff.locator("#role").selectOption(slots[0].role);
    await staff.locator("#last_day").fill(inDays(14));
    await staff.locator("#reason").fill("Uppföljning");
    await staff.locator("main form button").last().click();
    await shows(staff, "Biljett");
    // The link leads over 1177 to the times, and back to none other.
    await (await messageOn(patient, address, NUMBER, /Välj själv en tid/, since)).click();
    await pick(patient, "alex.blom");
    await shows(patient, "Välj en tid");
    await patient.locator("details[open] input[name=slot]").last().check();
    await patient.getByRole("button", { name: "Boka tiden" }).click();
    await shows(patient, "Du har bokat en tid");
    const time = await patient.locator("dl.facts dd").first().innerText();
    await staff.reload();
    await staff.locator("dl.facts .tag", { hasText: "Inlöst" }).waitFor();
    await staff.getByRole("link", { name: "Enhetens biljetter" }).click();
    await shows(staff, "Enhetens biljetter");
    await staff.locator("tbody tr").first().getByText("Inlöst").waitFor();
    await staff.locator("tbody tr").first().getByText(time).waitFor();
  },

  "case: staff open one and write, the patient answers from the text message, and staff read it": async ({ person, address }) => {
    const { staff, patient, since } = await both(person);
    await staff.getByRole("link", { name: "Asynkront ärende" }).first().click();
    await shows(staff, "Nytt ärende");
    await staff.locator("#personal_identity").fill(PATIENT);
    await staff.locator("#subject").fill("Uppföljning");
    await staff.locator("#closes_at").fill(`${inDays(7)}T16:00`);
    await staff.locator("#message").fill("Hej och välkommen till Vård och hälsa! Hur mår du?");
    await staff.locator("main form button").last().click();
    await staff.getByText("Hej och välkommen till Vård och hälsa! Hur mår du?").waitFor();
    // Nobody is woken by a message of this kind: in the quiet hours the patient finds it at home.
    const hour = Number(inField(Date.now()).slice(11, 13));
    if (hour >= 21 || hour < 8) await patient.goto(new URL(staff.url()).pathname);
    else await (await messageOn(patient, address, NUMBER, /nytt meddelande/, since)).click();
    await shows(patient, "Logga in");
    await patient.getByRole("link", { name: "Logga in med 1177" }).click();
    await pick(patient, "alex.blom");
    await patient.getByText("Hej och välkommen till Vård och hälsa! Hur mår du?").waitFor();
    await patient.getByLabel("Skriv ett meddelande").fill("Bättre, tack.");
    await patient.getByRole("button", { name: "Skicka" }).click();
    await patient.locator("ol.messages").getByText("Bättre, tack.").waitFor();
    await staff.locator("ol.messages").getByText("Bättre, tack.").waitFor();
  },

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
