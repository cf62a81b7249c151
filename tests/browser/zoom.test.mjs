// Every page there is (pages.mjs) at 200 and 400 percent of a screen of 1280: nothing scrolls sideways but tables in
// their own regions, and nothing is cut. (WCAG 2.2, 1.4.4 and 1.4.10.)
import { makeMatters, pages, people, reach } from "./pages.mjs";

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

export const tests = {
  "every page holds at 200 and 400 percent": async ({ person }) => {
    const made = await makeMatters(person);
    const faults = [];
    for (const [who, { signIn }] of Object.entries(people)) {
      const looked = [640, 320].map(async (width) => {
        const page = await person({ viewport: { width, height: 512 }, deviceScaleFactor: 1280 / width });
        await signIn(page, "sv", made);
        await page.locator("h1").waitFor();
        await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", "<pre>" + "wide ".repeat(99) + "</pre>"));
        if ((await misfits(page)).length === 0) throw new Error("what is far too wide was not found");
        for (const one of pages.filter((one) => one.who === who)) {
          await reach(page, one, made, "sv");
          for (const misfit of await misfits(page)) faults.push(`${one.name} at ${width} px: ${misfit}`);
        }
        await page.context().close();
      });
      await Promise.all(looked);
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
  },
};
