// Lighthouse, as on a slow phone, on the patient's home and on the page of times: at least 95 of 100 each. A line each.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { newTicket } from "../pages.mjs";
import { shows, signInAsPatient, signInAsStaff } from "../people.mjs";

const LEAST = 95;
const CATEGORIES = { performance: "performance", accessibility: "accessibility", best_practices: "best-practices" };

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const tests = {
  "the patient's home and the page of times are fast, accessible and well made": async ({ person, address }) => {
    const staff = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(staff, "anna.lind");
    await shows(staff, "Startsida");
    const ticket = await newTicket(staff);
    // Lighthouse speaks to a browser of its own by a port, in which the patient is signed in.
    const [folder, port] = [await mkdtemp(join(tmpdir(), "lighthouse-")), await freePort()];
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: "/usr/bin/chromium",
      args: [`--remote-debugging-port=${port}`, ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
      baseURL: address,
      locale: "sv-SE",
    });
    try {
      const patient = await context.newPage();
      await signInAsPatient(patient, "alex.blom");
      await shows(patient, "Vi finns här för dig");
      const faults = [];
      for (const [name, path] of [["home", "/portal/home"], ["slots", `/tickets/${ticket}`]]) {
        const { lhr } = await lighthouse(address + path, {
          port,
          output: "json",
          logLevel: "error",
          onlyCategories: Object.values(CATEGORIES),
          disableStorageReset: true,
        });
        if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
        const scores = Object.entries(CATEGORIES).map(([ours, theirs]) => [ours, Math.round(lhr.categories[theirs].score * 100)]);
        const line = `lighthouse ${name} ${scores.map(([category, score]) => `${category}=${score}`).join(" ")}`;
        console.log(line);
        if (scores.every(([, score]) => score >= LEAST)) continue;
        const lost = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 0.9);
        faults.push(line, ...lost.map(({ id, displayValue }) => `${name}: ${id} ${displayValue ?? ""}`));
      }
      if (faults.length > 0) throw new Error(faults.join("\n"));
    } finally {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
