// What the patient's pages weigh on the way to the phone, everything counted that an empty browser loads for them and
// zipped as a server would. A line each.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { newTicket } from "./pages.mjs";
import { shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const MOST = { total: 100_000, script: 40_000 };

const weigh = async (page, name, path) => {
  // As the first time: nothing comes from the browser's own store.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const answers = [];
  const note = (answer) => answers.push(answer);
  page.on("response", note);
  await page.goto(path, { waitUntil: "networkidle" });
  page.off("response", note);
  const weighs = { total: 0, script: 0 };
  for (const answer of answers.filter((one) => one.status() === 200)) {
    const bytes = gzipSync(await answer.body(), { level: 9 }).length;
    weighs.total += bytes;
    if (answer.request().resourceType() === "script") weighs.script += bytes;
  }
  const inKilobytes = (bytes) => (bytes / 1000).toFixed(1);
  console.log(`weight ${name} total_kb=${inKilobytes(weighs.total)} script_kb=${inKilobytes(weighs.script)}`);
  assert.ok(answers.some((one) => one.request().resourceType() === "stylesheet"), "no stylesheet was loaded");
  for (const [what, most] of Object.entries(MOST)) {
    assert.ok(weighs[what] > 0 && weighs[what] < most, `${name} weighs ${weighs[what]} bytes of ${what}, at most ${most}`);
  }
};

export const tests = {
  "the patient's home and the page of times weigh little": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const ticket = await newTicket(staff);
    const patient = await person();
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    await weigh(patient, "home", "/portal/home");
    await weigh(patient, "slots", `/tickets/${ticket}`);
    await patient.locator("input[name=slot]").first().waitFor({ state: "attached" });
  },
};
