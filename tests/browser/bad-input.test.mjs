// What goes wrong while people use the pages: faults in forms, a button pressed twice, the back button, sessions that
// end, two patients in one browser, slow networks and none, links to what is no more. Nothing typed is lost.
import assert from "node:assert/strict";
import { allComeAgain } from "./forms.mjs";
import { makeMatters, newCase, newTicket } from "./pages.mjs";
import { isSignedIn, pick, shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const LOOK_AGAIN = "Titta på det här en gång till";

const atDesk = async (person) => {
  const staff = await person({ viewport: { width: 1280, height: 900 } });
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  return staff;
};

const atHome = async (person, key = "alex.blom", more = {}) => {
  const patient = await person(more);
  await signInAsPatient(patient, key);
  await shows(patient, "Vi finns här för dig");
  return patient;
};

// How many visits the patient has, asked as a program asks.
const visits = async (page, address) => {
  const cookies = await page.context().cookies(address);
  const token = cookies.find(({ name }) => name === "__Host-session").value;
  const answer = await fetch(`${address}/booking/v1/appointments?limit=500`, { headers: { authorization: `Bearer ${token}` } });
  const { appointments } = await answer.json();
  return appointments.filter(({ state }) => state === "booked").length;
};

const profile = (page) => page.locator("form[action='/portal/profile']");

export const tests = {
  "in every form of a patient's, what is wrong is said at the field and in a summary that takes focus, and nothing written is lost": async ({ person }) => {
    const staff = await atDesk(person);
    const [ticket, chat] = [await newTicket(staff), await newCase(staff, "Fel i formulär")];
    const patient = await atHome(person);
    const long = "å".repeat(4_001);
    await allComeAgain(patient, [
      { path: "/portal/profile", form: "form[action='/portal/profile']", button: "Spara", typed: { phone: "070" }, wrong: "phone" },
      { path: `/tickets/${ticket}`, form: "form.times", button: "Boka tiden", typed: {}, wrong: "slot" },
      { path: `/tickets/${ticket}`, form: "form:has(#reason)", button: "Skicka till mottagningen", typed: { reason: long }, wrong: "reason" },
      { path: `/messaging/chats/${chat}`, form: "form.write", button: "Skicka", typed: { text: long }, wrong: "text" },
      { path: `/attachments/chats/${chat}`, form: "form[enctype]", button: "Ladda upp", typed: { text: "Så här ser det ut." }, wrong: "file" },
    ]);
    await patient.goto(`/tickets/${ticket}`);
    await patient.getByRole("button", { name: "Boka tiden" }).click();
    await patient.locator("#slot").getByText("Välj en av tiderna först.").waitFor();
  },

  "the same with scripts off": async ({ person }) => {
    const patient = await atHome(person, "alex.blom", { javaScriptEnabled: false });
    await patient.goto("/portal/profile");
    await patient.locator("#phone").fill("070");
    await profile(patient).getByRole("button", { name: "Spara" }).click();
    await patient.getByRole("heading", { name: LOOK_AGAIN }).waitFor();
    assert.equal(await patient.locator("#phone").inputValue(), "070");
  },

  "a button that is pressed twice books once, with scripts and without": async ({ person, address }) => {
    const staff = await atDesk(person);
    for (const javaScriptEnabled of [true, false]) {
      const ticket = await newTicket(staff);
      const patient = await atHome(person, "alex.blom", { javaScriptEnabled });
      const before = await visits(patient, address);
      await patient.goto(`/tickets/${ticket}`);
      await patient.locator("details[open] input[name=slot]").last().check();
      await patient.getByRole("button", { name: "Boka tiden" }).dblclick();
      await shows(patient, "Du har bokat en tid");
      assert.equal(await visits(patient, address), before + 1);
    }
  },

  "the back button after booking books nothing more and says what is booked": async ({ person, address }) => {
    const staff = await atDesk(person);
    const ticket = await newTicket(staff);
    const patient = await atHome(person);
    await patient.goto(`/tickets/${ticket}`);
    await patient.locator("details[open] input[name=slot]").last().check();
    await patient.getByRole("button", { name: "Boka tiden" }).click();
    await shows(patient, "Du har bokat en tid");
    const booked = await visits(patient, address);
    await patient.goBack();
    // The page of times is not kept by the browser; where one keeps it, sending it again leads to the same visit.
    const again = patient.getByRole("button", { name: "Boka tiden" });
    if (await again.isVisible()) {
      await patient.locator("details[open] input[name=slot]").first().check();
      await again.click();
    }
    await shows(patient, "Du har bokat en tid");
    assert.equal(await visits(patient, address), booked);
  },

  "a session that ends while a form is filled: what was written is kept, and sent after the sign-in": async ({ person }) => {
    const here = await atHome(person, "ebba.hundra");
    const elsewhere = await atHome(person, "greta.alm");
    const patient = await atHome(person, "greta.alm");
    await patient.goto("/portal/profile");
    if ((await patient.locator("#phone").count()) === 0) throw new Error("nobody knows greta.alm");
    await patient.locator("#phone").fill("070-174 06 07");
    await elsewhere.goto("/portal/profile");
    await elsewhere.getByRole("button", { name: "Logga ut på alla enheter" }).click();
    await elsewhere.waitForURL("**/session/end**");
    await profile(patient).getByRole("button", { name: "Spara" }).click();
    await shows(patient, "Logga in");
    // Who is still signed in at the provider comes straight back.
    await patient.getByRole("link", { name: "Logga in med 1177" }).click();
    await shows(patient, "Det du skrev finns kvar");
    await patient.getByText("070-174 06 07").waitFor();
    await patient.getByRole("button", { name: "Skicka nu" }).click();
    await patient.getByText("Dina uppgifter är sparade.").waitFor();
    assert.equal(await isSignedIn(here), true, "another patient was signed out, too");
  },

  "two tabs as two patients: the first one's form changes nothing of the other's, and their pages are not found": async ({ person }) => {
    const first = await atHome(person, "alex.blom");
    await first.goto("/portal/matters");
    const matter = await first.locator("a[href^='/booking/appointments/']").first().getAttribute("href");
    await first.goto("/portal/profile");
    const second = await first.context().newPage();
    await second.goto("/portal/home");
    await second.getByRole("button", { name: "Logga ut" }).click();
    await second.getByRole("button", { name: "Logga ut" }).click();
    await shows(second, "Du är utloggad");
    await signInAsPatient(second, "bo.fors");
    await shows(second, "Vi finns här för dig");
    await first.locator("#phone").fill("070-174 06 99");
    await profile(first).getByRole("button", { name: "Spara" }).click();
    await first.getByText("Någon annan har loggat in i den här webbläsaren").waitFor();
    assert.notEqual(await first.locator("#phone").inputValue(), "070-174 06 99");
    await first.goto(matter);
    await shows(first, "Sidan finns inte");
  },

  "a slow network shows progress, and no network says so and loses nothing": async ({ person }) => {
    const patient = await atHome(person);
    await patient.goto("/portal/profile");
    await patient.locator("#phone").fill("070-174 06 05");
    await patient.context().setOffline(true);
    // So small a window that the heading is out of sight where the button stands.
    await patient.setViewportSize({ width: 360, height: 320 });
    await profile(patient).getByRole("button", { name: "Spara" }).click();
    const said = patient.locator("#status", { hasText: "Du har ingen anslutning till internet just nu." });
    await said.waitFor();
    const place = await said.evaluate((status) => {
      const { top, bottom } = status.getBoundingClientRect();
      return { isBelowTop: top >= 0, isAboveBottom: bottom <= innerHeight };
    });
    assert.deepEqual(place, { isBelowTop: true, isAboveBottom: true });
    assert.equal(await patient.locator("#phone").inputValue(), "070-174 06 05");
    await patient.context().setOffline(false);
    const devtools = await patient.context().newCDPSession(patient);
    const slow = { offline: false, latency: 3000, downloadThroughput: -1, uploadThroughput: -1 };
    await devtools.send("Network.emulateNetworkConditions", slow);
    // What the page says is asked of the page itself: it is about to be left.
    await patient.evaluate(() => {
      const status = document.getElementById("status");
      new MutationObserver(() => sessionStorage.setItem("said", status.textContent)).observe(status, { childList: true });
    });
    await profile(patient).getByRole("button", { name: "Spara" }).click();
    await patient.getByText("Dina uppgifter är sparade.").waitFor();
    const told = await patient.evaluate(() => sessionStorage.getItem("said"));
    assert.match(told ?? "", /^Vänta, det tar en liten stund/);
  },

  "a link to a page leads over the sign-in back to where it led": async ({ person }) => {
    const staff = await atDesk(person);
    const ticket = await newTicket(staff);
    for (const path of [`/tickets/${ticket}`, "/portal/profile", "/messaging/cases"]) {
      const patient = await person({ javaScriptEnabled: false });
      await patient.goto(path);
      await shows(patient, "Logga in");
      await patient.getByRole("link", { name: "Logga in med 1177" }).click();
      await pick(patient, "alex.blom");
      await patient.waitForURL(`**${path}`);
    }
  },

  "what is not there, not for one, over, or failing is told in words that a patient understands": async ({ person, arrange }) => {
    const made = await makeMatters(person, arrange);
    const patient = await atHome(person);
    const understands = async (answer, status, title, at = patient) => {
      assert.equal(answer.status(), status, title);
      await shows(at, title);
      assert.ok(!/urn:|[{}]|undefined|null/.test(await at.locator("main").innerText()), title);
    };
    for (const [path, status, title] of [
      ["/nothing", 404, "Sidan finns inte"],
      ["/booking/appointments/01a20729-74f8-7208-8257-6be001271b0d", 404, "Sidan finns inte"],
      ["/tickets/01a20729-74f8-7208-8257-6be001271b0d", 404, "Sidan finns inte"],
      ["/t/00000000000000000000000000", 404, "Ingen biljett öppnas med den här länken"],
      ["/workspace/start", 403, "Det här är inte för dig"],
      // Where the store is another's, what is over and what failed can't be brought about.
      ...(arrange
        ? [
            [`/attachments/files/${made.harmfulFile}`, 410, "Filen är borttagen"],
            [`/attachments/files/${made.brokenFile}`, 500, "Något gick fel hos oss"],
          ]
        : []),
    ]) {
      await understands(await patient.goto(path), status, title);
      await patient.getByRole("link", { name: "Till startsidan" }).waitFor();
      assert.equal(await patient.getByText("Ärendenummer för supporten:").count(), status === 500 ? 1 : 0, title);
    }
    if (!arrange) return;
    await patient.goto(`/tickets/${made.expiredTicket}`);
    assert.equal(await patient.locator("input[name=slot]").count(), 0);
    await patient.locator("main .warning").getByText("Kontakta mottagningen om du fortfarande behöver en tid.").waitFor();
    const guest = await person({ javaScriptEnabled: false });
    await guest.goto(made.linkOver);
    const [over] = await Promise.all([guest.waitForNavigation(), guest.getByRole("button", { name: "Gå till besöket" }).click()]);
    await understands(over, 410, "Besöket är slut", guest);
  },
};
