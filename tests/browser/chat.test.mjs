// Two people in two browsers write to each other, one loses the network for a while, and both end with the same
// thread. Scripts off, the chat's forms do all of it, too.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { post, shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const violations = async (page) => {
  await page.evaluate(axe);
  return page.evaluate(async () => (await globalThis.axe.run(document)).violations.map(({ id }) => id));
};

const openCase = async (staff, subject) => {
  const opened = await post(staff, "/messaging/v1/cases", {
    patient: { personal_identity: "196103072390", name: "Alex Blom" },
    subject,
    closes_at: new Date(Date.now() + 7 * 86_400_000).toISOString(),
  });
  return `/messaging/chats/${opened.id}`;
};

const write = async (page, text) => {
  await page.getByLabel("Skriv ett meddelande").fill(text);
  await page.getByRole("button", { name: "Skicka" }).click();
};

const thread = (page) => page.locator("ol.messages p.text").allTextContents();

const sees = (page, text) => page.locator("ol.messages p.text", { hasText: text }).waitFor();

export const tests = {
  "two people chat, one loses the network for ten seconds, and both have the same thread": async ({ person }) => {
    const [staff, patient] = [await person(), await person()];
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    const path = await openCase(staff, "Samtal i två fönster");
    await staff.goto(path);
    await patient.goto(path);
    await write(staff, "Hur mår du i dag?");
    await sees(patient, "Hur mår du i dag?");
    await write(patient, "Bättre än i går.");
    await sees(staff, "Bättre än i går.");
    // What is being written stays, while the other side's messages come.
    await patient.getByLabel("Skriv ett meddelande").fill("Halvskrivet");
    await patient.context().setOffline(true);
    await write(staff, "Då ses vi nästa vecka.");
    await write(staff, "Hör av dig om det blir värre.");
    await staff.waitForTimeout(10_000);
    // The network was gone indeed, and the one who has it sees what they wrote.
    assert.equal((await thread(patient)).length, 2);
    assert.equal((await thread(staff)).length, 4);
    await patient.context().setOffline(false);
    await sees(patient, "Hör av dig om det blir värre.");
    assert.equal(await patient.getByLabel("Skriv ett meddelande").inputValue(), "Halvskrivet");
    await write(patient, "Tack!");
    await sees(staff, "Tack!");
    const expected = ["Hur mår du i dag?", "Bättre än i går.", "Då ses vi nästa vecka.", "Hör av dig om det blir värre.", "Tack!"];
    assert.deepEqual(await thread(staff), expected);
    assert.deepEqual(await thread(patient), expected);
  },

  "staff have the chat and the record beside one another, live, and write in both": async ({ person }) => {
    const [staff, patient] = [await person({ viewport: { width: 1280, height: 900 } }), await person()];
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    const path = await openCase(staff, "Hosta sedan en vecka");
    const beside = path.replace("/messaging/chats/", "/workspace/records/");
    await staff.goto(path);
    await staff.getByRole("link", { name: "Journalpanel" }).click();
    await shows(staff, "Hosta sedan en vecka");
    assert.equal(new URL(staff.url()).pathname, beside);
    const places = async () => {
      const of = (name) => staff.locator(`section[aria-labelledby=${name}]`).boundingBox();
      return [await of("messages"), await of("record")];
    };
    const [messages, record] = await places();
    assert.ok(messages.x + messages.width <= record.x && Math.abs(messages.y - record.y) < 2, "not side by side");
    await patient.goto(path);
    // What is being written in the record stays, while the patient's messages come beside it.
    await staff.getByLabel("Ny anteckning").fill("Hostar sedan");
    await write(patient, "Hostan är värre på natten.");
    await sees(staff, "Hostan är värre på natten.");
    assert.equal(await staff.getByLabel("Ny anteckning").inputValue(), "Hostar sedan");
    await write(staff, "Har du feber?");
    await sees(patient, "Har du feber?");
    await sees(staff, "Har du feber?");
    assert.equal(new URL(staff.url()).pathname, beside);
    assert.deepEqual(await thread(staff), await thread(patient));
    await staff.getByLabel("Ny anteckning").fill("Hostar sedan en vecka, ingen feber.");
    await staff.getByRole("button", { name: "Signera" }).click();
    await staff.getByText("Ingen anteckning är signerad.").waitFor({ state: "detached" });
    assert.match(await staff.getByLabel("Som text till journalen").inputValue(), /ingen feber/);
    for (const colorScheme of ["light", "dark"]) {
      await staff.emulateMedia({ colorScheme });
      assert.deepEqual(await violations(staff), []);
    }
    // One above the other on a narrower screen, with nothing beyond its edge.
    await staff.setViewportSize({ width: 768, height: 900 });
    const [above, below] = await places();
    assert.ok(above.y + above.height <= below.y);
    assert.ok(await staff.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
  },

  "with scripts off, staff write in the chat from beside the record, too": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const path = await openCase(staff, "Utan skript");
    const beside = path.replace("/messaging/chats/", "/workspace/records/");
    await staff.goto(beside);
    await write(staff, "Hej! Hur mår du?");
    await sees(staff, "Hej! Hur mår du?");
    assert.equal(new URL(staff.url()).pathname, beside);
  },

  "staff attach a document from beside the record and see the patient's there, with scripts and without": async ({ person }) => {
    const document = { name: "Remiss.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n(Remiss)\nstartxref\n9\n%%EOF\n") };
    const attach = async (page) => {
      await page.getByRole("link", { name: "Bifoga bilder eller dokument" }).click();
      await page.getByLabel("Välj en bild eller ett dokument").setInputFiles(document);
      await page.getByRole("button", { name: "Ladda upp" }).click();
      await page.getByRole("link", { name: "Dokument (PDF) 1" }).waitFor();
    };
    const files = (page) => page.locator("ol.messages a", { hasText: "Dokument (PDF)" });
    for (const javaScriptEnabled of [true, false]) {
      const [staff, patient] = [await person({ viewport: { width: 1280, height: 900 }, javaScriptEnabled }), await person()];
      await signInAsStaff(staff, "anna.lind");
      await shows(staff, "Startsida");
      await signInAsPatient(patient, "alex.blom");
      await shows(patient, "Vi finns här för dig");
      const path = await openCase(staff, "Remiss");
      const beside = path.replace("/messaging/chats/", "/workspace/records/");
      await staff.goto(beside);
      await attach(staff);
      // Back without writing, it is said what the next message takes along.
      await staff.getByRole("link", { name: "Till samtalet" }).click();
      assert.equal(new URL(staff.url()).pathname, beside);
      await staff.getByText("Följer med ditt nästa meddelande: 1").waitFor();
      await staff.getByRole("link", { name: "Bifoga bilder eller dokument" }).click();
      await staff.getByLabel("Skriv ett meddelande till filerna").fill("Här är remissen.");
      await staff.getByRole("button", { name: "Skicka meddelandet och filerna" }).click();
      await sees(staff, "Här är remissen.");
      assert.equal(new URL(staff.url()).pathname, beside);
      assert.equal(await files(staff).count(), 1);
      await patient.goto(path);
      assert.equal(await files(patient).count(), 1);
      await attach(patient);
      await patient.getByLabel("Skriv ett meddelande till filerna").fill("Och här är min lista.");
      await patient.getByRole("button", { name: "Skicka meddelandet och filerna" }).click();
      await sees(patient, "Och här är min lista.");
      if (!javaScriptEnabled) await staff.getByRole("link", { name: "Uppdatera" }).click();
      await sees(staff, "Och här är min lista.");
      assert.equal(await files(staff).count(), 2);
      const file = await staff.evaluate(async (href) => (await fetch(href)).status, await files(staff).last().getAttribute("href"));
      assert.equal(file, 200);
    }
  },
};
