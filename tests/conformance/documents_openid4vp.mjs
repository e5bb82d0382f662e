// @openid4vc/openid4vp as a verifier: asks citizens of the platform for a document, reads the answer and verifies what they show.

import assert from "node:assert/strict";
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { Citizen } from "./citizen.mjs";
import { check, client, platform, run } from "./tap.mjs";

const { verifier: site, revoked } = JSON.parse(process.env.AIM_DOCUMENTS);
const beside = createRequire(process.env.AIM_PACKAGE);
const { setGlobalConfig } = await import(pathToFileURL(beside.resolve("@openid4vc/oauth2")));
// The platform and the site of this script have no TLS.
setGlobalConfig({ allowInsecureUrls: true });
const { SDJwtVcInstance } = await import(pathToFileURL(beside.resolve("@sd-jwt/sd-jwt-vc")));
const jose = await import(pathToFileURL(beside.resolve("jose")));

// The format's claims are each at a path of one step.
const claims = (...names) => names.map((name) => ({ path: [name] }));

// What the verifier discovers.
const json = async (path) => (await fetch(`${platform}${path}`)).json();
const wallet = await json("/.well-known/oauth-authorization-server/documents");
// A copy of a document names its kind.
const vct_values = [jose.decodeJwt(revoked.sdJwt.split("~")[0]).vct];
const issuer = await json("/.well-known/jwt-vc-issuer");

const key = await jose.importJWK(site.jwk, "ES256");
const { d, ...publicJwk } = site.jwk;
const ours = await jose.generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
const encryption = { ...(await jose.exportJWK(ours.publicKey)), kid: "enc-1", use: "enc", alg: "ECDH-ES" };

async function signs(signing, { header, payload }) {
  const jwt = await new jose.SignJWT(payload).setProtectedHeader({ ...header, kid: publicJwk.kid }).sign(signing);
  return { jwt, signerJwk: publicJwk };
}

function verifier(signing = key) {
  return new client.Openid4vpVerifier({ callbacks: { signJwt: (_, jwt) => signs(signing, jwt) } });
}

async function decryptJwe(jwe) {
  const { plaintext } = await jose.compactDecrypt(jwe, ours.privateKey);
  return { decrypted: true, payload: new TextDecoder().decode(plaintext), decryptionJwk: encryption };
}

// The site's server: hands out requests, and takes answers.
const sessions = new Map();

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
}

const server = createServer(async (request, response) => {
  const [, what, id] = request.url.split("/");
  const session = sessions.get(id);
  if (!session) return response.writeHead(404).end();
  if (what === "request") {
    session.posted = request.method === "POST" ? await body(request) : undefined;
    const jwt = await session.object(session.posted?.wallet_nonce);
    response.writeHead(200, { "content-type": "application/oauth-authz-req+jwt" }).end(jwt);
  } else {
    session.answer = await body(request);
    const redirect_uri = `${site.origin}/done#response_code=${session.code}`;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ redirect_uri }));
  }
});
await new Promise((ready) => server.listen(Number(new URL(site.origin).port), "localhost", ready));

/** A request of the site: the address that a citizen opens, and its session. */
async function asks({ asked = claims("given_name"), signing, scheme, ...extra } = {}) {
  const id = randomBytes(16).toString("hex");
  const session = { code: randomBytes(16).toString("hex") };
  session.payload = {
    response_type: "vp_token",
    client_id: site.client_id,
    response_mode: "direct_post",
    response_uri: `${site.origin}/answer/${id}`,
    nonce: randomBytes(16).toString("base64url"),
    state: id,
    dcql_query: { credentials: [{ id: "card", format: "dc+sd-jwt", meta: { vct_values }, claims: asked }] },
    client_metadata: {
      vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] } },
    },
    ...extra,
  };
  const create = (nonce) =>
    verifier(signing).createOpenId4vpAuthorizationRequest({
      scheme: scheme ?? wallet.authorization_endpoint,
      authorizationRequestPayload: { ...session.payload, ...(nonce ? { wallet_nonce: nonce } : {}) },
      wallet: nonce ? { expectedNonce: nonce } : undefined,
      jar: {
        requestUri: `${site.origin}/request/${id}`,
        jwtSigner: { method: "jwk", alg: "ES256", publicJwk },
        expiresInSeconds: 300,
        additionalJwtPayload: { aud: wallet.issuer },
      },
    });
  session.object = async (nonce) => (await create(nonce)).jar.authorizationRequestJwt;
  session.url = (await create()).authorizationRequest;
  sessions.set(id, session);
  return session;
}

/** A citizen opens the request: the page with what would be shown. */
async function opens(fin, url) {
  const citizen = new Citizen(fin);
  const start = await citizen.opens(url);
  return { citizen, page: await citizen.presses(start, {}) };
}

function answers({ citizen, page }, decision) {
  const option = page.page.match(/name="option" value="(\d+)"/)?.[1];
  const document = page.page.match(/name="(document-[^"]+)" value="([^"]+)"/);
  const fields = decision === "show" ? { option, [document[1]]: document[2] } : {};
  return citizen.presses(page, { decision, ...fields });
}

/** What the library makes of the answer. */
function parsed(session) {
  return verifier().parseOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: session.payload,
    authorizationResponse: session.answer,
    callbacks: { decryptJwe },
  });
}

