// Several matters open as tabs: opened, switched between, marked while something is unread, and closed; by scripts, without
// them and by keyboard alone; gone with the session.
import assert from "node:assert/strict";
import { newCase, newTicket } from "./pages.mjs";
import { post, shows, signInAsPatient, signInAsStaff, tabTo } from "./people.mjs";

const atDesk = async (person, more = {}) => {
  const staff = await person({ viewport: { width: 1280, height: 900 }, ...more });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  return staff;
};

const record = (chat) => `/workspace/records/${chat}`;
const tabs = (page) => page.getByRole("navigation", { name: "Öppna ärenden" });
const tab = (page, subject) => tabs(page).getByRole("link", { name: subject });
const closing = (page, subject) => tabs(page).getByRole("button", { name: new RegExp(`^Stäng fliken: .*${subject}`) });
const current = (page) => tabs(page).locator("[aria-current=page]");

export const tests = {
  "several matters stay open as tabs on every page, one says what is unread, and one that is closed takes nothing along": async ({ person }) => {
    const staff = await atDesk(person);
    const [cough, rash] = [await newCase(staff, "Flik om hosta"), await newCase(staff, "Flik om utslag")];
    const ticket = await newTicket(staff);
    assert.equal(await tabs(staff).count(), 0);
    await staff.goto(record(cough));
    await staff.goto(record(rash));
    await current(staff).filter({ hasText: "Flik om utslag" }).waitFor();
    await tab(staff, "Flik om hosta").click();
    await shows(staff, "Flik om hosta");
    await staff.goto(`/tickets/${ticket}`);
    await staff.getByRole("button", { name: "Håll öppen som flik" }).click();
    // The ticket's page is another function's: its tabs are fetched.
    await current(staff).filter({ hasText: "Biljett" }).waitFor();
    assert.equal(new URL(staff.url()).pathname, `/tickets/${ticket}`);
    assert.equal(await tabs(staff).getByRole("link").count(), 3);
    assert.equal(new URL(staff.url()).search, "");

    const patient = await person();
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    await post(patient, `/messaging/v1/chats/${rash}/messages`, { text: "Det kliar." });
    await tab(staff, "Flik om utslag").getByText("Oläst").waitFor();
    await tab(staff, "Flik om utslag").click();
    await shows(staff, "Flik om utslag");
    await staff.getByText("Det kliar.").waitFor();
    assert.equal(await tabs(staff).getByText("Oläst").count(), 0);

    // What is being written stays where another tab is closed beside it.
    await staff.getByLabel("Ny anteckning").fill("Kliar sedan");
    await closing(staff, "Flik om hosta").click();
    await tab(staff, "Flik om hosta").waitFor({ state: "detached" });
    // Nothing is on its way any more, and so nobody is asked to wait.
    await staff.waitForTimeout(800);
    assert.equal(await staff.locator("#status").textContent(), "");
    assert.equal(await staff.getByLabel("Ny anteckning").inputValue(), "Kliar sedan");
    // Going to another asks first.
    const asked = new Promise((resolve) => staff.once("dialog", (dialog) => resolve(dialog.type()) || dialog.dismiss()));
    await tab(staff, "Biljett").click({ noWaitAfter: true });
    assert.equal(await asked, "beforeunload");
    assert.equal(await staff.getByLabel("Ny anteckning").inputValue(), "Kliar sedan");
    await staff.getByLabel("Ny anteckning").fill("");
    await closing(staff, "Flik om utslag").click();
    await current(staff).filter({ hasText: "Biljett" }).waitFor();
    assert.equal(await tabs(staff).getByRole("link").count(), 1);
  },

  "with scripts off, tabs are opened, switched between and closed, too, and signing out closes them": async ({ person }) => {
    const staff = await atDesk(person, { javaScriptEnabled: false });
    const [cough, rash] = [await newCase(staff, "Flik utan skript"), await newCase(staff, "En flik till")];
    const ticket = await newTicket(staff);
    await staff.goto(record(cough));
    await staff.goto(record(rash));
    await staff.goto(`/tickets/${ticket}`);
    await staff.getByRole("button", { name: "Håll öppen som flik" }).click();
    await staff.waitForURL(`**/tickets/${ticket}`);
    await staff.getByRole("link", { name: "Öppna ärenden" }).click();
    await shows(staff, "Öppna ärenden");
    assert.equal(await tabs(staff).getByRole("link").count(), 3);
    await tab(staff, "Flik utan skript").click();
    await shows(staff, "Flik utan skript");
    await closing(staff, "En flik till").click();
    await shows(staff, "Flik utan skript");
    assert.equal(await tab(staff, "En flik till").count(), 0);
    await closing(staff, "Flik utan skript").click();
    await staff.waitForURL(`**/tickets/${ticket}`);
    await staff.getByRole("button", { name: "Logga ut" }).click();
    await staff.getByRole("button", { name: "Logga ut" }).click();
    await shows(staff, "Du är utloggad");
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    await staff.goto("/workspace/open");
    await staff.getByText("Du har inget öppet.").waitFor();
    assert.equal(await tabs(staff).count(), 0);
  },

  "keyboard alone switches between tabs and closes one": async ({ person }) => {
    const staff = await atDesk(person);
    const [cough, rash] = [await newCase(staff, "Flik ett"), await newCase(staff, "Flik två")];
    await staff.goto(record(cough));
    await staff.goto(record(rash));
    await tabTo(staff, tab(staff, "Flik ett"));
    await staff.keyboard.press("Enter");
    await shows(staff, "Flik ett");
    await tabTo(staff, closing(staff, "Flik två"));
    await staff.keyboard.press("Enter");
    await tab(staff, "Flik två").waitFor({ state: "detached" });
    // Who closed it stands at the one beside it, not at the top of the page.
    assert.ok(await tab(staff, "Flik ett").evaluate((link) => link === document.activeElement));
  },
};
