// The JavaScript half of cloudflare.rs: what crosses between workerd and the WASM module crosses whole, as
// one text a way. Every header, parameter and cell on its own would cost a crossing each, which together
// cost more than the work itself. Knows no rule and no table.

// The executor's wake-up. workerd's own queueMicrotask keeps the asynchronous context at some 30 µs a call;
// a settled promise's reaction comes at the same point of time for a thirtieth.
const settled = Promise.resolve();
globalThis.queueMicrotask = (task) => {
  settled.then(() => {
    try {
      task();
    } catch (error) {
      reportError(error);
    }
  });
};

// Says by its number how a promise ended: to the one closure of the module that made it.
export function hearOf(promise, number, settled) {
  promise.then(
    (value) => settled(number, true, value),
    (reason) => settled(number, false, reason),
  );
}

const encoder = new TextEncoder();

// Writes a text as UTF-8 into the module's memory; the bytes written, or -1 where it does not fit.
export function encodeInto(text, bytes) {
  const { read, written } = encoder.encodeInto(text, bytes);
  return read === text.length ? written : -1;
}

// A request's method, URL and headers, a line each: none of them can hold a line break. (forEach costs a third
// of iterating.)
export function incoming(request) {
  let text = `${request.method}\n${request.url}`;
  request.headers.forEach((value, name) => {
    text += `\n${name}\n${value}`;
  });
  return text;
}

// After how much of a request's body reading stops: the routes' own limits are below, and say no to what is cut.
const LARGEST_BODY = 12 * 1024 * 1024;

// A request's body, whole, or as much of it as is read at all.
export async function received(request) {
  if (Number(request.headers.get("content-length") ?? LARGEST_BODY) < LARGEST_BODY) {
    return new Uint8Array(await request.arrayBuffer());
  }
  const parts = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > LARGEST_BODY) break;
  }
  const whole = new Uint8Array(length);
  length = 0;
  for (const part of parts) {
    whole.set(part, length);
    length += part.length;
  }
  return whole;
}

// An answer whose body is whole. `bytes` is a view of the module's memory, hence the copy.
export function outgoing(status, usual, headers, bytes) {
  return streamed(status, usual, headers, bytes.length === 0 ? null : bytes.slice());
}

// Headers that answers have in common, by their text: laid out once, and copied whole from then on.
const usualHeaders = new Map();
const MOST_USUAL = 64;
function laidOut(usual) {
  let headers = usualHeaders.get(usual);
  if (headers === undefined) {
    headers = new Headers(pairs(usual));
    if (usualHeaders.size < MOST_USUAL) usualHeaders.set(usual, headers);
  }
  return headers;
}

// An answer whose body is a stream. What is its own alone goes one by one, which costs half of what a list does.
export function streamed(status, usual, headers, body) {
  const answer = new Response(body, { status, headers: laidOut(usual) });
  for (const [name, value] of pairs(headers)) answer.headers.append(name, value);
  return answer;
}

// Headers come as names and values, a line each.
function pairs(headers) {
  const lines = headers.split("\n");
  const pairs = [];
  for (let line = 0; line + 1 < lines.length; line += 2) pairs.push([lines[line], lines[line + 1]]);
  return pairs;
}

// Hands a request on to another function, whole.
export function forward(service, request) {
  return service.fetch(request);
}

// The same, and in the background of an answer that is no refusal a job of another function. One run of it at a time
// is enough for an isolate: what comes meanwhile is looked for when that run ends.
export function forwardAndFollow(service, request, follower, job, key, context) {
  const answer = service.fetch(request);
  context.waitUntil(answer.then(({ status }) => status < 400 && follow(follower, job, key)).catch(() => {}));
  return answer;
}

// How long one request's background may follow: the platform ends it after thirty seconds.
const FOLLOWING = 20_000;
let followedUntil = 0;
let isAsked = false;
async function follow(follower, job, key) {
  isAsked = true;
  const now = Date.now();
  // Whoever follows looks again. One that was ended in the middle stands in nobody's way for long.
  if (now < followedUntil) return;
  followedUntil = now + 2 * FOLLOWING;
  try {
    while (isAsked && Date.now() < now + FOLLOWING) {
      isAsked = false;
      const answer = await follower.fetch(`https://job${job}`, { method: "POST", headers: { authorization: `Bearer ${key}` } });
      await answer.arrayBuffer();
    }
  } finally {
    followedUntil = 0;
  }
}

// A call out, or to another function where there is a service binding: status and headers, a line each, and
// the body. Whoever hasn't answered whole within `patience` milliseconds hasn't answered.
export async function send(service, method, address, headers, bytes, patience) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), patience);
  const body = bytes.length === 0 ? undefined : bytes.slice();
  const init = { method, headers: pairs(headers), body, redirect: "manual", signal: controller.signal };
  // The rooms' function is bound as its rooms: one of them answers for it.
  const asked = service && !service.fetch ? service.get(service.idFromName("health")) : service;
  try {
    const answer = await (asked ? asked.fetch(address, init) : fetch(address, init));
    let head = String(answer.status);
    for (const [name, value] of answer.headers) head += `\n${name}\n${value}`;
    return [head, new Uint8Array(await answer.arrayBuffer())];
  } finally {
    clearTimeout(timer);
  }
}

