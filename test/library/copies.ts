// Loads the environments of a folder as any user's, and holds each to conformance and to a digest of its golden trace:
// node --import tsx test/library/copies.ts FOLDER NAME… prints what was found, as JSON.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openRegistry } from "../../src/library/registry.ts";
import { conformance, golden } from "../../src/testing/index.ts";

const [folder, ...names] = process.argv.slice(2);
const registry = openRegistry([folder]);
const found = [];
for (const name of names) {
  const { env, policies } = await registry.environmentNamed(name);
  // At the last of its own parameter sets: the shortest episodes, where it has them.
  const { variants = [{}] } = await import(pathToFileURL(join(folder, "envs", name, "policies.ts")).href);
  const findings = conformance(env, { policies: await policies(), params: variants.slice(-1), steps: 40 });
  const errors = findings.filter(({ error }) => error !== undefined);
  found.push({ name, id: env.id, checks: findings.length, errors, digest: golden(env).digest });
}
console.log(JSON.stringify(found));
