// The pictures in docs/screenshots, which the README shows: `make screenshots` makes them anew from the training week.
// Patients' pages as a small phone shows them, staff's as a desk does; WebP would need another tool, so small PNGs.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { makeMatters, pages, people, reach } from "./pages.mjs";

const FOLDER = new URL("../../docs/screenshots/", import.meta.url);
const MOST_BYTES = 150_000;
const SHOWN = ["start", "home", "matters", "ticket", "visit", "chat", "workspace", "schedule", "chat-of-staff", "statistics"];

export const tests = {
  "the pictures of ten pages are made": async ({ person }) => {
    const made = await makeMatters(person);
    await mkdir(FOLDER, { recursive: true });
    for (const [who, { viewport, signIn }] of Object.entries(people)) {
      const shown = pages.filter((one) => one.who === who && SHOWN.includes(one.name));
      if (shown.length === 0) continue;
      // A phone's pictures are longer than its screen, so that more than the page's head is seen.
      const size = { ...viewport, height: 900 };
      const page = await person({ viewport: size, deviceScaleFactor: 1, colorScheme: "light" });
      await signIn(page, "sv", made);
      await page.locator("h1").waitFor();
      for (const one of shown) {
        await reach(page, one, made, "sv");
        await page.waitForLoadState("networkidle").catch(() => {}); // a live stream never rests
        const file = new URL(`${one.name}.png`, FOLDER);
        await writeFile(file, await page.screenshot());
        const { size } = await stat(file);
        if (size > MOST_BYTES) throw new Error(`${one.name}.png has ${size} bytes, at most ${MOST_BYTES}`);
        console.log(`screenshot docs/screenshots/${one.name}.png bytes=${size}`);
      }
    }
  },
};
