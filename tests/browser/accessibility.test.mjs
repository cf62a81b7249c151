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
