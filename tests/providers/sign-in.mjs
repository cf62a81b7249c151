// Signs in as a browser would, page by page, and prints the session's token.
// node tests/providers/sign-in.mjs --address http://127.0.0.1:8787 --as anna.lind [--commission HSA-ID]
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { address: { type: "string" }, as: { type: "string", default: "" }, commission: { type: "string" } },
});

const stop = (why) => {
  console.error(why);
  process.exit(1);
};

// One jar a host and port: the function's cookies and each provider's stay apart.
const jars = new Map();
const jarOf = (address) => {
  const { origin } = new URL(address);
  if (!jars.has(origin)) jars.set(origin, new Map());
  return jars.get(origin);
};

// One request, and wherever it leads until something is to be done or `until` says so.
const visit = async (address, form, until = () => false) => {
  for (let steps = 0; steps < 20; steps += 1) {
    const jar = jarOf(address);
    const answer = await fetch(address, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: {
        accept: "text/html",
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form && { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" }),
      },
      body: form && new URLSearchParams(form),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, ...value] = line.split(";", 1)[0].split("=");
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value.join("="));
    }
    const next = answer.headers.get("location");
    if (!next) return { address, status: answer.status, text: await answer.text() };
    await answer.arrayBuffer();
    address = new URL(next, address).href;
    form = undefined;
    if (until(address)) return { address, status: answer.status, text: "" };
  }
  return stop("the pages lead in a circle");
};

const isOver = (address) => address.startsWith(options.address) && !address.includes("/identity/");
let signedIn;
for (const audience of ["staff", "patient"]) {
  const picking = await visit(`${options.address}/identity/sign-in/${audience}`);
  if (picking.status !== 200) stop(`${picking.address} answered ${picking.status}`);
  if (!picking.text.includes(`value="${options.as}"`)) continue;
  signedIn = await visit(picking.address, { person: options.as }, isOver);
  const offered = [...signedIn.text.matchAll(/name="commission" value="([^"]+)"/g)].map(([, id]) => id);
  if (offered.length > 0) {
    signedIn = await visit(signedIn.address, { commission: options.commission ?? offered[0] }, isOver);
  }
  break;
}
if (!signedIn) stop(`nobody here is called "${options.as}": try make session AS=anna.lind`);
const token = jarOf(options.address).get("__Host-session");
if (!token) {
  const title = signedIn.text.match(/<h1>([^<]*)/)?.[1] ?? signedIn.status;
  stop(`not signed in: ${title}`);
}
console.log(token);
