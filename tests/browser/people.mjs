// What people do in every case: sign in by picking who to be, and what staff arrange beforehand.
import assert from "node:assert/strict";

// Whoever is wanted is picked on the provider's page; what comes after it is the caller's to look at.
export const pick = async (page, key) => {
  await page.locator(`button[name=person][value="${key}"]`).click();
};

const words = {
  sv: { patient: "Logga in med 1177", staff: "Logga in med SITHS" },
  en: { patient: "Sign in with 1177", staff: "Sign in with SITHS" },
};

const signIn = async (page, audience, key, language) => {
  await page.goto("/");
  await page.getByRole("link", { name: words[language][audience] }).click();
  await pick(page, key);
};

export const signInAsPatient = (page, key, language = "sv") => signIn(page, "patient", key, language);

export const signInAsStaff = (page, key, language = "sv") => signIn(page, "staff", key, language);

// The heading that the page shows, which must be there to be read.
export const shows = async (page, heading) => {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
};

// The cookie of this name, if the browser has it.
export const cookie = async (page, name) => (await page.context().cookies()).find((one) => one.name === name);

export const isSignedIn = async (page) => (await cookie(page, "__Host-session")) !== undefined;

// Every cookie of ours is out of reach for scripts and other sites.
export const holdsOnlySafeCookies = async (page, address) => {
  const own = (await page.context().cookies(address)).filter((one) => one.name.startsWith("__Host-"));
  assert.ok(own.length > 0, "no cookies");
  for (const { name, httpOnly, secure, sameSite, path } of own) {
    assert.deepEqual({ name, httpOnly, secure, sameSite, path }, { name, httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
  }
  assert.equal(await page.evaluate(() => document.cookie), "");
};

// What a program of somebody's answers to a POST: by the token in their browser, as JSON.
export const post = async (page, path, data) => {
  const token = (await cookie(page, "__Host-session")).value;
  const address = new URL(page.url()).origin;
  const answer = await fetch(address + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": crypto.randomUUID(),
    },
    body: JSON.stringify(data),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${path} ${answer.status} ${text}`);
  return JSON.parse(text);
};

// Presses Tab until this is focused: whoever uses no mouse gets there in so many steps, or not at all.
export const tabTo = async (page, locator) => {
  await locator.waitFor({ state: "attached" });
  for (let steps = 0; steps < 300; steps += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("no Tab leads there");
};

// Puts the tab behind another, or before it again.
export const turns = (page, hidden) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

// So much later by the page's own clock, and nobody has used it since; the session's token has run out.
export const liesUnused = async (page, minutes) => {
  await page.evaluate((minutes) => {
    const now = Date.now;
    Date.now = () => now() + minutes * 60_000;
  }, minutes);
  await page.context().clearCookies({ name: "__Host-session" });
};

// Has a page of staff's ask what waits until its title is another: its script does so every twenty seconds.
export const hearsOfMore = async (page, title) => {
  for (let tries = 0; (await page.title()) === title; tries += 1) {
    assert.ok(tries < 50, "nothing else waits");
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForTimeout(200);
  }
};

// Types a moment, or a day, into its field with keys alone, part by part. A browser has the parts in its own language's order, which
// the page can't ask for: the order in which the field takes them is found by typing.
export const typeMoment = async (page, locator, moment) => {
  const [year, month, day, ...clock] = moment.split(/[-T:]/);
  const [hour, minute] = clock;
  const inHalves = hour ? [String(((Number(hour) + 11) % 12) + 1).padStart(2, "0"), minute, Number(hour) < 12 ? "A" : "P"] : [];
  const press = async (key, times) => {
    for (let pressed = 0; pressed < times; pressed += 1) await page.keyboard.press(key);
  };
  await tabTo(page, locator);
  for (const parts of [
    [year, month, day, ...clock],
    [month, day, year, ...inHalves],
    [day, month, year, ...clock],
  ]) {
    for (const [place, part] of parts.entries()) {
      // From the first part on, wherever a full part has led by itself.
      await press("ArrowLeft", 7);
      await press("ArrowRight", place);
      await page.keyboard.type(part);
    }
    if ((await locator.inputValue()) === moment) return;
  }
  throw new Error(`no order of keys writes ${moment}`);
};
