// The training environment's identity providers: one as 1177 is to patients, one as Inera's IdP is to staff.
// Both are oidc-provider (a certified OpenID provider); a person signs in by picking who to be on its page.
// node tests/providers/serve.mjs --keys FILE --people FILE [--patients PORT] [--staff PORT] [--while-input-lasts]
// Knows no real person and no secret but the public half of our client keys. Listens on this machine alone.
import { createECDH, createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

// oidc-provider tells at length what a real deployment must not do; here all of it is meant.
console.info = console.warn = () => {};
const { default: Provider } = await import("oidc-provider");

const { values: options } = parseArgs({
  options: {
    keys: { type: "string" },
    people: { type: "string" },
    patients: { type: "string", default: "0" },
    staff: { type: "string", default: "0" },
    "while-input-lasts": { type: "boolean", default: false },
  },
});

const settings = Object.fromEntries(
  (await readFile(options.keys, "utf8"))
    .split("\n")
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);
if (settings.ENVIRONMENT !== "training") throw new Error("these providers are for training alone");
const people = JSON.parse(await readFile(options.people, "utf8"));

// The public half of what proves our function, named by its own thumbprint as the function names it.
const clientKey = (text) => {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(Buffer.from(text, "base64url"));
  const point = curve.getPublicKey();
  const kid = createHash("sha256").update(point).digest().subarray(0, 12).toString("base64url");
  const part = (from, to) => point.subarray(from, to).toString("base64url");
  return { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid, x: part(1, 33), y: part(33) };
};

// A name that never comes twice: whoever keeps keys by their names must not take new ones for old.
const signingKey = (kind, more, name, alg) => ({
  ...generateKeyPairSync(kind, more).privateKey.export({ format: "jwk" }),
  use: "sig",
  kid: `${name}-${randomBytes(6).toString("base64url")}`,
  alg,
});

const escaped = (text) => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

// Kinds of claims by the scope that asks for them, as the two profiles lay them out.
const kinds = {
  patients: {
    title: "Låtsas-1177",
    prefix: "PATIENT_OIDC",
    path: "/identity/callback/patient",
    alg: "ES256",
    claims: {
      "https://id.oidc.se/scope/naturalPersonNumber": [
        "https://id.oidc.se/claim/personalIdentityNumber",
        "https://id.oidc.se/claim/coordinationNumber",
      ],
    },
    acr: "http://id.elegnamnden.se/loa/1.0/loa3",
  },
  staff: {
    title: "Låtsas-SITHS",
    prefix: "STAFF_OIDC",
    path: "/identity/callback/staff",
    alg: "RS256",
    claims: {
      commission: [
        "employeeHsaId", "commissionHsaId", "commissionName", "commissionPurpose", "healthCareProviderHsaId",
        "healthCareUnitHsaId", "healthCareUnitName", "allCommissions",
      ],
      authorization_scope: ["authorizationScope"],
    },
    acr: "http://id.sambi.se/loa/loa3",
  },
};

const providerOf = (issuer, { title, prefix, path, alg, claims, acr }, accounts) => {
  const byKey = new Map(accounts.map((account) => [account.key, account]));
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: settings[`${prefix}_CLIENT_ID`],
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        id_token_signed_response_alg: alg,
        jwks: { keys: [clientKey(settings[`${prefix}_CLIENT_KEY`])] },
        grant_types: ["authorization_code"],
        response_types: ["code"],
        redirect_uris: [`http://127.0.0.1${path}`],
        post_logout_redirect_uris: ["http://127.0.0.1/identity/signed-out"],
      },
    ],
    jwks: {
      keys: [
        signingKey("ec", { namedCurve: "P-256" }, "elliptic", "ES256"),
        signingKey("rsa", { modulusLength: 2048 }, "rsa", "RS256"),
      ],
    },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    claims: { openid: ["sub"], acr: null, ...claims },
    scopes: ["openid", ...Object.keys(claims)],
    acrValues: [acr],
    conformIdTokenClaims: false,
    enabledJWA: { clientAuthSigningAlgValues: ["ES256"] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = page("Logga ut", `${form}<button form="op.logoutForm" name="logout" value="yes">Logga ut</button>`);
        },
      },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    // Nobody is asked for leave to hand over claims: signing in is that leave.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope(["openid", ...Object.keys(claims)].join(" "));
      await grant.save();
      return grant;
    },
    findAccount: (_, key) =>
      byKey.has(key) ? { accountId: key, claims: () => ({ sub: key, ...byKey.get(key).claims }) } : undefined,
    renderError: (context, out) => {
      context.body = page("Det gick inte", `<p>${escaped(out.error)}</p><p>${escaped(out.error_description ?? "")}</p>`);
    },
  });
  // Tests and `make dev` stand at ports of their own: any on this machine will do, the path must be ours.
  const isHere = (address, wanted) => {
    const { protocol, hostname, pathname, search, hash } = new URL(address);
    return protocol === "http:" && hostname === "127.0.0.1" && pathname === wanted && !search && !hash;
  };
  provider.Client.prototype.redirectUriAllowed = (address) => isHere(address, path);
  provider.Client.prototype.postLogoutRedirectUriAllowed = (address) => isHere(address, "/identity/signed-out");

  const whole = async (request) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    return new URLSearchParams(text);
  };
  return async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return provider.callback()(request, response);
    try {
      await provider.interactionDetails(request, response);
      if (request.method === "POST") {
        const person = (await whole(request)).get("person");
        if (byKey.has(person)) {
          const login = { accountId: person, acr, amr: ["training"] };
          return await provider.interactionFinished(request, response, { login });
        }
        const stopped = { error: "access_denied", error_description: "nobody was picked" };
        return await provider.interactionFinished(request, response, stopped);
      }
      const buttons = accounts.map(
        ({ key, label }) => `<li><button name="person" value="${escaped(key)}">${escaped(label)}</button></li>`,
      );
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
      response.end(
        page(title, `<p>Välj vem du vill vara. Alla här är påhittade.</p>
<form method="post"><ul>${buttons.join("\n")}</ul><button name="person" value="">Avbryt</button></form>`),
      );
    } catch (error) {
      response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
      response.end(`This sign-in is over: ${error.message}`);
    }
  };
};

const listening = async (name, port) => {
  let answer = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise((resolve, reject) => server.once("error", reject).listen(Number(port), "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = providerOf(issuer, kinds[name], people[name]);
  return `${name}=${issuer}`;
};

const served = [await listening("patients", options.patients), await listening("staff", options.staff)];
const end = () => process.exit(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);
if (options["while-input-lasts"]) process.stdin.on("end", end).resume();
console.log(`providers ready ${served.join(" ")}`);
