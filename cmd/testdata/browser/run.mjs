// node run.mjs CHROMIUM DIRECTORY [REGEXP]: runs the tests of all *.test.mjs beside this file on the pages in
// DIRECTORY, and prints a line of JSON for each.
import { readdirSync } from "node:fs";
import { runTests } from "./harness.mjs";

const here = new URL(".", import.meta.url);
for (const name of readdirSync(here).sort()) {
  if (name.endsWith(".test.mjs")) await import(new URL(name, here));
}
const [executablePath, dir, only] = process.argv.slice(2);
await runTests({ executablePath, dir, only, report: (result) => console.log(JSON.stringify(result)) });
