// axe-core on the pages that everyone passes, in both languages and both themes. A line each.
import { readFile } from "node:fs/promises";
import { shows, signInAsPatient, signInAsStaff } from "./people.mjs";

const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const pages = {
  start: (page) => page.goto("/"),
  "sign-in": (page) => page.goto("/identity/sign-in"),
  "not-found": (page) => page.goto("/nothing"),
  "signed-out": (page) => page.goto("/identity/signed-out"),
  "guest-link": (page) => page.goto("/identity/g/AAAAAAAAAAAAAAAAAAAAAA"),
  "no-link": async (page) => {
    await page.goto("/identity/g/AAAAAAAAAAAAAAAAAAAAAA");
    await page.locator("main button").click();
  },
  "signed-in": async (page, language) => {
    await signInAsPatient(page, "ebba.hundra", language);
    await shows(page, { sv: "Vi finns här för dig", en: "We are here for you" }[language]);
  },
  "under-age": async (page, language) => {
    await signInAsPatient(page, "liv.tolv", language);
    await shows(page, { sv: "Du är för ung för att logga in här", en: "You are too young to sign in here" }[language]);
  },
  commission: async (page, language) => {
    await signInAsStaff(page, "lars.ek", language);
    await shows(page, { sv: "Välj uppdrag", en: "Choose your commission" }[language]);
  },
};

// The pages of somebody who is signed in, each with its address.
const own = {
  patient: {
    as: (page, language) => signInAsPatient(page, "alex.blom", language),
    first: { sv: "Vi finns här för dig", en: "We are here for you" },
    pages: {
      matters: "/portal/matters",
      profile: "/portal/profile",
      "access-log": "/portal/access-log",
      support: "/portal/support",
      terms: "/portal/terms",
      "personal-data": "/portal/personal-data",
      forbidden: "/workspace/start",
    },
  },
  staff: {
    as: (page, language) => signInAsStaff(page, "anna.lind", language),
    first: { sv: "Startsida", en: "Start page" },
    pages: {
      workspace: "/workspace/start",
      schedule: "/workspace/schedule",
      "schedule-week": "/workspace/schedule?view=week",
      slots: "/booking/slots",
      colleagues: "/workspace/colleagues",
      notifications: "/workspace/notifications",
      "new-ticket": "/tickets/new",
      tickets: "/tickets",
      capacity: "/tickets/capacity",
      "find-patient": "/workspace/find-patient",
      "new-scheduled": "/booking/new/scheduled",
      "new-free-time": "/booking/new/free-time",
      "new-video": "/booking/new/video",
      "new-case": "/messaging/new-case",
      cases: "/messaging/cases",
      statistics: "/administration/statistics",
    },
  },
  administrator: {
    as: (page, language) => signInAsStaff(page, "per.sand", language),
    first: { sv: "Startsida", en: "Start page" },
    pages: { settings: "/administration/settings" },
  },
};
for (const { as, first, pages: addresses } of Object.values(own)) {
  for (const [name, address] of Object.entries(addresses)) {
    pages[name] = async (page, language) => {
      await as(page, language);
      await shows(page, first[language]);
      await page.goto(address);
    };
  }
}

const looked = async (person, name, go, language, theme) => {
  const page = await person({ colorScheme: theme, locale: { sv: "sv-SE", en: "en-GB" }[language] });
  await go(page, language);
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  console.log(`axe ${name} lang=${language} theme=${theme} violations=${violations.length}`);
  return violations;
};

export const tests = {
  "every page that everyone passes is accessible": async ({ person }) => {
    const faults = [];
    for (const [name, go] of Object.entries(pages)) {
      for (const language of ["sv", "en"]) {
        for (const theme of ["light", "dark"]) {
          faults.push(...(await looked(person, name, go, language, theme)));
        }
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
  },
};
