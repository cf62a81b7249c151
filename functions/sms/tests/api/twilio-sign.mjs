// Signs callbacks with Twilio's own library, for the tests of our check. Reads from its first argument a JSON list
// of [token, address, {name: value}], and prints the signatures, one a line.
import { createRequire } from "node:module";

const { getExpectedTwilioSignature } = createRequire(import.meta.url)("twilio/lib/webhooks/webhooks.js");
for (const [token, address, fields] of JSON.parse(process.argv[2])) {
  console.log(getExpectedTwilioSignature(token, address, fields));
}
