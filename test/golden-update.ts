// Records golden traces: npm run golden [-- NAME … [--unreleased]]. A trace whose digest changed is only replaced under
// a new id, or, for an id that was never released, with --unreleased. --print shows all digests and writes nothing.
import { writeFileSync } from "node:fs";
import { argv, exit } from "node:process";
import { golden } from "../src/testing/golden.ts";
import { environments } from "./environments.ts";

const print = argv.includes("--print");
const unreleased = argv.includes("--unreleased");
const names = argv.slice(2).filter((argument) => !argument.startsWith("--"));
const folders = await environments();
const unknown = names.filter((name) => !folders.some((folder) => folder.name === name));
if (unknown.length > 0) {
  console.error(`No folder envs/${unknown.join(", envs/")}. There are: ${folders.map(({ name }) => name).join(", ")}.`);
  exit(2);
}
let refused = 0;
for (const { name, env, variants, golden: old, goldenFile } of folders) {
  if (names.length > 0 && !names.includes(name)) continue;
  const now = golden(env, variants);
  if (print) {
    console.log([now, ...now.variants].map(({ digest }) => digest).join(" "));
    continue;
  }
  if (old && JSON.stringify(old) === JSON.stringify(now)) console.log(`${env.id}: unchanged`);
  else if (old && old.id === now.id && old.digest !== now.digest && !unreleased) {
    console.error(`${env.id}: its dynamics changed. Give it the next version, or --unreleased if nobody has this one.`);
    refused++;
  } else {
    writeFileSync(goldenFile, `${JSON.stringify(now, null, 2)}\n`);
    console.log(`${env.id}: recorded ${now.digest}`);
  }
}
exit(refused > 0 ? 1 : 0);
