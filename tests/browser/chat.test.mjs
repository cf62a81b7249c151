// Two people in two browsers write to each other, each loses the network for a while, and both end with the same
// thread. Scripts off, the chat's forms do all of it, too.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { isFocused } from "./forms.mjs";
import { newCase } from "./pages.mjs";
import {
  cookie,
  hearsOfMore,
  isSignedIn,
  liesUnused,
  post,
  shows,
  signInAsPatient,
  signInAsStaff,
  tabTo,
  turns,
} from "./people.mjs";

const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const violations = async (page) => {
  await page.evaluate(axe);
  return page.evaluate(async () => (await globalThis.axe.run(document)).violations.map(({ id }) => id));
};

const openCase = async (staff, subject) => `/messaging/chats/${await newCase(staff, subject)}`;

const write = async (page, text) => {
  await field(page).fill(text);
  await page.getByRole("button", { name: "Skicka" }).click();
};

// Both of them at the chat of a new case, or staff beside its record.
const meet = async (person, subject, beside = false) => {
  const [staff, patient] = [await person({ viewport: { width: 1280, height: 900 } }), await person()];
  await signInAsStaff(staff, "anna.lind");
  await shows(staff, "Startsida");
  await signInAsPatient(patient, "alex.blom");
  await shows(patient, "Vi finns här för dig");
  const path = await openCase(staff, subject);
  await staff.goto(beside ? path.replace("/messaging/chats/", "/workspace/records/") : path);
  await patient.goto(path);
  return { staff, patient, path };
};

const field = (page) => page.getByLabel("Skriv ett meddelande");

const remiss = { name: "Remiss.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n(Remiss)\nstartxref\n9\n%%EOF\n") };

const CHOOSE = "Välj en bild eller ett dokument";

// The message's field on the page on which files are attached.
const besideFiles = (page) => page.getByLabel("Skriv ett meddelande till filerna");

const toFiles = async (page) => {
  await page.getByRole("button", { name: "Bifoga bilder eller dokument" }).click();
  await shows(page, "Bifoga bilder eller dokument");
};

const toChat = async (page) => {
  await page.getByRole("button", { name: "Till samtalet" }).click();
  await page.locator("ol.messages").waitFor({ state: "attached" });
};

// Uploads the document on that page, as the one of that number.
const upload = async (page, number) => {
  await page.getByLabel(CHOOSE).setInputFiles(remiss);
  await page.getByRole("button", { name: "Ladda upp" }).click();
  await page.getByRole("link", { name: `Dokument (PDF) ${number}` }).waitFor();
};

// Those that go with messages.
const files = (page) => page.locator("ol.messages a", { hasText: "Dokument (PDF)" });

// Ends the session from elsewhere, which its browser isn't told.
const ends = async (page) => {
  const { value } = await cookie(page, "__Host-refresh");
  const address = new URL("/identity/v1/renew", page.url());
  const headers = { "content-type": "application/json" };
  // By a copy that is used twice.
  for (const status of [200, 401]) {
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify({ refresh_token: value }) });
    assert.equal(answer.status, status);
  }
};

const thread = (page) => page.locator("ol.messages p.text").allTextContents();

const sees = (page, text) => page.locator("ol.messages p.text", { hasText: text }).waitFor();

