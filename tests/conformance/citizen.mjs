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

  /** The page at the end of an answer's redirects, after a log-in where that is asked, or the address of another origin. */
  async #arrives(answer) {
    for (let step = 0; step < 10; step += 1) {
      const location = answer.headers.get("location");
      if (location) {
        const next = new URL(location, answer.url || platform);
        if (next.origin !== new URL(platform).origin) return next;
        answer = await this.#send(next);
        continue;
      }
      const page = await answer.text();
      if (!page.includes('name="code"')) return { url: answer.url, status: answer.status, page };
      const request = field(page, "request");
      const log_in = { request, fin: this.fin, code: "111111", action: "log-in" };
      answer = await this.#submit(`/${LANG}/id/login?request=${request}`, log_in);
    }
    throw new Error("the redirects do not end");
  }

  /** Opens a page of the platform. */
  async opens(url) {
    return this.#arrives(await this.#send(url, { headers: { "accept-language": LANG } }));
  }

  /** Sends the first form of a page that has one for `POST`, with its hidden fields and these. */
  async presses({ page, url }, fields) {
    const form = page.match(/<form[^>]*method="post" action="([^"]*my\/documents\/present[^"]*)"[^]*?<\/form>/);
    if (!form) throw new Error(`no form in ${page}`);
    const hidden = [...form[0].matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const values = hidden.map(([, name, value]) => [name, value.replaceAll("&#38;", "&").replaceAll("&amp;", "&")]);
    return this.#arrives(await this.#submit(new URL(form[1], url), { ...Object.fromEntries(values), ...fields }));
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