// The key-value namespace. An expiry of 0 is none.
export async function getValue(namespace, key) {
  const kept = await namespace.get(key, "arrayBuffer");
  return kept === null ? null : new Uint8Array(kept);
}
export function putValue(namespace, key, bytes, expiration) {
  return namespace.put(key, bytes.slice(), expiration === 0 ? {} : { expiration });
}
export function deleteValue(namespace, key) {
  return namespace.delete(key);
}

// What was told where no request's context waits for it: a schedule's event waits for all of it at its end.
const telling = [];

// Tells a room that something happened. Once more, if the room was out of reach; whoever comes in later misses nothing.
export function tell(rooms, room, what, context) {
  const once = async () => {
    const answer = await rooms.get(rooms.idFromName(room)).fetch(`http://room/told/${what}`, { method: "POST" });
    await answer.arrayBuffer();
  };
  const told = once().catch(once).catch(() => {});
  if (context) context.waitUntil(told);
  else telling.push(told);
}
export function told() {
  return Promise.all(telling.splice(0));
}

// A room's own answer to who comes in, under our headers.
export async function enter(rooms, room, asked, headers) {
  const answer = await rooms.get(rooms.idFromName(room)).fetch("http://room/enter", { headers: pairs(asked) });
  return new Response(answer.body, { status: answer.status, headers: pairs(headers) });
}

export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

// Statements' texts never change, so they cross once an isolate and have a number from then on.
const statementTexts = new Map();
export function know(number, sql) {
  statementTexts.set(number, sql);
}

// Runs statements, given as JSON [[number, [parameter, …]], …]: one alone, or several as one transaction.
export async function ask(database, statements) {
  const prepared = JSON.parse(statements).map(([number, parameters]) =>
    database.prepare(statementTexts.get(number)).bind(...parameters),
  );
  return prepared.length === 1 ? [await prepared[0].all()] : database.batch(prepared);
}

// Answers as texts, one of all texts of an answer, and numbers that say what lies where. Both stay here until they are
// fetched, at once: lists of their own for each answer would be as much again for the garbage collector. Were all
// answers one text, a single letter beyond Latin-1 in one of them would make all of it slow to write.
const texts = [];
const placesOfAscii = [];
let laid = new Float64Array(4096);
let used = 0;
const NULL = 0;
const INTEGER = 1;
const REAL = 2;
const TEXT = 3;

// Of each answer whether its texts are ASCII (said when they are written), the rows read, the rows written, the number
// of columns, and of rows; the names' lengths; and of each value its kind, to which a text adds four times its length and
// a number the number itself. Lengths are in units of sixteen bits. Gives how many of them the texts have in all.
export function layOut(answers) {
  texts.length = 0;
  placesOfAscii.length = 0;
  used = 0;
  let units = 0;
  for (const { results, meta } of answers) {
    let text = "";
    const columns = results.length === 0 ? [] : Object.keys(results[0]);
    makeRoom(5 + columns.length + 2 * columns.length * results.length);
    // A module's variables cost more than a function's.
    const into = laid;
    let at = used;
    placesOfAscii.push(at++);
    into[at++] = meta.rows_read ?? 0;
    into[at++] = meta.rows_written ?? 0;
    into[at++] = columns.length;
    into[at++] = results.length;
    for (const column of columns) {
      text += column;
      into[at++] = column.length;
    }
    for (const row of results) {
      for (const column in row) {
        const value = row[column];
        if (typeof value === "string") {
          text += value;
          into[at++] = TEXT + 4 * value.length;
        } else if (typeof value === "number") {
          into[at++] = Number.isInteger(value) ? INTEGER : REAL;
          into[at++] = value;
        } else if (value === null) into[at++] = NULL;
        else throw new TypeError("the store holds a value that is no number and no text");
      }
    }
    used = at;
    texts.push(text);
    units += text.length;
  }
  return units;
}

// Writes the texts as UTF-8 into the module's memory, one after the other; the bytes written, or -1 where they do not fit.
export function writeTexts(bytes) {
  let length = 0;
  for (const [answer, text] of texts.entries()) {
    const written = encodeInto(text, length === 0 ? bytes : bytes.subarray(length));
    if (written < 0) return -1;
    laid[placesOfAscii[answer]] = written === text.length ? 1 : 0;
    length += written;
  }
  return length;
}
export function howManyNumbers() {
  return used;
}
export function numbers(into) {
  into.set(laid.subarray(0, used));
}
function makeRoom(more) {
  if (used + more <= laid.length) return;
  const larger = new Float64Array(2 * (used + more));
  larger.set(laid.subarray(0, used));
  laid = larger;
}
