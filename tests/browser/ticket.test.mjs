// A ticket on a small phone: from the text message that the simulated phone shows, over its link and sign-in, to a
// booked time in four taps, with scripts and without.
import assert from "node:assert/strict";
import { pick, post, shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const PHONE = `http://127.0.0.1:${process.env.PHONE_PORT ?? 8793}`;
const PATIENT = "196103072390"; // alex.blom

// The newest ticket's link, as the phone shows it: messages leave every minute.
const waitForLink = async (page, issuedAt) => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const messages = await (await fetch(`${PHONE}/messages`)).json();
    const ticket = messages.findLast((one) => one.message.includes("/t/") && Date.parse(one.at) >= issuedAt);
    if (ticket) {
      await page.goto(`${PHONE}/?to=${encodeURIComponent(ticket.to)}`);
      return page.locator("a[href*='/t/']").first();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error("no text message came");
};

const live = async (person, javaScriptEnabled) => {
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  const { slots } = await staff.evaluate(async () => (await fetch("/booking/v1/slots?limit=1")).json());
  const minutes = (Date.parse(slots[0].ends_at) - Date.parse(slots[0].starts_at)) / 60_000;
  // The patient wants text messages.
  const profile = await person();
  await signInAsPatient(profile, "alex.blom");
  await shows(profile, "Vi finns här för dig");
  const wanted = { phone: "070-174 06 05", sms_consent: true, language: "sv" };
  const changed = await profile.evaluate(async (wanted) => {
    const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
    const answer = await fetch("/portal/v1/profile", { method: "PUT", headers, body: JSON.stringify(wanted) });
    return `${answer.status} ${answer.ok ? "" : await answer.text()}`;
  }, wanted);
  assert.equal(changed, "200 ");
  const issuedAt = Date.now();
  await post(staff, "/tickets/v1/tickets", {
    patient: { personal_identity: PATIENT, name: "Alex Blom", phone: "070-174 06 05", sms_consent: true },
    role: slots[0].role,
    minutes,
    last_day: new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10),
    reason: "Uppföljning",
  });

  const phone = await person({ javaScriptEnabled });
  let taps = 0;
  const tap = async (what) => {
    taps += 1;
    await what.click();
  };
  await tap(await waitForLink(phone, issuedAt));
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
  "a ticket: from the text message to a booked time in four taps": ({ person }) => live(person, true),
  "a ticket, with scripts off": ({ person }) => live(person, false),
};
