// The simulated phone (tests/phone), as the tests use it: what was sent to a number, and the page on which its owner
// reads it. Messages leave behind the answer that wrote them, or by the scheduled job; where its key is at hand nobody
// waits for the minute.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const PHONE = `http://127.0.0.1:${process.env.PHONE_PORT ?? 8793}`;
const KEYS = new URL("../../.local/keys.env", import.meta.url);

const deliver = async (address) => {
  const keys = await readFile(KEYS, "utf8").catch(() => "");
  const key = keys.match(/^JOB_KEY=(.+)$/m)?.[1];
  if (!key) return;
  await fetch(`${address}/sms/v1/jobs/deliver`, { method: "POST", headers: { authorization: `Bearer ${key}` } });
};

/** Opens the phone of a number at the newest message since a moment whose text fits; gives the link in it. */
export const messageOn = async (page, address, number, fits, since) => {
  for (let attempt = 0; attempt < 90; attempt += 1) {
    await deliver(address);
    const messages = await (await fetch(`${PHONE}/messages`)).json();
    const came = messages.findLast(({ to, message, at }) => to === number && fits.test(message) && Date.parse(at) >= since);
    if (came) {
      assert.ok(!/blodtryck|recept|tolk/i.test(came.message), "a text message tells of health");
      await page.goto(`${PHONE}/?to=${encodeURIComponent(number)}`);
      return page.locator("li", { hasText: came.message.split("http")[0].trim() }).first().locator("p a").last();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`no text message came that fits ${fits}`);
};

/** Whether a message whose text fits comes to a number within ten seconds, while nobody runs the job. */
export const comesByItself = async (number, fits, since) => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const messages = await (await fetch(`${PHONE}/messages`)).json();
    if (messages.some(({ to, message, at }) => to === number && fits.test(message) && Date.parse(at) >= since)) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
};

/** Lets a signed-in patient's profile say that they want text messages, in Swedish, on this phone. */
export const wantsMessages = async (page, phone) => {
  const wanted = { phone, sms_consent: true, language: "sv" };
  const changed = await page.evaluate(async (wanted) => {
    const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
    const answer = await fetch("/portal/v1/profile", { method: "PUT", headers, body: JSON.stringify(wanted) });
    return `${answer.status} ${answer.ok ? "" : await answer.text()}`;
  }, wanted);
  assert.equal(changed, "200 ");
};
