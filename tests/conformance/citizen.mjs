// A citizen in a browser, as far as the log-in needs one: cookies, forms, redirects.

import { platform } from "./tap.mjs";

const LANG = "en";

/** The value of a form's field in a page. */
function field(page, name) {
  const value = page.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1];
  if (value === undefined) throw new Error(`no field ${name} in ${page}`);
  return value.replaceAll("&amp;", "&");
}

export class Citizen {
  #cookies = new Map();

  constructor(fin) {
    this.fin = fin;
  }

  async #send(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, "sec-fetch-site": "same-origin", ...options.headers };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      this.#cookies.set(name, value);
    }
    return answer;
  }

  #submit(path, fields) {
    return this.#send(new URL(path, platform), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields),
    });
  }

  /** Follows `url` to the log-in, agrees or refuses where that is asked, and returns the address that leads back. */
  async goes(url, decision = "agree") {
    let answer = await this.#send(url);
    for (let step = 0; step < 6; step += 1) {
      const location = answer.headers.get("location");
      if (location) {
        const next = new URL(location, answer.url || platform);
        if (next.origin !== new URL(platform).origin) return next;
        answer = await this.#send(next);
        continue;
      }
      const page = await answer.text();
      const request = field(page, "request");
      if (page.includes('name="code"')) {
        const log_in = { request, fin: this.fin, code: "111111", action: "log-in" };
        answer = await this.#submit(`/${LANG}/id/login?request=${request}`, log_in);
      } else {
        answer = await this.#submit(`/${LANG}/id/agree`, { request, decision });
      }
    }
    throw new Error(`the log-in leads nowhere from ${url}`);
  }
}
