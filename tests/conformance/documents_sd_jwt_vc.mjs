// @sd-jwt/sd-jwt-vc: verifies copies of a document, their state and their kind.

import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";

import { check, client, platform, run } from "./tap.mjs";
import { copy, nonce } from "./verifier.mjs";

const { showings, revoked } = JSON.parse(process.env.AIM_DOCUMENTS);
const issuer = await (await fetch(`${platform}/.well-known/jwt-vc-issuer`)).json();
const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function verifies(data, signature, jwk) {
  const key = await webcrypto.subtle.importKey("jwk", jwk, ec, false, ["verify"]);
  return webcrypto.subtle.verify(ec, key, Buffer.from(signature, "base64url"), Buffer.from(data));
}

const instance = new client.SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace("-", "")).update(Buffer.from(data)).digest(),
  hashAlg: "sha-256",
  verifier: (data, signature) => verifies(data, signature, issuer.jwks.keys[0]),
  kbVerifier: (data, signature, payload) => verifies(data, signature, payload.cnf.jwk),
  statusVerifier: (data, signature) => verifies(data, signature, issuer.jwks.keys[0]),
  loadTypeMetadataFormat: true,
});

const [names, room] = await Promise.all([showings.names, showings.reading_room].map(copy));

check("copy is verified with its key binding and its state", async () => {
  const { payload, kb } = await instance.verify(names.sdJwt, { keyBindingNonce: names.nonce });
  assert.equal(payload.given_name, "Aygün");
  assert.equal(payload.family_name, "Məmmədova");
  assert.equal(payload.reading_room, undefined);
  assert.equal(kb.payload.aud, platform);
});

check("copy shows only what its holder chose", async () => {
  const { payload } = await instance.verify(room.sdJwt, { keyBindingNonce: room.nonce });
  assert.equal(payload.reading_room, true);
  assert.equal(payload.given_name, undefined);
  assert.equal(payload.family_name, undefined);
});

check("kind of the document is described", async () => {
  const { mergedTypeMetadata: described } = await instance.getVct(names.sdJwt);
  assert.equal(described.name, "Oxucu bileti");
  assert.deepEqual(
    described.claims.map(claim => claim.path[0]),
    ["given_name", "family_name", "loans_max", "reading_room"],
  );
});

check("copy of a revoked document is refused", async () => {
  const keyBindingNonce = nonce(revoked.showing);
  await assert.rejects(instance.verify(revoked.sdJwt, { keyBindingNonce }), /Status is not valid/);
});

check("copy is refused for another nonce", async () => {
  await assert.rejects(instance.verify(names.sdJwt, { keyBindingNonce: room.nonce }), /[Nn]once/);
});

check("copy is refused with a claim of another copy", async () => {
  const [token, ...rest] = room.sdJwt.split("~");
  const mixed = [token, names.sdJwt.split("~")[1], ...rest].join("~");
  await assert.rejects(instance.verify(mixed, { keyBindingNonce: room.nonce }));
});

await run();
