// Somebody who is shown a document: opens the showing, and takes the signed copy.

const form = page => page.match(/<form method="post" action="([^"]*\/shown\/[^"]*)"/)?.[1];
const link = page => page.match(/href="([^"]*\/proof)"/)?.[1];

/** The number that a copy of this showing is bound to. */
export const nonce = showing => showing.split("/").at(-2);

/** The signed copy of a showing, and what it is bound to. */
export async function copy(showing) {
  const ask = await fetch(showing);
  const action = form(await ask.text());
  const headers = { "sec-fetch-site": "same-origin" };
  const seen = await fetch(new URL(action, showing), { method: "POST", headers });
  const proof = await fetch(new URL(link(await seen.text()), showing));
  return { sdJwt: await proof.text(), nonce: nonce(showing) };
}
