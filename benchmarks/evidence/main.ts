// Prints the figures of environments' pages: npm run evidence -- ENVIRONMENT [PART [SETTING…]]; without a part all of
// them. `npm run evidence -- learners --help`: every baseline in every environment, docs/evidence.md.
import { readdirSync } from "node:fs";
import { unknownName } from "../../src/data/errors.ts";
import type { Evidence } from "./evidence.ts";

const names = readdirSync(new URL(".", import.meta.url))
  .filter((file) => file.endsWith(".ts") && !["main.ts", "evidence.ts"].includes(file))
  .map((file) => file.replace(/\.ts$/, ""));

async function main([name, ...rest]: readonly string[]): Promise<void> {
  if (name === "learners") {
    process.argv.splice(2, 1);
    await import("./learners/main.ts");
    return;
  }
  if (name === undefined || name.startsWith("-")) {
    console.log("npm run evidence -- ENVIRONMENT [PART [SETTING…]] prints figures of its page:\n");
    for (const one of names) {
      const parts = Object.entries(await load(one)).map(([title, { summary }]) => `    ${title.padEnd(12)} ${summary}`);
      console.log([`  ${one}`, ...parts].join("\n"));
    }
    console.log("  learners         every baseline in every environment (learners --help)");
    return;
  }
  if (!names.includes(name)) throw unknownName("evidence", name, [...names, "learners"]);
  const evidence = await load(name);
  // Where there is one part only, its settings need not name it.
  const [only, another] = Object.keys(evidence);
  const unnamed = another === undefined && rest.length > 0 && rest[0] !== only;
  const [part, ...settings] = unnamed ? [only, ...rest] : rest;
  if (part !== undefined && !Object.hasOwn(evidence, part))
    throw unknownName(`part of the evidence on ${name}`, part, Object.keys(evidence));
  for (const [title, { summary, print }] of Object.entries(evidence)) {
    if (part !== undefined && title !== part) continue;
    console.log(`${part === undefined ? "\n" : ""}# ${title}: ${summary}\n`);
    await print(settings);
  }
}

const load = async (name: string): Promise<Evidence> => (await import(`./${name}.ts`)).default;

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
