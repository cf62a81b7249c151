// Every page there is (pages.mjs) at 200 and 400 percent of a screen of 1280: nothing scrolls sideways but tables in
// their own regions, and nothing is cut. (WCAG 2.2, 1.4.4 and 1.4.10.)
import { makeMatters, pagesOf, people, reach } from "./pages.mjs";

// What does not fit: by how much the page scrolls sideways, and whose text is cut or lies outside.
const misfits = (page) =>
  page.evaluate(() => {
    const found = [];
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) found.push(`scrolls ${over} px sideways`);
    for (const element of document.querySelectorAll("body *")) {
      const style = getComputedStyle(element);
      const hides = ["hidden", "clip"].includes(style.overflowX) && element.checkVisibility();
      if (hides && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) found.push(`${element.outerHTML.slice(0, 80)} is cut`);
      // A table is read in its own region, and what is for screen readers alone stands outside on purpose.
      if (element.children.length > 0 || element.closest(".scroll, .visually-hidden, .skip, legend, [hidden], #api-document")) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (right > innerWidth + 1 || left < -1) && element.checkVisibility()) found.push(`${element.outerHTML.slice(0, 80)} lies outside`);
    }
    return found.slice(0, 4);
  });

// One language: both sizes of each page as a browser's own zoom gives them, without loading it anew.
const lookAtAll = async (person, who, language, made) => {
  const faults = [];
  const page = await person({ viewport: { width: 640, height: 512 }, locale: { sv: "sv-SE", en: "en-GB" }[language] });
  await people[who].signIn(page, language, made);
  await page.locator("h1").waitFor();
  await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", "<pre>" + "wide ".repeat(99) + "</pre>"));
  if ((await misfits(page)).length === 0) throw new Error("what is far too wide was not found");
  for (const one of pagesOf(who, made)) {
    await reach(page, one, made, language);
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 512 });
      for (const misfit of await misfits(page)) faults.push(`${one.name} (${language}) at ${width} px: ${misfit}`);
    }
    await page.setViewportSize({ width: 640, height: 512 });
  }
  await page.context().close();
  return faults;
};

export const tests = {
  "every page holds at 200 and 400 percent, in both languages": async ({ person, arrange }) => {
    const made = await makeMatters(person, arrange);
    const faults = [];
    for (const who of Object.keys(people)) {
      const looked = ["sv", "en"].map((language) => lookAtAll(person, who, language, made));
      faults.push(...(await Promise.all(looked)).flat());
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
  },
};
