// A ticket on a small phone: from the text message that the simulated phone shows, over its link and sign-in, to a
// booked time in four taps, with scripts and without, and by keyboard alone.
import assert from "node:assert/strict";
import { newTicket } from "./pages.mjs";
import { pick, shows, signInAsPatient, signInAsStaff, tabTo } from "./people.mjs";
import { comesByItself, messageOn, wantsMessages } from "./phone.mjs";

const NUMBER = "+46701740605"; // alex.blom's

// A ticket was sent just now to a patient who wants text messages: since when it may have come.
const issued = async (person) => {
  const profile = await person();
  await signInAsPatient(profile, "alex.blom");
  await shows(profile, "Vi finns här för dig");
  await wantsMessages(profile, "070-174 06 05");
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  const since = Date.now() - 1000;
  await newTicket(staff);
  return since;
};

// The same, and they have the phone in their hand, signed out.
const sent = async (person, address, more) => {
  const since = await issued(person);
  const phone = await person(more);
  return { phone, link: await messageOn(phone, address, NUMBER, /Välj själv en tid/, since) };
};

const live = async (person, address, javaScriptEnabled) => {
  const { phone, link } = await sent(person, address, { javaScriptEnabled });
  let taps = 0;
  const tap = async (what) => {
    taps += 1;
    await what.click();
  };
  await tap(link);
  taps += 1;
  await pick(phone, "alex.blom");
  await shows(phone, "Välj en tid");
  assert.equal(await phone.locator("input[name=slot]:checked").count(), 0, "something is picked beforehand");
  await tap(phone.locator("details[open] input[name=slot]").first());
  await phone.locator(".check").filter({ hasText: "Du bokar", visible: true }).first().waitFor();
  await tap(phone.getByRole("button", { name: "Boka tiden" }));
  await shows(phone, "Du har bokat en tid");
  assert.ok(taps <= 4, `${taps} taps`);
};

export const tests = {
  "a ticket's text message leaves behind the answer, and waits for no schedule": async ({ person }) => {
    const since = await issued(person);
    assert.ok(await comesByItself(NUMBER, /Välj själv en tid/, since), "no text message came");
  },

  "a ticket: from the text message to a booked time in four taps": ({ person, address }) => live(person, address, true),
  "a ticket, with scripts off": ({ person, address }) => live(person, address, false),

  "a ticket by keyboard alone: from the text message to a booked time, and back out of it": async ({ person, address }) => {
    const { phone, link } = await sent(person, address);
    const { keyboard } = phone;
    await tabTo(phone, link);
    await keyboard.press("Enter");
    await tabTo(phone, phone.locator('button[value="alex.blom"]'));
    await keyboard.press("Enter");
    await shows(phone, "Välj en tid");
    // Past the navigation by the first link of the page.
    await keyboard.press("Tab");
    assert.equal(await phone.evaluate(() => document.activeElement.textContent), "Hoppa till innehållet");
    await keyboard.press("Enter");
    // The first day is closed and a later one opened, which can still be called off afterwards.
    const days = phone.locator("form.times details");
    await tabTo(phone, days.first().locator("summary"));
    await keyboard.press("Enter");
    await tabTo(phone, days.last().locator("summary"));
    await keyboard.press("Enter");
    await tabTo(phone, days.last().locator("input").first());
    // Space picks, arrows go on to the next time.
    await keyboard.press("Space");
    await keyboard.press("ArrowDown");
    await phone.locator(".check").filter({ hasText: "Du bokar", visible: true }).first().waitFor();
    assert.equal(await phone.locator("input[name=slot]:checked").count(), 1);
    await tabTo(phone, phone.getByRole("button", { name: "Boka tiden" }));
    await keyboard.press("Enter");
    await shows(phone, "Du har bokat en tid");
    await tabTo(phone, phone.getByRole("link", { name: "Se eller avboka besöket" }));
    await keyboard.press("Enter");
    await shows(phone, "Ditt besök");
    await tabTo(phone, phone.getByRole("button", { name: "Avboka besöket" }));
    await keyboard.press("Enter");
    await phone.getByText("Avbokat").first().waitFor();
  },
};
