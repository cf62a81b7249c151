// The Workers runtime's object store, an R2 bucket bound as OBJECTS. What comes from WASM's memory is copied
// before it is kept, for that memory moves.
import { env } from "cloudflare:workers";

export function putObject(key, bytes) {
  return env.OBJECTS.put(key, bytes.slice());
}
export async function getObject(key) {
  const kept = await env.OBJECTS.get(key);
  return kept === null ? null : new Uint8Array(await kept.arrayBuffer());
}
// The keys stand a line each.
export function deleteObjects(keys) {
  return keys === "" ? Promise.resolve() : env.OBJECTS.delete(keys.split("\n"));
}
