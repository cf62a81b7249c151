// What goes with a session in a real browser: signing out there, too, renewal, cookies, other sites, language,
// the keyboard, scripts off.
import assert from "node:assert/strict";
import { isFocused } from "./forms.mjs";
import { cookie, holdsOnlySafeCookies, isSignedIn, pick, post, shows, signInAsPatient, signInAsStaff, tabTo } from "./people.mjs";

export const tests = {
  "signing out ends the session here and at the provider": async ({ person, address }) => {
    const page = await person();
    await page.goto("/");
    await shows(page, "Välkommen till Vård och hälsa");
    await page.getByText("UTBILDNING").waitFor();
    await signInAsPatient(page, "alex.blom");
    await shows(page, "Vi finns här för dig");
    await holdsOnlySafeCookies(page, address);
    await page.getByRole("button", { name: "Logga ut" }).click();
    // By itself on to the provider, whose own button ends its session, too; and back.
    await page.getByRole("button", { name: "Logga ut" }).click();
    await shows(page, "Du är utloggad");
    assert.equal(new URL(page.url()).origin, address);
    assert.equal(await isSignedIn(page), false);
  },

  "a guest of a patient with protected identity confirms by phone": async ({ person }) => {
    const staff = await person();
    await signInAsStaff(staff, "stig.testkvist");
    await shows(staff, "Startsida");
    const visit = await post(staff, "/booking/v1/appointments", {
      kind: "video",
      starts_at: new Date(Date.now() + 15 * 60_000).toISOString(),
      minutes: 20,
      allow_overlap: true,
      reason: "Samtal",
      patient: { personal_identity: "197905222399", name: "Bo Fors", protected_identity: true },
      participants: [{ role: "relative", name: "Sam Nour", phone: "070-174 06 20" }],
    });
    const who = { appointment: visit.id, participant: visit.participants[0].id };
    const { link } = await post(staff, "/identity/v1/guest-links", who);
    const guest = await person();
    await guest.goto(link);
    await guest.getByRole("button", { name: "Gå till besöket" }).click();
    const digits = guest.getByLabel("De fyra sista siffrorna i ditt telefonnummer");
    await digits.fill("1111");
    await guest.getByRole("button", { name: "Gå till besöket" }).click();
    await guest.locator("ds-error-summary").waitFor();
    assert.ok(await isFocused(guest.locator("ds-error-summary")), "the summary has no focus");
    assert.equal(await digits.inputValue(), "1111");
    await digits.fill("0620");
    await guest.getByRole("button", { name: "Gå till besöket" }).click();
    await shows(guest, "Du är med");
  },

  "who stops at the provider can try again": async ({ person }) => {
    const page = await person();
    await signInAsPatient(page, "");
    await shows(page, "Du blev inte inloggad");
    await page.getByRole("link", { name: "Försök igen" }).click();
    await pick(page, "greta.alm");
    await shows(page, "Vi finns här för dig");
  },

  "a token that has run out is renewed on the way": async ({ person }) => {
    const page = await person();
    await signInAsPatient(page, "ali.nour");
    await shows(page, "We are here for you"); // whose profile is in English
    const { value: before, expires } = await cookie(page, "__Host-refresh");
    // Longer than any session, so that a form of one that has ended can be kept.
    assert.ok(expires > Date.now() / 1000 + 4.5 * 3600);
    await page.context().clearCookies({ name: "__Host-session" });
    await page.goto("/portal/access-log");
    await page.waitForURL("**/portal/access-log");
    assert.equal(await isSignedIn(page), true);
    assert.notEqual((await cookie(page, "__Host-refresh")).value, before);
  },

  "two people in two browsers stay themselves, and with each other's cookies nobody": async ({ person, address }) => {
    const [alex, bo] = [await person(), await person()];
    await signInAsPatient(alex, "alex.blom");
    await shows(alex, "Vi finns här för dig");
    await signInAsPatient(bo, "tolva.tolvsson");
    await shows(bo, "Vi finns här för dig");
    await alex.context().clearCookies({ name: "__Host-refresh" });
    const swapped = await cookie(bo, "__Host-refresh");
    await alex.context().addCookies([{ ...swapped, url: undefined }]);
    await alex.goto(`${address}/identity/renew?return_to=%2Fportal%2Faccess-log`);
    await shows(alex, "Logga in");
    assert.equal(await isSignedIn(alex), false);
  },

  "another site cannot post in one's name": async ({ person, address }) => {
    const page = await person();
    await signInAsPatient(page, "alex.blom");
    await shows(page, "Vi finns här för dig");
    const elsewhere = address.replace("127.0.0.1", "localhost");
    await page.route(`${elsewhere}/evil`, (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<form method="post" action="${address}/identity/sign-out"><button>Win a prize</button></form>`,
      }),
    );
    await page.goto(`${elsewhere}/evil`);
    await page.getByRole("button", { name: "Win a prize" }).click();
    await shows(page, "Det här kom från en annan webbplats");
    await page.goto(`${address}/`);
    await shows(page, "Vi finns här för dig");
  },

  "the language is chosen once and kept": async ({ person }) => {
    const page = await person();
    await page.goto("/identity/sign-in");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("link", { name: "Sign in with 1177" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await page.goto("/nothing");
    await shows(page, "There is no such page");
    const english = await person({ locale: "en-GB" });
    await english.goto("/");
    await shows(english, "Welcome to Care and health");
  },

  "everything works by keyboard alone": async ({ person }) => {
    const page = await person();
    await page.goto("/identity/sign-in");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Hoppa till innehållet");
    const focus = async (text) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press("Tab");
        if ((await page.evaluate(() => document.activeElement.textContent.trim())) === text) return;
      }
      assert.fail(`no way to ${text}`);
    };
    await focus("Logga in med SITHS");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/interaction/**");
    await tabTo(page, page.locator('button[value="eva.dahl"]'));
    await page.keyboard.press("Enter");
    await shows(page, "Startsida");
    await focus("Logga ut");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/session/end**");
  },

  "everything works with scripts off": async ({ person }) => {
    const page = await person({ javaScriptEnabled: false });
    await signInAsPatient(page, "okand.person");
    await shows(page, "Vi finns här för dig");
    await page.getByRole("button", { name: "English" }).click();
    await shows(page, "We are here for you");
  },
};
