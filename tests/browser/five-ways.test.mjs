// The ways in which staff begin a contact, lived from the staff's click to the patient's page and back: booked
// visits of three kinds by form, the patient with scripts off on a small phone.
import assert from "node:assert/strict";
import { shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const PATIENT = "196103072390"; // alex.blom

// Staff at a desk, at the start page; a patient on a phone without scripts, at home.
const both = async (person) => {
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  const patient = await person({ javaScriptEnabled: false });
  await signInAsPatient(patient, "alex.blom");
  await shows(patient, "Vi finns här för dig");
  return { staff, patient };
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

// In so many days, at this hour, as the field takes it.
const inDays = (days, clock) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10) + `T${clock}`;

const reads = async (patient, path) => {
  await patient.getByRole("link", { name: "Mina ärenden" }).first().click();
  await shows(patient, "Mina ärenden");
  await patient.locator(`a[href="${path}"]`).click();
  await shows(patient, "Ditt besök");
  await patient.getByText("Ta med din lista över läkemedel").waitFor();
};

const freeTime = async (staff, patient, days, reason) => {
  await staff.goto("/workspace/start");
  await staff.getByRole("link", { name: "Bokat besök: Schemalagt fri" }).click();
  await shows(staff, "Bokat besök: Schemalagt fri");
  await fill(staff, reason);
  await staff.getByLabel("Datum och tid").fill(inDays(days, "07:10"));
  await staff.getByLabel("Längd i minuter").fill("15");
  await staff.getByLabel(/Boka över ett annat besök/).check();
  const path = await book(staff);
  await reads(patient, path);
  return path;
};

export const tests = {
  "scheduled: staff pick a slot, and the patient reads when, with whom and how to prepare": async ({ person }) => {
    const { staff, patient } = await both(person);
    await staff.getByRole("link", { name: "Bokat besök: Schemalagd" }).click();
    await fill(staff, "Uppföljning");
    assert.equal(await staff.locator("input[name=slot]:checked").count(), 0, "nothing is picked beforehand");
    await staff.locator("input[name=slot]").first().check();
    await reads(patient, await book(staff));
  },

  "free time: staff pick any time, the patient cancels, and staff see it": async ({ person }) => {
    const { staff, patient } = await both(person);
    const path = await freeTime(staff, patient, 40, "Samtal");
    await patient.getByRole("button", { name: "Avboka besöket" }).click();
    await patient.getByText("Avbokat").first().waitFor();
    await staff.goto(path);
    await staff.getByText("Avbokat").first().waitFor();
  },

  "video: staff invite an interpreter, and the patient sees who comes": async ({ person }) => {
    const { staff, patient } = await both(person);
    await staff.getByRole("link", { name: "Bokat besök: Videobesök" }).click();
    await fill(staff, "Samtal med tolk");
    await staff.getByLabel("Datum och tid").fill(inDays(41, "07:30"));
    await staff.getByLabel("Längd i minuter").fill("30");
    await staff.getByLabel(/Boka över ett annat besök/).check();
    const first = staff.getByRole("group", { name: "Deltagare 1" });
    await first.getByLabel("Roll").selectOption({ label: "Tolk" });
    await first.getByLabel("Namn").fill("Sam Nour");
    await first.getByLabel("Telefon").fill("070-174 06 20");
    await reads(patient, await book(staff));
    await patient.getByText("Sam Nour, Tolk").waitFor();
  },

  "what is wrong in a form takes focus, and nothing written is lost": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    await staff.goto("/booking/new/free-time");
    await staff.getByLabel("Kontaktorsak").fill("Hosta sedan i går");
    await staff.getByRole("button", { name: "Granska innan du bokar" }).click();
    await staff.getByRole("heading", { name: "Titta på det här en gång till" }).waitFor();
    assert.equal(await staff.evaluate(() => document.activeElement.localName), "ds-error-summary");
    assert.equal(await staff.getByLabel("Kontaktorsak").inputValue(), "Hosta sedan i går");
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

  "a profile is changed with scripts off, and what is wrong is said": async ({ person }) => {
    const patient = await person({ javaScriptEnabled: false });
    await signInAsPatient(patient, "ali.nour");
    await shows(patient, "Vi finns här för dig");
    await patient.getByRole("link", { name: "Min profil" }).click();
    const phone = patient.getByLabel("Mobilnummer");
    if ((await phone.count()) === 0) return; // nobody knows them yet: the page says so
    await phone.fill("070");
    await patient.getByRole("button", { name: "Spara" }).click();
    await patient.getByRole("heading", { name: "Titta på det här en gång till" }).waitFor();
    assert.equal(await phone.inputValue(), "070");
  },

  "the patient's pages hold at 200 and 400 percent without scrolling sideways": async ({ person }) => {
    for (const width of [640, 320]) {
      const patient = await person({ viewport: { width, height: 512 } });
      await signInAsPatient(patient, "alex.blom");
      await shows(patient, "Vi finns här för dig");
      for (const path of ["/portal/home", "/portal/matters", "/portal/profile", "/portal/support"]) {
        await patient.goto(path);
        const wide = await patient.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${path} at ${width} px is ${wide} px too wide`);
      }
    }
  },

  "the patient's home weighs little": async ({ person }) => {
    const patient = await person();
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    const sizes = { all: 0, script: 0 };
    const { gzipSync } = await import("node:zlib");
    const counted = [];
    patient.on("response", (answer) => counted.push(answer));
    await patient.goto("/portal/home", { waitUntil: "networkidle" });
    for (const answer of counted) {
      if (answer.status() !== 200) continue;
      const bytes = gzipSync(await answer.body(), { level: 9 }).length;
      sizes.all += bytes;
      if (answer.request().resourceType() === "script") sizes.script += bytes;
    }
    console.log(`weight home gzip_kb=${(sizes.all / 1000).toFixed(1)} script_kb=${(sizes.script / 1000).toFixed(1)}`);
    assert.ok(sizes.all > 0 && sizes.all < 100_000 && sizes.script < 40_000);
  },
};
