// Two people in two browsers write to each other, one loses the network for a while, and both end with the same
// thread. Scripts off, the chat's forms do all of it, too.
import assert from "node:assert/strict";
import { post, shows, signInAsPatient, signInAsStaff } from "./people.mjs";

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
    await patient.context().setOffline(false);
    await sees(patient, "Hör av dig om det blir värre.");
    assert.equal(await patient.getByLabel("Skriv ett meddelande").inputValue(), "Halvskrivet");
    await write(patient, "Tack!");
    await sees(staff, "Tack!");
    const expected = ["Hur mår du i dag?", "Bättre än i går.", "Då ses vi nästa vecka.", "Hör av dig om det blir värre.", "Tack!"];
    assert.deepEqual(await thread(staff), expected);
    assert.deepEqual(await thread(patient), expected);
  },
};
