// The training environment's SMS gateway and its phone: speaks 46elks' API over HTTP (POST /a1/sms, delivery
// reports to `whendelivered`), misbehaves when told to, and shows at / what people get. Nothing leaves this machine.
// node tests/phone/serve.mjs --keys FILE [--port N] [--report-after MS] [--seed N] [--while-input-lasts]
//   [--stall-for MS] [--fail P] [--stall P] [--drop P] [--lose P] [--lose-report P] [--double P] [--reorder P]
// The chances of each fault, 0 to 1 (also by POST /faults). What it is asked to send meets one fault at most, so that
// together they are the share of sends that met one; GET /faults tells how many did, of each kind:
//   fail          it is not taken
//   stall         taken, and the answer comes late
//   drop          taken, and no answer comes
//   lose          taken and answered, and then neither the phone nor a report gets it
//   lose-report   on the phone, and no report comes back
//   double        the last report comes twice
//   reorder       the reports come in the wrong order
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const faultNames = ["fail", "stall", "drop", "lose", "lose-report", "double", "reorder"];
const { values: options } = parseArgs({
  options: {
    keys: { type: "string" },
    port: { type: "string", default: "0" },
    "report-after": { type: "string", default: "300" },
    "stall-for": { type: "string", default: "400" },
    seed: { type: "string", default: "1" },
    "while-input-lasts": { type: "boolean", default: false },
    ...Object.fromEntries(faultNames.map((name) => [name, { type: "string", default: "0" }])),
  },
});
const lines = (await readFile(options.keys, "utf8")).split("\n").filter(Boolean);
const settings = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
if (settings.ENVIRONMENT !== "training") throw new Error("this gateway is for training alone");

const faults = Object.fromEntries(faultNames.map((name) => [name, Number(options[name])]));
// Chance that comes out the same for the same seed.
let state = Number(options.seed) >>> 0;
const chance = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
// The fault that a send meets, if any.
const drawn = () => {
  let left = chance();
  return faultNames.find((name) => (left -= faults[name]) < 0);
};
// How many sends there were, how many faults of each kind came of them, and how many reports are still on their way.
let sends = 0;
let reporting = 0;
const happened = Object.fromEntries(faultNames.map((name) => [name, 0]));

// Every message taken, in order; `answered` is false where the sender never heard that it was taken, and `reported`
// where the sender never took the report of what became of it.
const messages = [];
const authorization = `Basic ${Buffer.from("training:training").toString("base64")}`;
const mostBody = 64 * 1024;

const bodyOf = async (request) => {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > mostBody) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// Reports go back over HTTP, to our own loopback address alone, and are tried again as 46elks does.
const report = async (message) => {
  const address = new URL(message.whendelivered);
  if (!["127.0.0.1", "localhost"].includes(address.hostname)) return;
  const delivered = { status: "delivered", delivered: new Date().toISOString().slice(0, 19) };
  const news = [{ status: "sent" }, message.undeliverable ? { status: "failed" } : delivered];
  if (message.fault === "reorder") news.reverse();
  if (message.fault === "double") news.push(news.at(-1));
  for (const one of news) {
    const body = new URLSearchParams({ id: message.id, ...one });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const answer = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(5000) }).catch(() => null);
      if (answer?.ok && one.status !== "sent") message.reported = true;
      if (answer?.ok) break;
      if (answer && answer.status < 500 && answer.status !== 429) break;
      await pause(200 * 2 ** attempt);
    }
  }
  message.state = message.undeliverable ? "failed" : "delivered";
  if (message.fault === "double" || message.fault === "reorder") happened[message.fault] += 1;
};
const reportLater = async (message) => {
  reporting += 1;
  await pause(Number(options["report-after"]));
  if (message.fault === "lose-report") happened["lose-report"] += 1;
  else await report(message).catch(() => {});
  reporting -= 1;
};

// Ways of failing before the message is taken: the sender is told that it was not, or hears nonsense.
const failures = [
  [500, {}, "internal error"],
  [503, { "retry-after": "1" }, ""],
  [429, { "retry-after": "1" }, ""],
  [200, { "content-type": "application/json" }, '{"error":"no credit"}'],
  [200, {}, "<html>garbage"],
];