export const tests = {
  "two people chat, each loses the network for ten seconds while both write, and both end with the same thread": async ({ person }) => {
    const { staff, patient, path } = await meet(person, "Samtal i två fönster");
    const expected = [];
    const says = async (page, other, text) => {
      await write(page, text);
      await sees(page, text);
      if (other) await sees(other, text);
      expected.push(text);
    };
    // One is without the network for ten seconds, writes and can't send; the other writes on meanwhile.
    const loses = async (page, other, unsent, said) => {
      const before = [...expected];
      await page.context().setOffline(true);
      for (const text of said) await says(other, undefined, text);
      await write(page, unsent);
      await page.locator("#status", { hasText: "Du har ingen anslutning till internet just nu." }).waitFor();
      await page.waitForTimeout(10_000);
      // The network was gone indeed, and the one who has it sees what they wrote.
      assert.deepEqual(await thread(page), before);
      assert.deepEqual(await thread(other), expected);
      await page.context().setOffline(false);
      // What was missed comes by itself, and what could not be sent stays until it is.
      await sees(page, said.at(-1));
      assert.deepEqual(await thread(page), expected);
      assert.equal(await field(page).inputValue(), unsent);
      await page.getByRole("button", { name: "Skicka" }).click();
      expected.push(unsent);
      for (const one of [page, other]) await sees(one, unsent);
      await page.waitForFunction(() => document.querySelector("form.write").elements.text.value === "");
    };
    await says(staff, patient, "Hur mår du i dag?");
    await says(patient, staff, "Bättre än i går.");
    await loses(patient, staff, "Kan jag gå till jobbet?", ["Då ses vi nästa vecka.", "Hör av dig om det blir värre."]);
    await says(staff, patient, "Vänta till på måndag.");
    await loses(staff, patient, "Det är bra.", ["Jag stannar hemma.", "Och vilar mig."]);
    await says(patient, staff, "Tack!");
    for (const page of [staff, patient]) {
      assert.deepEqual(await thread(page), expected);
      // As it stands in the store.
      await page.goto(path);
      assert.deepEqual(await thread(page), expected);
    }
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

  "a half-written note stays as it is while staff write in the chat beside it, and nobody asks whether to leave": async ({ person }) => {
    const { staff, patient, path } = await meet(person, "Anteckning och samtal", true);
    const asked = [];
    staff.on("dialog", (dialog) => {
      asked.push(dialog.type());
      dialog.dismiss().catch(() => {});
    });
    await staff.getByLabel("Triage").fill("Låg");
    await staff.getByLabel("Ny anteckning").pressSequentially("Hostar sedan");
    await write(staff, "Har du feber?");
    await sees(patient, "Har du feber?");
    await sees(staff, "Har du feber?");
    await write(staff, "Och är du trött?");
    await sees(staff, "Och är du trött?");
    assert.equal(await field(staff).inputValue(), "");
    assert.equal(await staff.getByLabel("Ny anteckning").inputValue(), "Hostar sedan");
    assert.equal(await staff.getByLabel("Triage").inputValue(), "Låg");
    assert.deepEqual(asked, []);
    const record = path.replace("/messaging/chats/", "/workspace/v1/chats/") + "/record";
    const kept = await staff.evaluate(async (record) => (await fetch(record)).json(), record);
    assert.deepEqual([kept.notes, kept.triage], [[], undefined], "nothing of it is kept yet");
    assert.deepEqual(await thread(staff), ["Har du feber?", "Och är du trött?"]);
  },

  "a message that is sent without a network stays in its field, is said to, and goes once there is one": async ({ person }) => {
    const { staff, patient } = await meet(person, "Utan nät");
    await patient.context().setOffline(true);
    await write(patient, "Når det här fram?");
    await patient.locator("#status", { hasText: "Du har ingen anslutning till internet just nu." }).waitFor();
    assert.equal(await field(patient).inputValue(), "Når det här fram?");
    await patient.context().setOffline(false);
    await patient.getByRole("button", { name: "Skicka" }).click();
    await sees(staff, "Når det här fram?");
    await sees(patient, "Når det här fram?");
    assert.equal(await field(patient).inputValue(), "");
    assert.equal(await patient.locator("#status").textContent(), "");
    // The browser believes that there is a network, and the answer never comes: the message was written all the same.
    const devtools = await patient.context().newCDPSession(patient);
    devtools.on("Fetch.requestPaused", ({ requestId, request }) => {
      const lost = { requestId, errorReason: "ConnectionReset" };
      if (request.method === "POST") devtools.send("Fetch.failRequest", lost);
      // What is paused when the pausing ends goes on by itself, and can't be told to any more.
      else devtools.send("Fetch.continueRequest", { requestId }).catch((error) => assert.match(error.message, /Fetch domain is not enabled|Invalid InterceptionId/));
    });
    const answers = { urlPattern: "*/messaging/chats/*", requestStage: "Response" };
    await devtools.send("Fetch.enable", { patterns: [answers] });
    await write(patient, "Och det här?");
    await patient.locator("#status", { hasText: "Tjänsten svarar inte. Det du skrivit finns kvar: försök igen." }).waitFor();
    assert.equal(await field(patient).inputValue(), "Och det här?");
    await devtools.send("Fetch.disable");
    await patient.getByRole("button", { name: "Skicka" }).click();
    await patient.waitForFunction(() => document.querySelector("form.write").elements.text.value === "");
    await sees(staff, "Och det här?");
    const expected = ["Når det här fram?", "Och det här?"];
    assert.deepEqual(await thread(patient), expected);
    await staff.reload();
    assert.deepEqual(await thread(staff), expected);
  },

  "what is wrong with a message is said at its field beside the record, and goes with the next one": async ({ person }) => {
    const { staff } = await meet(person, "För långt", true);
    const long = "å".repeat(4_001);
    await field(staff).evaluate((element) => element.removeAttribute("maxlength"));
    await staff.getByLabel("Ny anteckning").fill("Halvskriven");
    await write(staff, long);
    const summary = staff.locator("ds-error-summary");
    await summary.waitFor();
    assert.ok(await isFocused(summary));
    assert.equal(await field(staff).inputValue(), long);
    assert.equal(await field(staff).getAttribute("aria-invalid"), "true");
    await summary.locator('a[href="#message"]').click();
    assert.ok(await isFocused(field(staff)));
    assert.deepEqual(await violations(staff), []);
    await write(staff, "Kortare.");
    await sees(staff, "Kortare.");
    await summary.waitFor({ state: "detached" });
    assert.equal(await field(staff).getAttribute("aria-invalid"), null);
    assert.equal(await staff.getByLabel("Ny anteckning").inputValue(), "Halvskriven");
    assert.deepEqual(await thread(staff), ["Kortare."]);
  },

  "the list of messages stays while messages come into it, so that they are read out, and so does the focus in it": async ({ person }) => {
    const { staff, patient } = await meet(person, "Listan står kvar");
    await write(patient, "Jag hostar.");
    await sees(patient, "Jag hostar.");
    await patient.getByText("Ingen har skrivit något än.").waitFor({ state: "detached" });
    const list = patient.locator("ol.messages");
    await list.evaluate((element) => {
      globalThis.came = [];
      const added = (changes) => changes.flatMap(({ target, addedNodes }) => (target === element ? [...addedNodes] : []));
      new MutationObserver((changes) => globalThis.came.push(...added(changes).map(({ value }) => value))).observe(element, { childList: true, subtree: true });
    });
    const back = patient.getByRole("button", { name: "Ta tillbaka" });
    await tabTo(patient, back);
    await write(staff, "Sedan när?");
    await sees(patient, "Sedan när?");
    assert.ok(await isFocused(back));
    assert.equal(await patient.evaluate(() => document.activeElement.isConnected), true);
    // What staff wrote, and nothing of what stood there, came into the list anew.
    const last = await list.locator("li").last().evaluate((message) => message.value);
    const numbers = await patient.evaluate(() => globalThis.came);
    assert.ok(numbers.includes(last) && new Set(numbers).size === numbers.length, numbers.join());
    await patient.keyboard.press("Enter");
    await sees(patient, "Meddelandet har tagits tillbaka.");
    await sees(staff, "Meddelandet har tagits tillbaka.");
  },

  "a tab that nobody looks at reads nothing, and has what came once somebody does": async ({ person }) => {
    const { staff, patient } = await meet(person, "I en flik bakom");
    const read = staff.locator("ol.messages", { hasText: "Läst" });
    await turns(patient, true);
    await write(staff, "Är du där?");
    await sees(staff, "Är du där?");
    await patient.waitForTimeout(3_000);
    assert.deepEqual(await thread(patient), []);
    await staff.reload();
    assert.equal(await read.count(), 0);
    await turns(patient, false);
    await sees(patient, "Är du där?");
    await read.waitFor();
    await write(staff, "Bra.");
    await sees(patient, "Bra.");
  },

  "a chat of staff's that nobody looks at reads nothing when something waits, nor does a record, and its list stays": async ({ person }) => {
    for (const beside of [false, true]) {
      const { staff, patient } = await meet(person, "Bakom en annan flik", beside);
      await staff.locator("ol.messages").evaluate((list) => (globalThis.list = list));
      // So that its script knows what waited before.
      await staff.waitForTimeout(1_000);
      const title = await staff.title();
      await turns(staff, true);
      await write(patient, "Har du tid?");
      await sees(patient, "Har du tid?");
      await hearsOfMore(staff, title);
      await staff.waitForTimeout(2_000);
      assert.deepEqual(await thread(staff), []);
      await patient.reload();
      await sees(patient, "Har du tid?");
      const read = patient.locator("ol.messages", { hasText: "Läst" });
      assert.equal(await read.count(), 0);
      await turns(staff, false);
      await sees(staff, "Har du tid?");
      await read.waitFor();
      assert.ok(await staff.evaluate(() => globalThis.list.isConnected), "the list was replaced");
    }
  },

  "where nobody uses it a chat renews no session, whatever comes, and goes on with what was begun once somebody does": async ({ person }) => {
    const { staff, patient } = await meet(person, "Ingen sitter där");
    const { value: before } = await cookie(patient, "__Host-refresh");
    const said = patient.getByText("Här visas inget nytt, för sidan har inte använts på en stund.");
    await field(patient).fill("Jag har");
    await liesUnused(patient, 7);
    await write(staff, "Är du där?");
    await said.waitFor();
    assert.equal(await isSignedIn(patient), false);
    assert.equal((await cookie(patient, "__Host-refresh")).value, before);
    assert.deepEqual(await thread(patient), []);
    await field(patient).press("Control+End");
    await sees(patient, "Är du där?");
    await said.waitFor({ state: "detached" });
    assert.equal(await isSignedIn(patient), true);
    assert.notEqual((await cookie(patient, "__Host-refresh")).value, before);
    await field(patient).pressSequentially(" feber.");
    await patient.getByRole("button", { name: "Skicka" }).click();
    await sees(staff, "Jag har feber.");
    await write(staff, "Hur hög?");
    await sees(patient, "Hur hög?");
  },

  "where nobody writes in it a chat whose session has ended leads to the sign-in once somebody uses it, not before": async ({ person }) => {
    const { patient, path } = await meet(person, "Till inloggningen");
    await liesUnused(patient, 7);
    await ends(patient);
    await patient.evaluate(() => dispatchEvent(new Event("online")));
    await patient.getByText("Här visas inget nytt, för sidan har inte använts på en stund.").waitFor();
    assert.equal(new URL(patient.url()).pathname, path);
    await patient.keyboard.press("Shift");
    await shows(patient, "Logga in");
  },

  "what was begun when the session ended is kept, though its page heard of the end before it was sent": async ({ person }) => {
    const { staff, patient } = await meet(person, "Halvvägs");
    await field(patient).fill("Jag mår");
    await liesUnused(patient, 7);
    await ends(patient);
    await field(patient).press("Control+End");
    await patient.getByText("Här visas inget nytt, för sidan har inte använts på en stund.").waitFor();
    await field(patient).pressSequentially(" bättre.");
    await patient.getByRole("button", { name: "Skicka" }).click();
    await shows(patient, "Logga in");
    // Who is still signed in at the provider comes straight back.
    await patient.getByRole("link", { name: "Logga in med 1177" }).click();
    await shows(patient, "Det du skrev finns kvar");
    await patient.getByText("Jag mår bättre.").waitFor();
    await patient.getByRole("button", { name: "Skicka nu" }).click();
    await sees(patient, "Jag mår bättre.");
    await sees(staff, "Jag mår bättre.");
  },

  "who takes a message back keeps what they are writing, is told where it can't be, and stays where they are": async ({ person }) => {
    const { staff, patient, path } = await meet(person, "Till någon annan");
    const back = (page) => page.getByRole("button", { name: "Ta tillbaka" });
    await write(patient, "Köp mjölk!");
    await sees(patient, "Köp mjölk!");
    await sees(staff, "Köp mjölk!");
    // In another tab, which learns nothing of it.
    const other = await patient.context().newPage();
    await other.goto(path);
    await back(other).waitFor();
    await turns(other, true);
    for (const page of [patient, other]) {
      await field(page).fill("Jag hostar");
      await page.evaluate(() => (globalThis.stays = true));
    }
    const keeps = async (page) => {
      assert.equal(await field(page).inputValue(), "Jag hostar");
      assert.ok(await page.evaluate(() => globalThis.stays), "the page was left");
    };
    await patient.context().setOffline(true);
    await back(patient).click();
    await patient.locator("#status", { hasText: "Du har ingen anslutning till internet just nu." }).waitFor();
    await keeps(patient);
    await patient.context().setOffline(false);
    await tabTo(patient, back(patient));
    await patient.keyboard.press("Enter");
    for (const page of [patient, staff]) await sees(page, "Meddelandet har tagits tillbaka.");
    await keeps(patient);
    assert.equal(await patient.locator("#status").textContent(), "");
    assert.ok(await isFocused(patient.locator("ol.messages li").last()));
    await back(other).click();
    const summary = other.locator("ds-error-summary");
    await summary.waitFor();
    assert.ok(await isFocused(summary));
    await keeps(other);
    await turns(other, false);
    await sees(other, "Meddelandet har tagits tillbaka.");
    await other.getByRole("button", { name: "Skicka" }).click();
    await sees(staff, "Jag hostar");
    await summary.waitFor({ state: "detached" });
  },

  "after more messages than a page holds, those before them are found by its link, and none lies between": async ({ person }) => {
    const { staff, patient, path } = await meet(person, "Långt samtal");
    const numbers = () => patient.locator("ol.messages li").evaluateAll((messages) => messages.map(({ value }) => value));
    const earlier = patient.getByRole("link", { name: "Visa tidigare meddelanden" });
    const writes = async (from, to) => {
      const messages = path.replace("/messaging/", "/messaging/v1/") + "/messages";
      for (let line = from; line <= to; line += 1) await post(staff, messages, { text: `Rad ${line}.` });
    };
    await writes(1, 1);
    await sees(patient, "Rad 1.");
    assert.equal(await earlier.count(), 0);
    // Twice: where no link stood, and where one did that leads elsewhere by then.
    for (const [from, to] of [
      [2, 61],
      [62, 121],
    ]) {
      await turns(patient, true);
      await writes(from, to);
      await turns(patient, false);
      await sees(patient, `Rad ${to}.`);
      const [first] = await numbers();
      assert.ok(first > 1, "the page begins later");
      assert.ok((await earlier.getAttribute("href")).endsWith(`?before=${first}`));
    }
    assert.deepEqual(await violations(patient), []);
    const all = await numbers();
    while ((await earlier.count()) > 0) {
      await Promise.all([patient.waitForEvent("load"), earlier.click()]);
      all.unshift(...(await numbers()));
    }
    assert.deepEqual(all, [...Array(all.length).keys()].map((number) => number + 1));
    assert.ok(all.length >= 121);
  },

  "keyboard alone writes in the chat on both sides, and keeps and signs a note beside it": async ({ person }) => {
    const { staff, patient } = await meet(person, "Bara tangenter", true);
    const says = async (page, text) => {
      await tabTo(page, field(page));
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
      assert.ok(await isFocused(page.getByRole("button", { name: "Skicka" })));
      await page.keyboard.press("Enter");
      await sees(page, text);
    };
    await says(staff, "Hur mår du?");
    await sees(patient, "Hur mår du?");
    await says(patient, "Bättre, tack.");
    await sees(staff, "Bättre, tack.");
    const note = staff.locator("#new");
    await tabTo(staff, note.getByLabel("Ny anteckning"));
    await staff.keyboard.type("Mår bättre.");
    await tabTo(staff, note.getByRole("button", { name: "Spara utkast" }));
    await staff.keyboard.press("Enter");
    const draft = staff.getByLabel("Utkast (syns bara för dig)");
    await draft.waitFor();
    await tabTo(staff, draft);
    await staff.keyboard.press("Control+End");
    await staff.keyboard.type(" Ingen feber.");
    await tabTo(staff, staff.locator("form", { has: draft }).getByRole("button", { name: "Signera" }));
    await staff.keyboard.press("Enter");
    await staff.getByText("Ingen anteckning är signerad.").waitFor({ state: "detached" });
    assert.match(await staff.getByLabel("Som text till journalen").inputValue(), /Mår bättre\. Ingen feber\./);
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
    const attach = async (page) => {
      await toFiles(page);
      await upload(page, 1);
    };
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
      await toChat(staff);
      assert.equal(new URL(staff.url()).pathname, beside);
      await staff.getByText("Följer med ditt nästa meddelande: 1").waitFor();
      // What is begun beside the record goes along, unasked, and comes back there.
      await field(staff).fill("Här är");
      await toFiles(staff);
      assert.equal(await besideFiles(staff).inputValue(), "Här är");
      await toChat(staff);
      assert.equal(new URL(staff.url()).pathname, beside);
      assert.equal(await field(staff).inputValue(), "Här är");
      await toFiles(staff);
      await besideFiles(staff).fill("Här är remissen.");
      await staff.getByRole("button", { name: "Skicka meddelandet och filerna" }).click();
      await sees(staff, "Här är remissen.");
      assert.equal(new URL(staff.url()).pathname, beside);
      assert.equal(await files(staff).count(), 1);
      await patient.goto(path);
      assert.equal(await files(patient).count(), 1);
      await attach(patient);
      await besideFiles(patient).fill("Och här är min lista.");
      await patient.getByRole("button", { name: "Skicka meddelandet och filerna" }).click();
      await sees(patient, "Och här är min lista.");
      if (!javaScriptEnabled) await staff.getByRole("link", { name: "Uppdatera" }).click();
      await sees(staff, "Och här är min lista.");
      assert.equal(await files(staff).count(), 2);
      const file = await staff.evaluate(async (href) => (await fetch(href)).status, await files(staff).last().getAttribute("href"));
      assert.equal(file, 200);
    }
  },

  "what a patient has begun to write goes along to the files and back, and is never in an address, with scripts and without": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const begun = "Så här ser utslaget ut.\nDet <kliar> & svider.";
    for (const javaScriptEnabled of [true, false]) {
      const patient = await person({ javaScriptEnabled });
      await signInAsPatient(patient, "alex.blom");
      await shows(patient, "Vi finns här för dig");
      const path = await openCase(staff, "Utslag");
      const attachments = path.replace("/messaging/", "/attachments/");
      const holds = async (where, area, text) => {
        const address = new URL(patient.url());
        assert.deepEqual([address.pathname, address.search], [where, ""]);
        assert.equal(await area(patient).inputValue(), text);
      };
      await patient.goto(path);
      await field(patient).fill(begun);
      await toFiles(patient);
      await holds(attachments, besideFiles, begun);
      if (javaScriptEnabled) assert.deepEqual(await violations(patient), []);
      // Back without a file.
      await toChat(patient);
      await holds(path, field, begun);
      await toFiles(patient);
      // No file, one that is none of these, one that is too large, two that fit, and one of them taken back.
      const large = { ...remiss, buffer: Buffer.alloc(10_600_000, 0xff) };
      for (const unfit of [undefined, { ...remiss, buffer: Buffer.from("MZ") }, large]) {
        if (unfit) await patient.getByLabel(CHOOSE).setInputFiles(unfit);
        await Promise.all([patient.waitForEvent("load"), patient.getByRole("button", { name: "Ladda upp" }).click()]);
        await patient.getByRole("heading", { name: "Titta på det här en gång till" }).waitFor();
        await holds(attachments, besideFiles, begun);
      }
      await upload(patient, 1);
      await holds(attachments, besideFiles, begun);
      await besideFiles(patient).fill(`${begun} Se bilden.`);
      await upload(patient, 2);
      await patient.getByRole("button", { name: "Ta bort Dokument (PDF) 2" }).click();
      await patient.getByRole("link", { name: "Dokument (PDF) 2" }).waitFor({ state: "detached" });
      await holds(attachments, besideFiles, `${begun} Se bilden.`);
      if (javaScriptEnabled) assert.deepEqual(await violations(patient), []);
      await toChat(patient);
      await holds(path, field, `${begun} Se bilden.`);
      await patient.getByText("Följer med ditt nästa meddelande: 1").waitFor();
      await patient.getByRole("button", { name: "Skicka" }).click();
      await sees(patient, "Se bilden.");
      assert.deepEqual(await thread(patient), [`${begun} Se bilden.`]);
      assert.equal(await files(patient).count(), 1);
      // What was sent stands in no field, however the page is shown anew.
      await patient.reload();
      await holds(path, field, "");
      assert.deepEqual(await thread(patient), [`${begun} Se bilden.`]);
    }
  },

  "a picture that is uploaded when the session has run out is chosen anew, and what was written with it is still there": async ({ person }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const patient = await person();
    await signInAsPatient(patient, "alex.blom");
    await shows(patient, "Vi finns här för dig");
    const path = await openCase(staff, "Utslag");
    for (const size of [100, 9_000_000]) {
      await patient.goto(path);
      await toFiles(patient);
      await besideFiles(patient).fill("Så här ser det ut.");
      await patient.getByLabel(CHOOSE).setInputFiles({ ...remiss, buffer: Buffer.alloc(size, 0x25) });
      await patient.context().clearCookies({ name: "__Host-session" });
      await patient.getByRole("button", { name: "Ladda upp" }).click();
      await shows(patient, "Det du skrev finns kvar");
      await patient.getByText("välja den på nytt").waitFor();
      assert.deepEqual(await violations(patient), []);
      await patient.getByRole("button", { name: "Skicka nu" }).click();
      await patient.getByText("Välj en fil först").first().waitFor();
      assert.equal(await besideFiles(patient).inputValue(), "Så här ser det ut.");
    }
    await upload(patient, 1);
    await patient.getByRole("button", { name: "Skicka meddelandet och filerna" }).click();
    await sees(patient, "Så här ser det ut.");
    assert.equal(await files(patient).count(), 1);
  },
};
