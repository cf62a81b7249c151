// The browser tests: real Chromium against a running system, here `make dev`'s own by default.
// node tests/browser/run.mjs [--address URL] [--only NAME]      (make browser, make browser ONLY=…)
// Each file beside this one that ends in .test.mjs gives `tests`: a sentence and what shows it; --file NAME runs another
// file alone (make screenshots, make lighthouse).
import { execFile, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { parseArgs, promisify } from "node:util";
import { chromium } from "playwright-core";

const { values: options } = parseArgs({
  options: { address: { type: "string" }, only: { type: "string", default: "" }, file: { type: "string" } },
});

const STATE = ".local/browser-state";

// What no person brings about in the time of a test: a date that is over, a value that no longer opens. Only in the
// store that is the tests' own.
const arrange = (sql) =>
  promisify(execFile)(
    "wrangler",
    ["d1", "execute", "vardflode-training", "--local", "--persist-to", STATE, "--yes", "--command", sql],
    { env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: ".local/log/wrangler" } },
  );

// `make dev` over a store of its own. Where one runs already, it says so: give its address then.
const started = async () => {
  const dev = spawn("tools/dev", {
    env: { ...process.env, STATE },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => dev.on("exit", resolve));
  await new Promise((resolve, reject) => {
    ended.then(() => reject(new Error("the system did not start")));
    dev.stdout.on("data", (text) => String(text).includes("] ready:") && resolve());
  });
  const stop = async () => {
    dev.kill("SIGTERM");
    await ended;
  };
  return { address: `http://127.0.0.1:${process.env.PORT ?? 8787}`, stop };
};

const system = options.address ? { address: options.address, stop: () => {} } : { ...(await started()), arrange };
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // In a container Chromium runs as root, which its sandbox refuses; it visits nothing but this machine.
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
let [passed, failed] = [0, 0];
try {
  const folder = new URL("./", import.meta.url);
  const all = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs")).sort();
  const files = options.file ? [options.file] : all;
  for (const file of files) {
    const { tests } = await import(new URL(file, folder));
    for (const [sentence, show] of Object.entries(tests)) {
      if (!sentence.includes(options.only)) continue;
      // A phone of 360 px, and what a browser does without being told.
      const [contexts, refused] = [[], []];
      // A browser of somebody's own, in which nothing of another's is.
      const person = async (more = {}) => {
        const context = await browser.newContext({
          viewport: { width: 360, height: 740 },
          locale: "sv-SE",
          baseURL: system.address,
          ...more,
        });
        contexts.push(context);
        context.setDefaultTimeout(15_000);
        context.on("console", (line) => /Content Security Policy/.test(line.text()) && refused.push(line.text()));
        return context.newPage();
      };
      const page = await person();
      try {
        await show({ page, context: page.context(), person, address: system.address, arrange: system.arrange });
        if (refused.length > 0) throw new Error(`the policy was broken: ${refused[0]}`);
        passed += 1;
        console.log(`browser passed: ${sentence}`);
      } catch (error) {
        failed += 1;
        console.error(`browser FAILED: ${sentence}\n  at ${page.url()}\n  ${error.message}`);
      }
      // One that a test closed itself, or is closing, is no fault.
      for (const context of contexts) await context.close().catch(() => {});
    }
  }
} finally {
  await browser.close();
  await system.stop();
}
console.log(`browser passed=${passed} failed=${failed}`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
