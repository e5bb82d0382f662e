// Verifies an SD-JWT VC with key binding and its place in a status list, with the Web Cryptography API and zlib of
// Node.js. Reads { sdJwt, issuer, list } and prints what the verifier learns.
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";

const decode = part => Buffer.from(part, "base64url");
const json = part => JSON.parse(decode(part));
const sha256 = text => createHash("sha256").update(text, "ascii").digest("base64url");
const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function verified(jws, jwk, typ) {
  const [head, payload, signature] = jws.split(".");
  const { alg, typ: found } = json(head);
  if (alg !== "ES256" || found !== typ) throw new Error("unexpected header " + decode(head));
  const key = await crypto.subtle.importKey("jwk", jwk, ec, false, ["verify"]);
  const good = await crypto.subtle.verify(ec, key, decode(signature), Buffer.from(`${head}.${payload}`));
  if (!good) throw new Error("the signature is wrong: " + typ);
  return json(payload);
}

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { sdJwt, issuer, list } = JSON.parse(input);
const parts = sdJwt.split("~");
const [token, binding, disclosures] = [parts[0], parts.at(-1), parts.slice(1, -1)];
const key = issuer.jwks.keys.find(key => key.kid === json(token.split(".")[0]).kid);
const payload = await verified(token, key, "dc+sd-jwt");
const bound = await verified(binding, payload.cnf.jwk, "kb+jwt");
if (bound.sd_hash !== sha256(sdJwt.slice(0, sdJwt.lastIndexOf("~") + 1))) throw new Error("another copy is bound");
const claims = {};
for (const disclosure of disclosures) {
  if (!payload._sd.includes(sha256(disclosure))) throw new Error("a claim is not the issuer's");
  const [, name, value] = json(disclosure);
  claims[name] = value;
}
const { idx, uri } = payload.status.status_list;
const states = await verified(list, key, "statuslist+jwt");
if (states.sub !== uri) throw new Error("another list");
const { bits, lst } = states.status_list;
const byte = inflateSync(decode(lst))[Math.floor(idx * bits / 8)];
const state = (byte >> (idx * bits % 8)) & (2 ** bits - 1);
process.stdout.write(JSON.stringify({ claims, payload, bound, state, ttl: states.ttl }));
