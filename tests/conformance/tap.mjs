// Checks, printed in the Test Anything Protocol.

import { pathToFileURL } from "node:url";

export const platform = process.argv[2];

/** The client that is checked. */
export const client = await import(pathToFileURL(process.env.AIM_PACKAGE));

const checks = [];

/** Registers a check: a function that throws if it fails. `deviation` is the reason if it is known to fail. */
export function check(name, run, deviation) {
  checks.push({ name, run, deviation });
}

export async function run() {
  for (const [index, { name, run, deviation }] of checks.entries()) {
    const line = `${index + 1} - ${name}${deviation ? ` # TODO ${deviation}` : ""}`;
    try {
      await run();
      console.log(`ok ${line}`);
    } catch (error) {
      console.log(`not ok ${line}`);
      if (!deviation) {
        process.exitCode = 1;
        console.error(error);
      }
    }
  }
  console.log(`1..${checks.length}`);
}
