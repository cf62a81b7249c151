// Signing in as each kind of person, as a browser does it: patient, staff, staff with two commissions, guest.
import assert from "node:assert/strict";

const title = (page) => page.locator("h1").innerText();
const cookies = async (context, address) => (await context.cookies(address)).filter(({ name }) => name.startsWith("__Host-"));

// Picks a person on the provider's own page.
const pick = async (page, name) => {
  await page.waitForURL(/\/interaction\//);
  await page.getByRole("button", { name }).click();
};

const signIn = async (page, address, audience, name) => {
  await page.goto(`${address}/identity/sign-in/${audience}`);
  await pick(page, name);
  await page.waitForURL((url) => url.href.startsWith(address));
};

export const tests = {
  "a patient signs in with 1177, sees who has read their data, and signs out for good": async ({ page, context, address }) => {
    await page.goto(`${address}/portal/access-log`);
    // Without a session the page leads to the sign-in, and afterwards back.
    await page.getByRole("link", { name: /1177/ }).click();
    await pick(page, /Alex Blom/);
    await page.waitForURL(`${address}/portal/access-log`);
    assert.equal(await title(page), "Vem har läst mina uppgifter");
    assert.ok(await page.getByText("UTBILDNING").first().isVisible());
    const kept = await cookies(context, address);
    assert.ok(kept.length >= 2, "a session and what renews it");
    for (const cookie of kept.filter(({ name }) => /session|refresh/.test(name))) {
      assert.ok(cookie.httpOnly && cookie.secure && cookie.sameSite !== "None", cookie.name);
    }
    assert.equal(await page.evaluate("document.cookie.includes('session')"), false);
    await page.getByRole("button", { name: "Logga ut" }).click();
    await page.waitForURL(/\/session\/end/); // the provider asks whether to sign out there, too
    await page.goto(`${address}/portal/access-log`);
    assert.match(page.url(), /\/identity\/sign-in/);
  },

  "a patient under the age limit is told where to turn and gets no session": async ({ page, context, address }) => {
    await page.goto(`${address}/identity/sign-in/patient`);
    await page.waitForURL(/\/interaction\//);
    const twelve = page.locator("button").filter({ hasText: /\(2014|\(2013/ }).first();
    await twelve.click();
    await page.waitForURL((url) => url.href.startsWith(address));
    assert.match(await page.locator("main").innerText(), /1177|vårdnadshavare|år/);
    const kept = (await cookies(context, address)).map(({ name }) => name);
    assert.ok(!kept.some((name) => /refresh/.test(name)), kept.join());
  },

  "staff sign in with SITHS and reach their own unit, and a patient's page is refused in words": async ({ page, address }) => {
    await signIn(page, address, "staff", /Anna Lind/);
    const listed = await page.evaluate(async () => (await fetch("/booking/v1/slot-templates")).status);
    assert.equal(listed, 200, "the cookie is a session for programs on the page, too");
    const answer = await page.goto(`${address}/portal/access-log`);
    assert.equal(answer.status(), 403);
    assert.ok((await title(page)).length > 0);
  },

  "staff with two commissions choose one": async ({ page, address, context }) => {
    await page.goto(`${address}/identity/sign-in/staff`);
    await pick(page, TWO_COMMISSIONS);
    await page.waitForURL(`${address}/identity/commission`);
    const offered = page.locator("main form button");
    assert.equal(await offered.count(), 2);
    await offered.nth(1).click();
    await page.waitForURL((url) => url.href.startsWith(address) && !url.pathname.includes("commission"));
    assert.ok((await cookies(context, address)).some(({ name }) => /session/.test(name)));
  },

  "a guest opens the visit by link, without signing in and with scripts off": async ({ page, address, context }) => {
    await signIn(page, address, "staff", /Anna Lind/);
    const starts = new Date(Date.now() + 10 * 60_000).toISOString().slice(0, 16) + ":00Z";
    const link = await page.evaluate(async (starts) => {
      const post = async (path, body) => {
        const answer = await fetch(path, {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
          body: JSON.stringify(body),
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
        return JSON.parse(text);
      };
      const visit = await post("/booking/v1/appointments", {
        kind: "video", starts_at: starts, minutes: 30, reason: "Samtal", allow_overlap: true,
        patient: { personal_identity: "196103072390", name: "Alex Blom" },
        participants: [{ role: "relative", name: "Sam Nour", phone: "070-174 06 20" }],
      });
      const issued = await post("/identity/v1/guest-links", { appointment: visit.id, participant: visit.participants[0].id });
      return issued.link;
    }, starts);
    const other = await context.browser().newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
    const guest = await other.newPage();
    await guest.goto(new URL(link).pathname.replace(/^/, address));
    await guest.locator("main form button").click();
    await guest.waitForURL(`${address}/identity/guest`);
    assert.ok((await title(guest)).length > 0);
    const elsewhere = await guest.goto(`${address}/portal/access-log`);
    assert.equal(elsewhere.status(), 403, "a guest link opens nothing else");
    await other.close();
  },
};

const TWO_COMMISSIONS = /Lars Ek/;
