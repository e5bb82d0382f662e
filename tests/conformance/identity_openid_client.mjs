// openid-client: a confidential and a public web site log citizens in.

import assert from "node:assert/strict";

import { Citizen } from "./citizen.mjs";
import { check, client, platform, run } from "./tap.mjs";

const sites = JSON.parse(process.env.AIM_SITES);
const { redirect_uri } = sites.confidential;
const insecure = { execute: [client.allowInsecureRequests] };

async function discovered(site, how) {
  return client.discovery(new URL(`${platform}/id`), site.client_id, undefined, how, insecure);
}

const confidential = await discovered(
  sites.confidential,
  client.ClientSecretBasic(sites.confidential.client_secret),
);
const posting = await discovered(
  sites.confidential,
  client.ClientSecretPost(sites.confidential.client_secret),
);
const open = await discovered(sites.public, client.None());

/** A request of a site, and what its answer is checked with. */
async function asks(extra = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const expected = { state: client.randomState(), nonce: client.randomNonce() };
  const parameters = {
    redirect_uri,
    scope: "openid profile",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...expected,
    ...extra,
  };
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: expected.state,
    expectedNonce: expected.nonce,
    idTokenExpected: true,
  };
  return { parameters, checks };
}

async function logs_in(config, fin, extra, decision) {
  const { parameters, checks } = await asks(extra);
  const back = await new Citizen(fin).goes(client.buildAuthorizationUrl(config, parameters), decision);
  return client.authorizationCodeGrant(config, back, checks);
}

for (const [name, config] of Object.entries({ confidential, posting, open })) {
  check(`${name} site logs a citizen in and reads the profile`, async () => {
    const tokens = await logs_in(config, "OTEST01");
    const { sub } = tokens.claims();
    const person = await client.fetchUserInfo(config, tokens.access_token, sub);
    assert.equal(person.given_name, "Aygün");
    assert.equal(person.address, undefined);
  });
}

check("two sites know a citizen by different names", async () => {
  const [one, other] = [await logs_in(confidential, "OTEST01"), await logs_in(open, "OTEST01")];
  assert.notEqual(one.claims().sub, other.claims().sub);
});

check("pushed request", async () => {
  const { parameters, checks } = await asks({ scope: "openid address" });
  const url = await client.buildAuthorizationUrlWithPAR(confidential, parameters);
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const tokens = await client.authorizationCodeGrant(confidential, await new Citizen("OTEST01").goes(url), checks);
  const person = await client.fetchUserInfo(confidential, tokens.access_token, tokens.claims().sub);
  assert.ok(person.address);
});

check("revoked token opens nothing", async () => {
  const tokens = await logs_in(confidential, "OTEST01");
  await client.tokenRevocation(confidential, tokens.access_token);
  await assert.rejects(
    client.fetchUserInfo(confidential, tokens.access_token, tokens.claims().sub),
    (error) => error.cause?.[0]?.parameters?.error === "invalid_token",
  );
});

check("citizen who refuses", async () => {
  await assert.rejects(logs_in(confidential, "OTEST04", { prompt: "consent" }, "refuse"), { error: "access_denied" });
});

check("silent request of somebody who is not logged in", async () => {
  await assert.rejects(logs_in(confidential, "OTEST04", { prompt: "none" }), { error: "login_required" });
});

check("scope that was not approved", async () => {
  await assert.rejects(logs_in(confidential, "OTEST01", { scope: "openid phone" }), { error: "invalid_scope" });
});

check("code that is used twice", async () => {
  const { parameters, checks } = await asks();
  const back = await new Citizen("OTEST01").goes(client.buildAuthorizationUrl(confidential, parameters));
  const tokens = await client.authorizationCodeGrant(confidential, back, checks);
  await assert.rejects(client.authorizationCodeGrant(confidential, back, checks), { error: "invalid_grant" });
  await assert.rejects(client.fetchUserInfo(confidential, tokens.access_token, tokens.claims().sub));
});

check("wrong verifier", async () => {
  const { parameters, checks } = await asks();
  const back = await new Citizen("OTEST01").goes(client.buildAuthorizationUrl(open, parameters));
  const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(client.authorizationCodeGrant(open, back, wrong), { error: "invalid_grant" });
});

check("wrong secret", async () => {
  const forged = await discovered(sites.confidential, client.ClientSecretBasic("guess"));
  await assert.rejects(logs_in(forged, "OTEST01"), (error) => error.cause?.[0]?.parameters?.realm === "id" || error.error === "invalid_client");
});

check("stronger log-in and its age", async () => {
  const tokens = await logs_in(confidential, "OTEST01", { acr_values: "high", max_age: "60" });
  const claims = tokens.claims();
  assert.equal(claims.acr, "high");
  assert.ok(claims.auth_time <= Date.now() / 1000 + 5);
});

check("address of the log-out", async () => {
  const tokens = await logs_in(confidential, "OTEST01");
  const url = client.buildEndSessionUrl(confidential, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: "http://localhost:59998/",
  });
  const answer = await fetch(url, { redirect: "manual" });
  assert.equal(answer.headers.get("location"), "http://localhost:59998/");
});

await run();