const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
async function verifies(data, signature, jwk) {
  const imported = await webcrypto.subtle.importKey("jwk", jwk, ec, false, ["verify"]);
  return webcrypto.subtle.verify(ec, imported, Buffer.from(signature, "base64url"), Buffer.from(data));
}
const sdJwt = new SDJwtVcInstance({
  hasher: (data, alg) => createHash(alg.replace("-", "")).update(Buffer.from(data)).digest(),
  hashAlg: "sha-256",
  verifier: (data, signature) => verifies(data, signature, issuer.jwks.keys[0]),
  kbVerifier: (data, signature, payload) => verifies(data, signature, payload.cnf.jwk),
  statusVerifier: (data, signature) => verifies(data, signature, issuer.jwks.keys[0]),
});

/** The claims of the copy in an answer, verified with its key binding and its state. */
async function verified(session) {
  const { dcql, expectedNonce } = await parsed(session);
  const [copy, ...others] = dcql.presentations.card;
  assert.deepEqual(others, []);
  const { payload, kb } = await sdJwt.verify(copy, { keyBindingNonce: expectedNonce });
  assert.equal(kb.payload.aud, site.client_id);
  return payload;
}

check("wallet describes itself", () => {
  const metadata = client.zWalletMetadata.parse(wallet);
  assert.deepEqual(Object.keys(metadata.vp_formats_supported), ["dc+sd-jwt"]);
  assert.deepEqual(wallet.client_id_prefixes_supported, ["pre-registered"]);
});

check("citizen shows what is asked for and no more", async () => {
  const session = await asks({ asked: claims("given_name", "reading_room") });
  const back = await answers(await opens("OTEST01", session.url), "show");
  assert.equal(back.href, `${site.origin}/done#response_code=${session.code}`);
  const payload = await verified(session);
  assert.equal(payload.given_name, "Aygün");
  assert.equal(payload.reading_room, true);
  assert.equal(payload.family_name, undefined);
});

for (const enc of ["A128GCM", "A256GCM"]) {
  check(`answer is encrypted with ${enc}`, async () => {
    const session = await asks({ response_mode: "direct_post.jwt" });
    session.payload.client_metadata = {
      ...session.payload.client_metadata,
      jwks: { keys: [encryption] },
      encrypted_response_enc_values_supported: [enc],
    };
    await answers(await opens("OTEST01", session.url), "show");
    assert.deepEqual(Object.keys(session.answer), ["response"]);
    assert.equal(jose.decodeProtectedHeader(session.answer.response).enc, enc);
    assert.equal((await verified(session)).given_name, "Aygün");
  });
}

check("request is handed out by post", async () => {
  const session = await asks();
  await answers(await opens("OTEST01", `${session.url}&request_uri_method=post`), "show");
  assert.equal(JSON.parse(session.posted.wallet_metadata).issuer, wallet.issuer);
  assert.equal((await verified(session)).given_name, "Aygün");
});

check("link of a code for any wallet is opened from the clipboard", async () => {
  const session = await asks({ scheme: "openid4vp://" });
  const citizen = new Citizen("OTEST01");
  const form = await citizen.opens(wallet.authorization_endpoint);
  const link = new URL(form.url);
  link.searchParams.set("link", session.url);
  const page = await citizen.presses(await citizen.opens(link), {});
  await answers({ citizen, page }, "show");
  assert.equal((await verified(session)).given_name, "Aygün");
});

check("first set of claims that the document has is shown", async () => {
  const session = await asks();
  Object.assign(session.payload.dcql_query.credentials[0], {
    claims: [
      { id: "no", path: ["reading_room"], values: [false] },
      { id: "name", path: ["family_name"] },
    ],
    claim_sets: [["no"], ["name"]],
  });
  await answers(await opens("OTEST01", session.url), "show");
  const payload = await verified(session);
  assert.equal(payload.family_name, "Məmmədova");
  assert.equal(payload.reading_room, undefined);
});

check("refused, not held and not matching look alike", async () => {
  const not_matching = [{ path: ["given_name"], values: ["Nobody"] }];
  const all = [];
  for (const [fin, asked] of [["OTEST01"], ["OTEST04"], ["OTEST01", not_matching]]) {
    const session = await asks({ asked });
    await answers(await opens(fin, session.url), "refuse");
    const { state, ...rest } = session.answer;
    assert.equal(state, session.payload.state);
    all.push(rest);
  }
  assert.equal(all[0].error, "access_denied");
  assert.deepEqual(all[1], all[0]);
  assert.deepEqual(all[2], all[0]);
});

check("claim that was not approved", async () => {
  const session = await asks({ asked: claims("loans_max") });
  await opens("OTEST01", session.url);
  assert.equal(session.answer.error, "invalid_request");
  assert.match(session.answer.error_description, /^dcql_query\.credentials\[0\]/);
});

check("data of a transaction", async () => {
  const transaction = { type: "payment", credential_ids: ["card"] };
  const session = await asks({
    transaction_data: [Buffer.from(JSON.stringify(transaction)).toString("base64url")],
  });
  await opens("OTEST01", session.url);
  assert.equal(session.answer.error, "invalid_transaction_data");
});

check("request that another key signed", async () => {
  const other = await jose.generateKeyPair("ES256");
  const session = await asks({ signing: other.privateKey });
  const { page } = await opens("OTEST01", session.url);
  assert.equal(page.status, 400);
  assert.match(page.page, /invalid_request/);
  assert.equal(session.answer, undefined);
});

check("request that somebody opened", async () => {
  const session = await asks();
  await opens("OTEST01", session.url);
  const { page } = await opens("OTEST0C", session.url);
  assert.equal(page.status, 410);
});

check("copy of a revoked document is refused", async () => {
  const keyBindingNonce = revoked.showing.split("/").at(-2);
  await assert.rejects(sdJwt.verify(revoked.sdJwt, { keyBindingNonce }), /Status is not valid/);
});

await run();
server.close();
server.closeAllConnections();
