// axe-core on every page there is (pages.mjs), in both languages and both themes. A line each.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { haveAllPages, makeMatters, pagesOf, people, reach } from "./pages.mjs";

const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const violationsOf = async (page, theirs) => {
  await page.evaluate(axe);
  return page.evaluate(async (theirs) => {
    const { violations } = await globalThis.axe.run(theirs ? { exclude: [theirs] } : document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ").slice(0, 400)}`);
  }, theirs);
};

// Text without fonts has neither width nor contrast, and nothing would be found.
const hasFonts = async (page) => {
  const [narrow, wide] = await page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = "20px system-ui, sans-serif";
    return ["iii", "WÅW"].map((text) => canvas.measureText(text).width);
  });
  assert.ok(wide > narrow && narrow > 0, "there are no fonts here: tools/setup browser installs them");
};

const lookAtAll = async (person, who, language, theme, made) => {
  const faults = [];
  const { viewport, signIn } = people[who];
  const page = await person({ viewport, colorScheme: theme, locale: { sv: "sv-SE", en: "en-GB" }[language] });
  await signIn(page, language, made);
  await page.locator("h1").waitFor();
  await hasFonts(page);
  for (const one of pagesOf(who, made)) {
    await reach(page, one, made, language);
    assert.equal(await page.locator("html").getAttribute("lang"), language, `${one.name} is in another language`);
    const violations = await violationsOf(page, one.theirs);
    console.log(`axe ${one.name} lang=${language} theme=${theme} violations=${violations.length}`);
    faults.push(...violations.map((violation) => `${one.name} (${language}, ${theme}): ${violation}`));
  }
  await page.context().close();
  return faults;
};

export const tests = {
  "every page there is, is accessible in both languages and both themes": async ({ person, arrange }) => {
    await haveAllPages();
    if (!arrange) console.log("pages whose matters only the store itself brings about are left out: it is another's");
    const made = await makeMatters(person, arrange);
    const faults = [];
    for (const who of Object.keys(people)) {
      for (const language of ["sv", "en"]) {
        const themes = ["light", "dark"].map((theme) => lookAtAll(person, who, language, theme, made));
        faults.push(...(await Promise.all(themes)).flat());
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
  },
};
