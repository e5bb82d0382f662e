// oauth4webapi: each answer of the provider by itself, checked as its specification has it.

import assert from "node:assert/strict";

import { Citizen } from "./citizen.mjs";
import { check, client as oauth, platform, run } from "./tap.mjs";

const sites = JSON.parse(process.env.AIM_SITES);
const { redirect_uri } = sites.confidential;
const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(`${platform}/id`);

const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
const site = { client_id: sites.confidential.client_id };
const basic = oauth.ClientSecretBasic(sites.confidential.client_secret);
const post = oauth.ClientSecretPost(sites.confidential.client_secret);

check("metadata of OAuth 2.0 is the same (RFC 8414)", async () => {
  const answer = await oauth.discoveryRequest(issuer, { ...http, algorithm: "oauth2" });
  assert.deepEqual(await oauth.processDiscoveryResponse(issuer, answer), server);
});

async function authorized(client, extra = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid profile",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...extra,
  });
  const back = await new Citizen("OTEST01").goes(url);
  // Demands `state` and `iss` (RFC 9207).
  return { answer: oauth.validateAuthResponse(server, client, back, state), verifier, nonce };
}

async function tokens(client, proof, extra) {
  const { answer, verifier, nonce } = await authorized(client, extra);
  const response = await oauth.authorizationCodeGrantRequest(server, client, proof, answer, redirect_uri, verifier, http);
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
}

for (const [name, client, proof] of [
  ["client_secret_basic", site, basic],
  ["client_secret_post", site, post],
  ["none", { client_id: sites.public.client_id }, oauth.None()],
]) {
  check(`${name}: ID token and its signature`, async () => {
    const { answer, verifier, nonce } = await authorized(client);
    const response = await oauth.authorizationCodeGrantRequest(server, client, proof, answer, redirect_uri, verifier, http);
    const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, http);
    assert.deepEqual(oauth.getValidatedIdTokenClaims(result).aud, [client.client_id]);
    assert.equal(result.token_type, "bearer");
  });
}

check("userinfo with the token in the header", async () => {
  const result = await tokens(site, basic);
  const { sub } = oauth.getValidatedIdTokenClaims(result);
  const answer = await oauth.userInfoRequest(server, site, result.access_token, http);
  assert.equal((await oauth.processUserInfoResponse(server, site, sub, answer)).family_name, "Məmmədova");
});

check("pushed request and its answer", async () => {
  const parameters = { response_type: "code", redirect_uri, scope: "openid", code_challenge_method: "S256" };
  parameters.code_challenge = await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier());
  const answer = await oauth.pushedAuthorizationRequest(server, site, basic, parameters, http);
  const pushed = await oauth.processPushedAuthorizationResponse(server, site, answer);
  assert.equal(pushed.expires_in, 90);
});

check("revocation", async () => {
  const result = await tokens(site, basic);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, site, basic, result.access_token, http));
  const answer = await oauth.userInfoRequest(server, site, result.access_token, http);
  await assert.rejects(oauth.processUserInfoResponse(server, site, oauth.skipSubjectCheck, answer), {
    code: oauth.WWW_AUTHENTICATE_CHALLENGE,
  });
});

for (const [name, extra, error] of [
  ["request object", { request: "e30.e30." }, "request_not_supported"],
  ["claims", { claims: "{}" }, "invalid_request"],
  ["another response type", { response_type: "token" }, "unsupported_response_type"],
  ["silent request", { prompt: "none" }, "login_required"],
  ["no PKCE", { code_challenge_method: "plain" }, "invalid_request"],
]) {
  check(`refused: ${name}`, async () => {
    await assert.rejects(authorized(site, extra), { error });
  });
}

await run();
