// oidc-provider: the platform's citizens log in there, by the platform's configuration alone.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as listen_tcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { check, client, run } from "./tap.mjs";

const SECRET = "the-secret-of-this-client";
/** How long `aimd` may take to start. */
const START_MS = 60_000;
/** Redirects and forms of one way. */
const STEPS_MAX = 20;

async function free_port() {
  const server = listen_tcp().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const [platform_port, provider_port] = [await free_port(), await free_port()];
const platform = `http://localhost:${platform_port}`;
const issuer = `http://localhost:${provider_port}`;

/** Who sits at the provider's screen, and what they do there. */
const screen = { fin: "OTEST01", acr: "two-factors", cancels: false, seen: [] };

const provider = new client.default(issuer, {
  clients: [
    {
      client_id: "aim",
      client_secret: SECRET,
      redirect_uris: [`${platform}/id/callback`],
      post_logout_redirect_uris: [`${platform}/id/logged-out`],
    },
  ],
  claims: { openid: ["sub"], identity: ["fin"], acr: null, auth_time: null, iss: null, sid: null },
  acrValues: ["two-factors", "signature"],
  pkce: { required: () => true },
  cookies: { keys: ["a-key-of-this-run"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, fin) => ({ accountId: fin, claims: () => ({ sub: fin, fin }) }),
});

/** The provider's own screens, which are its operator's to write. */
async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  screen.seen.push({ prompt: prompt.name, params });
  const end = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  if (screen.cancels) return end({ error: "access_denied" });
  if (prompt.name === "login") return end({ login: { accountId: screen.fin, acr: screen.acr } });
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid identity");
  if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
  return end({ consent: { grantId: await grant.save() } });
}

const serve = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return serve(request, response);
  return interact(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(provider_port, "127.0.0.1");
await once(server, "listening");

const folder = mkdtempSync(join(tmpdir(), "aim-log-in-"));
const configuration = join(folder, "aimd.toml");
writeFileSync(join(folder, "secret"), SECRET, { mode: 0o600 });
writeFileSync(
  configuration,
  `profile = "development"
public_url = "${platform}"
listen = ["127.0.0.1:${platform_port}"]
operator_listen = ""
data_dir = "data"

[log_in]
issuer = "${issuer}"
client_id = "aim"
client_secret_file = "secret"
scopes = ["identity"]
acr_substantial = "two-factors"
acr_high = "signature"
`,
);
chmodSync(configuration, 0o600);
const aimd = spawn(process.env.AIM_AIMD, ["--config", configuration], { stdio: ["ignore", "ignore", "pipe"] });
let log = "";
aimd.stderr.on("data", (chunk) => (log += chunk));

async function started() {
  const ends = Date.now() + START_MS;
  while (Date.now() < ends && aimd.exitCode === null) {
    const answer = await fetch(`${platform}/en/`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`aimd did not start:\n${log}`);
}

/** A browser, as far as log-ins need one: cookies of each origin, redirects, the provider's form of the log-out. */
class Browser {
  #cookies = new Map();

  async #send(url, options = {}) {
    const jar = this.#cookies.get(url.origin) ?? new Map();
    this.#cookies.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, "accept-language": "en", "sec-fetch-site": "same-origin", ...options.headers };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";");
      const [name, ...value] = pair.split("=");
      const is_gone = attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
      if (is_gone) jar.delete(name);
      else jar.set(name, value.join("="));
    }
    return answer;
  }

  /** Follows all redirects. */
  async goes(path, options) {
    const way = [];
    let url = new URL(path, platform);
    let answer = await this.#send(url, options);
    for (let step = 0; step < STEPS_MAX; step += 1) {
      way.push(`${url.origin}${url.pathname}`);
      const location = answer.headers.get("location");
      if (location) {
        url = new URL(location, url);
        answer = await this.#send(url);
        continue;
      }
      const page = await answer.text();
      const xsrf = page.match(/name="xsrf" value="([^"]*)"/)?.[1];
      if (xsrf === undefined) return { status: answer.status, page, way, url };
      const action = page.match(/action="([^"]*)"/)[1];
      url = new URL(action, url);
      answer = await this.#send(url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ xsrf, logout: "yes" }),
      });
    }
    throw new Error(`${path} leads nowhere: ${way.join(" ")}`);
  }
}

check("the configuration is good, and a wrong one is named", async () => {
  // Not `spawnSync`: the provider answers in this process.
  const run_check = async (file) => {
    const process_ = spawn(process.env.AIM_AIMD, ["--config", file, "check"], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [process_.stdout, process_.stderr]) stream.on("data", (chunk) => (said += chunk));
    const [code] = await once(process_, "close");
    return [code, said];
  };
  assert.deepEqual(await run_check(configuration), [0, "the configuration is good\n"]);
  const wrong = join(folder, "wrong.toml");
  const text = spawnSync("sed", ["s/identity/income/", configuration]).stdout;
  writeFileSync(wrong, text, { mode: 0o600 });
  const [code, said] = await run_check(wrong);
  assert.equal(code, 1);
  assert.match(said, /does not support the scope `income`/);
});

check("citizen logs in there and is known here", async () => {
  const browser = new Browser();
  const back = await browser.goes("/en/login?return=/en/my/consents");
  assert.equal(back.status, 200, log);
  assert.equal(back.url.pathname, "/en/my/consents");
  assert.match(back.page, /Aygün/);
  assert.ok(back.way.includes(`${issuer}/auth`), back.way.join(" "));
  const { params } = screen.seen[0];
  assert.equal(params.code_challenge_method, "S256");
  assert.equal(params.ui_locales, "en");
  assert.ok(!JSON.stringify(params).includes("consents"), "the provider learns where the citizen goes");
});

check("stronger log-in is asked for by its name there", async () => {
  const browser = new Browser();
  await browser.goes("/en/login");
  screen.seen.length = 0;
  screen.acr = "signature";
  const back = await browser.goes("/en/login?return=/en/my/consents&acr=high&fresh=1");
  assert.equal(back.url.pathname, "/en/my/consents", back.page);
  assert.equal(screen.seen[0].params.acr_values, "signature");
  assert.equal(screen.seen[0].params.prompt, "login");
});

check("weaker log-in than asked for is refused", async () => {
  screen.acr = "two-factors";
  const back = await new Browser().goes("/en/login?return=/en/my/consents&acr=high");
  assert.equal(back.status, 403);
  assert.match(back.page, /weaker or older/);
});

check("citizen who cancels there", async () => {
  screen.cancels = true;
  const back = await new Browser().goes("/en/login?return=/en/my/consents");
  screen.cancels = false;
  assert.equal(back.status, 200);
  assert.match(back.page, /cancel/i);
  assert.equal(back.url.pathname, "/login/callback");
});

check("person whom the register does not know", async () => {
  screen.fin = "OTEST99";
  const back = await new Browser().goes("/en/login");
  screen.fin = "OTEST01";
  assert.equal(back.status, 403);
  assert.match(back.page, /has nobody with the FIN/);
});

check("log-out ends the log-in there too", async () => {
  const browser = new Browser();
  await browser.goes("/en/login");
  const out = await browser.goes("/en/logout", { method: "POST" });
  assert.equal(out.url.href, `${platform}/en/`, out.way.join(" "));
  assert.ok(out.way.includes(`${issuer}/session/end`), out.way.join(" "));
  screen.seen.length = 0;
  await browser.goes("/en/login");
  assert.equal(screen.seen[0].prompt, "login");
});

await started();
try {
  await run();
} finally {
  aimd.kill("SIGTERM");
  await once(aimd, "close");
  server.close();
  rmSync(folder, { recursive: true });
}
