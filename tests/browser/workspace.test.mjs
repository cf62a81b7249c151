// The staff workspace, lived: the schedule by drag and by form, the ways of contact that begin from a found patient,
// and what waits, live in the title.
import assert from "node:assert/strict";
import { newCase } from "./pages.mjs";
import { cookie, hearsOfMore, isSignedIn, liesUnused, post, shows, signInAsPatient, signInAsStaff, turns } from "./people.mjs";

const PATIENT = "196103072390"; // alex.blom

const atDesk = async (person) => {
  const staff = await person({ viewport: { width: 1280, height: 1400 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  return staff;
};

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const found = async (staff) => {
  await staff.getByRole("link", { name: "Sök patient" }).click();
  await staff.getByLabel("Personnummer, samordningsnummer eller reservnummer").fill(PATIENT);
  await staff.getByRole("button", { name: "Sök" }).click();
  await staff.getByRole("heading", { name: "Alex Blom" }).waitFor();
};

const booked = async (staff, startsAt) => {
  await staff.goto("/booking/new/free-time");
  await staff.getByLabel("Personnummer, samordningsnummer eller reservnummer").fill(PATIENT);
  await staff.getByLabel("Namn (första gången)").fill("Alex Blom");
  await staff.getByLabel("Kontaktorsak").fill("Samtal");
  await staff.getByLabel("Datum och tid").fill(startsAt);
  await staff.getByLabel("Längd i minuter").fill("15");
  await staff.getByRole("button", { name: "Granska innan du bokar" }).click();
  await shows(staff, "Granska bokningen");
  const clash = staff.getByLabel(/Boka över ett annat besök/);
  if ((await clash.count()) > 0) await clash.check();
  await staff.getByRole("button", { name: "Boka och skicka sms" }).click();
  await shows(staff, "Besök");
  return new URL(staff.url()).pathname.split("/").pop();
};

export const tests = {
  "a visit is dragged to another time in the schedule, which asks first": async ({ person }) => {
    const staff = await atDesk(person);
    const day = inDays(50);
    const id = await booked(staff, `${day}T07:10`);
    await staff.goto(`/workspace/schedule?date=${day}`);
    const visit = staff.locator(`[data-visit="${id}"]`);
    const lane = await visit.getAttribute("data-lane");
    await visit.dragTo(staff.locator(`td[data-lane="${lane}"][data-at="${day}T15:30"]`));
    await staff.getByRole("dialog").waitFor();
    await Promise.all([
      staff.waitForEvent("load"),
      staff.getByRole("dialog").getByRole("button", { name: "Flytta besöket" }).click(),
    ]);
    await staff.locator(`[data-visit="${id}"]`).getByText("15.30–15.45").waitFor();
  },

  "the same move is a form, with scripts off": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const day = inDays(51);
    const id = await booked(staff, `${day}T07:10`);
    await staff.goto(`/workspace/schedule?date=${day}`);
    const form = staff.locator(`form[action="/booking/appointments/${id}"]`);
    await staff.locator("li.panel").filter({ has: form }).locator("summary").click();
    await form.getByLabel("Ny tid").fill(`${day}T16:00`);
    await form.getByRole("button", { name: "Flytta besöket" }).click();
    await shows(staff, "Schema");
    await staff.locator("#schedule").getByText("16.00–16.15").waitFor();
  },

  "a start page behind another tab shows what waits once somebody looks at it, and one that nobody uses renews no session": async ({ person }) => {
    const [staff, patient] = [await atDesk(person), await person()];
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    const [behind, unused] = [await newCase(staff, "Väntar bakom"), await newCase(staff, "Väntar länge")];
    const waits = (subject) => staff.locator("[data-live=unanswered]").getByRole("link", { name: subject });
    // So that its script knows what waited before.
    await staff.waitForTimeout(1_000);
    const before = await staff.title();
    await turns(staff, true);
    await post(patient, `/messaging/v1/chats/${behind}/messages`, { text: "Hej!" });
    await hearsOfMore(staff, before);
    await staff.waitForTimeout(2_000);
    assert.equal(await waits("Väntar bakom").count(), 0);
    await turns(staff, false);
    await waits("Väntar bakom").waitFor();

    const { value: token } = await cookie(staff, "__Host-refresh");
    const isOver = (answer) => answer.url().endsWith("/workspace/v1/waiting") && answer.status() === 401;
    const [title, tabs] = [await staff.title(), await staff.locator("nav.tabs li").count()];
    const told = staff.waitForResponse(isOver, { timeout: 30_000 });
    await liesUnused(staff, 7);
    await post(patient, `/messaging/v1/chats/${unused}/messages`, { text: "Hej!" });
    await told;
    await staff.waitForTimeout(2_000);
    assert.equal(await isSignedIn(staff), false);
    assert.equal((await cookie(staff, "__Host-refresh")).value, token);
    assert.deepEqual([await staff.title(), await staff.locator("nav.tabs li").count()], [title, tabs]);
    await staff.keyboard.press("Shift");
    await waits("Väntar länge").waitFor();
    assert.equal(await isSignedIn(staff), true);
  },

  "ticket and case begin from a found patient, and no personal number stands in an address": async ({ person }) => {
    const staff = await atDesk(person);
    for (const [way, title] of [
      ["Biljett", "Ny biljett"],
      ["Asynkront ärende", "Nytt ärende"],
    ]) {
      await found(staff);
      await staff.getByRole("button", { name: way }).click();
      await shows(staff, title);
      assert.equal(new URL(staff.url()).search, "");
      assert.equal(await staff.locator("#personal_identity").inputValue(), PATIENT);
    }
  },
};
