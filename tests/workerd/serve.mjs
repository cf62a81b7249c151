// Serves the built functions on workerd through Miniflare's own API, each on a port of its own too:
// what the tests and measurements run against. `make dev` uses wrangler instead.
// node tests/workerd/serve.mjs --keys FILE [--set NAME=VALUE]… [--load FILE.sql]… [--port N] [--state DIR] [--floor] [--contract]
//   [--while-input-lasts]   ends when its standard input does, so that it never outlives who started it
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Miniflare } from "miniflare";

const root = new URL("../../", import.meta.url);
const { values: options } = parseArgs({
  options: {
    keys: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    load: { type: "string", multiple: true, default: [] },
    port: { type: "string", default: "0" },
    state: { type: "string" },
    floor: { type: "boolean", default: false },
    contract: { type: "boolean", default: false },
    "while-input-lasts": { type: "boolean", default: false },
  },
});

const lines = [...(await readFile(options.keys, "utf8")).split("\n"), ...options.set];
const settings = Object.fromEntries(
  lines.filter(Boolean).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);
// What signs sessions, and what proves us to the providers, is the sign-in's alone.
const isOfIdentity = (name) => /^(SESSION_SIGNING_KEY|PATIENT_OIDC_|STAFF_OIDC_)/.test(name);
const common = Object.fromEntries(Object.entries(settings).filter(([name]) => !isOfIdentity(name)));

const bindings = {
  compatibilityDate: "2026-04-01",
  d1Databases: { STORE: "vardflode" },
  kvNamespaces: { KEY_VALUE: "vardflode" },
  bindings: common,
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
};
// Who tells a room that something happened, or leads into it.
const rooms = { durableObjects: { LIVE: { className: "LiveRoom", scriptName: "live" } } };

// Who keeps objects.
const objects = { r2Buckets: { OBJECTS: "vardflode" } };

const built = async (name, folder, more = {}) => ({
  name,
  modules: [
    { type: "ESModule", path: "index.js", contents: await readFile(new URL(`${folder}/build/index.js`, root), "utf8") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: await readFile(new URL(`${folder}/build/index_bg.wasm`, root)) },
  ],
  ...bindings,
  ...more,
});

const workers = [
  await built("portal", "functions/portal", {
    // Not where the functions are measured beside a floor: files are served by two Workers of the simulator in front of
    // this one, through which its pages would go and the floor's would not.
    ...(options.floor ? {} : { assets: { directory: fileURLToPath(new URL("static", root)), routerConfig: { has_user_worker: true } } }),
    serviceBindings: { BOOKING: "booking", IDENTITY: "identity", MESSAGING: "messaging", TICKETS: "tickets", T: "tickets", SMS: "sms", WORKSPACE: "workspace", ADMINISTRATION: "administration", ATTACHMENTS: "attachments" },
    ...rooms,
  }),
  await built("booking", "functions/booking", rooms),
  await built("identity", "functions/identity", { bindings: settings }),
  await built("messaging", "functions/messaging", rooms),
  await built("live", "functions/live", {
    d1Databases: {},
    durableObjects: { LIVE: { className: "LiveRoom", useSQLite: true } },
    serviceBindings: { MESSAGING: "messaging" },
  }),
  await built("tickets", "functions/tickets", rooms),
  await built("workspace", "functions/workspace", rooms),
  await built("administration", "functions/administration"),
  await built("attachments", "functions/attachments", { ...rooms, ...objects }),
  await built("sms", "functions/sms", rooms),
];
if (options.contract) workers.push(await built("contract", "tests/contract", objects));
if (options.floor) {
  // What is logged goes into a file, by workerd itself: through this process and the one that measures it would cost
  // both of them time, and the side that logs alone.
  await mkdir(new URL(".local/log", root), { recursive: true });
  process.env.WORKERD = createRequire(createRequire(import.meta.url).resolve("miniflare"))("workerd").default;
  process.env.WORKERD_LOG = fileURLToPath(new URL(".local/log/workerd-measured.log", root));
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(new URL("workerd-to-file", import.meta.url));
  const contents = await readFile(new URL("tests/floor/worker.mjs", root), "utf8");
  workers.push({ name: "floor", modules: [{ type: "ESModule", path: "worker.mjs", contents }], ...bindings });
}

const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: Number(options.port),
  cf: false, // it would be fetched from outside
  ...(options.state && { d1Persist: `${options.state}/d1`, kvPersist: `${options.state}/kv`, r2Persist: `${options.state}/r2` }),
  workers,
});
const end = () => miniflare.dispose().then(() => process.exit(0));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);
if (options["while-input-lasts"]) process.stdin.on("end", end).resume();
await miniflare.ready;

// One statement at a time: a semicolon inside a trigger's BEGIN … END, or in a quoted text, ends none.
const statements = (sql) => {
  const found = [];
  let current = "";
  for (const token of sql.match(/--[^\n]*|'(?:[^']|'')*'|;|[^;'-]+|-/g) ?? []) {
    if (token.startsWith("--")) continue;
    if (token !== ";") current += token;
    else if (/\bCREATE TRIGGER\b/.test(current) && !/\bEND\s*$/.test(current)) current += token;
    else {
      if (current.trim()) found.push(current.trim());
      current = "";
    }
  }
  return found;
};

const store = await miniflare.getD1Database("STORE", "booking");
const known = await store.prepare("SELECT name FROM sqlite_schema WHERE name = 'care_providers'").first();
const migrations = (await readdir(new URL("migrations/", root))).sort();
const files = known ? [] : migrations.map((name) => new URL(`migrations/${name}`, root));
for (const file of [...files, ...options.load]) {
  const all = statements(await readFile(file, "utf8"));
  for (let start = 0; start < all.length; start += 200) {
    await store.batch(all.slice(start, start + 200).map((sql) => store.prepare(sql)));
  }
}

const address = async (name) => String(await miniflare.unsafeGetDirectURL(name)).replace(/\/$/, "");
const served = [`portal=${String(await miniflare.ready).replace(/\/$/, "")}`];
for (const { name } of workers.slice(1)) served.push(`${name}=${await address(name)}`);
console.log(`workerd ready ${served.join(" ")}`);