const take = async (request, response) => {
  if (request.headers.authorization !== authorization) return response.writeHead(401).end("API access requires Basic HTTP authentication");
  const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
  if (!/^\+\d{8,15}$/.test(form.to ?? "") || !form.message || !form.from) return response.writeHead(400).end("Invalid to, from or message");
  sends += 1;
  const fault = drawn();
  if (fault === "fail") {
    happened.fail += 1;
    const [status, headers, body] = failures[Math.floor(chance() * failures.length)];
    return response.writeHead(status, headers).end(body);
  }
  const id = `s${String(messages.length + 1).padStart(8, "0")}`;
  // Numbers that end in 0000 are out of reach.
  const undeliverable = form.to.endsWith("0000");
  const state = fault === "lose" ? "lost" : "sent";
  const message = { id, ...form, at: new Date().toISOString(), state, fault, undeliverable, answered: false, reported: false };
  messages.push(message);
  if (fault === "lose") happened.lose += 1;
  else if (form.whendelivered) reportLater(message);
  if (fault === "drop") {
    happened.drop += 1;
    return request.socket.destroy();
  }
  if (fault === "stall") {
    happened.stall += 1;
    await pause(Number(options["stall-for"]));
  }
  if (request.socket.destroyed) return undefined; // the sender waited no longer
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ status: "created", id, from: form.from, to: form.to, created: message.at, direction: "outgoing" }), () => {
    message.answered = true;
  });
};

const escaped = (text) => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const linked = (text) => escaped(text).replace(/https?:\/\/[^\s<]+/g, (link) => `<a href="${link}">${link}</a>`);
const phone = (number) => {
  const own = messages.filter((message) => message.state !== "lost" && (!number || message.to === number));
  const items = own.toReversed().map((message) => `<li><p><strong>${escaped(message.from)}</strong> till <a href="/?to=${encodeURIComponent(message.to)}">${escaped(message.to)}</a>
<time datetime="${message.at}">${message.at.slice(11, 19)}</time> (${message.state})</p><p>${linked(message.message)}</p></li>`);
  const reply = number
    ? `<form method="post" action="/answer"><input type="hidden" name="from" value="${escaped(number)}"><label>Svara <input name="message" required></label> <button>Skicka</button></form>`
    : "";
  return `<!doctype html><html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telefonen (utbildning)</title></head><body><main><h1>${number ? escaped(number) : "Alla telefoner"}</h1>
<p>UTBILDNING: hit kommer sms som annars gått till patienter. ${own.length} sms.</p>${reply}<ol reversed>${items.join("\n")}</ol></main></body></html>`;
};

// Somebody answers a message: 46elks calls us, and what a 200 says goes back to the phone.
const answer = async (request, response) => {
  const { from, message } = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
  const address = `${settings.PUBLIC_ORIGIN}/sms/v1/incoming/46elks/${settings.ELKS_WEBHOOK_SECRET}`;
  const body = new URLSearchParams({ direction: "incoming", id: randomUUID(), from, to: "+46701740699", message, created: new Date().toISOString().slice(0, 19) });
  const heard = await fetch(address, { method: "POST", body });
  const text = heard.status === 200 ? await heard.text() : "";
  if (text) messages.push({ id: `r${messages.length}`, from: "Vard", to: from, message: text, at: new Date().toISOString(), state: "delivered", answered: true });
  response.writeHead(303, { location: `/?to=${encodeURIComponent(from)}` }).end();
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, "http://127.0.0.1");
  try {
    if (request.method === "POST" && address.pathname === "/a1/sms") return await take(request, response);
    if (request.method === "POST" && address.pathname === "/answer") return await answer(request, response);
    if (request.method === "POST" && address.pathname === "/faults") {
      const told = JSON.parse(await bodyOf(request));
      for (const name of faultNames) if (name in told) faults[name] = Number(told[name]);
      return response.writeHead(204).end();
    }
    if (request.method === "GET" && address.pathname === "/faults") {
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify({ sends, reporting, happened }));
    }
    if (request.method === "GET" && address.pathname === "/messages") {
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify(messages));
    }
    if (request.method === "GET" && address.pathname === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      return response.end(phone(address.searchParams.get("to")));
    }
    return response.writeHead(404).end();
  } catch {
    if (!response.headersSent) response.writeHead(400).end();
  }
});
server.listen(Number(options.port), "127.0.0.1", () => console.log(`tests/phone ready phone=http://127.0.0.1:${server.address().port}`));
const end = () => process.exit(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);
if (options["while-input-lasts"]) process.stdin.on("end", end).resume();
