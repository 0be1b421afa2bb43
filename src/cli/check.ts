import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pretty } from "../data/canonical.ts";
import { InputError, unknownName } from "../data/errors.ts";
import { list, writeAtomic } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { packageRoot } from "../data/package.ts";
import { importModule, moduleIn } from "../library/plugin.ts";
import { openRegistry } from "../library/registry.ts";
import { checkGolden, conformance, type Finding, type Golden, golden } from "../testing/index.ts";
import { DONE, FAILED, type Io } from "./io.ts";

/** Most steps that a check plays of one episode. */
const STEPS = 100;

/** masque check */
export async function run(
  io: Io,
  [folder = "."]: readonly string[],
  options: { only?: string; record?: boolean; json?: boolean },
): Promise<number> {
  const registry = openRegistry(resolve(folder) === packageRoot ? [] : [folder]);
  const names = list(join(folder, "envs")).filter((name) => moduleIn(join(folder, "envs", name), "env") !== undefined);
  if (names.length === 0)
    throw new InputError(`${folder} has no environments: expected folders envs/NAME with an env.ts.`);
  const only = options.only?.replace(/-v\d+$/, "");
  if (only !== undefined && !names.includes(only)) throw unknownName("environment", only, names);
  const reports = [];
  for (const name of names.filter((one) => only === undefined || one === only)) {
    const { env, policies, text, folder: at } = await registry.environmentNamed(name);
    const scripts = await policies();
    const file = moduleIn(at, "policies")!;
    const variants = ((await importModule(file)).variants ?? [{}]) as readonly Record<string, unknown>[];
    const findings: Finding[] = conformance(env, {
      policies: scripts,
      text: text(),
      params: variants as never,
      steps: STEPS,
    });
    const trace = join(at, "golden.json");
    if (options.record) writeAtomic(trace, pretty(golden(env, variants)));
    if (existsSync(trace))
      findings.push(
        traced(() => checkGolden(env, parseJson(readFileSync(trace, "utf8"), trace) as Golden, variants as never)),
      );
    const failed = findings.filter(({ error }) => error !== undefined);
    reports.push({ environment: env.id, checks: findings.length, failed, golden: existsSync(trace) });
    if (options.json) continue;
    for (const { check, params, error } of causes(failed)) {
      const given = Object.keys(params).length > 0 ? ` at ${JSON.stringify(params)}` : "";
      io.out(`${env.id}${given} ${check}\n  ${error}\n`);
    }
    const sets = `${variants.length} parameter ${variants.length === 1 ? "set" : "sets"}`;
    const more = existsSync(trace)
      ? ""
      : "; it has no golden.json, so that a change of its rules goes unseen (--record)";
    const hidden = failed.length - causes(failed).length;
    if (hidden > 0) io.out(`  (${hidden} more fail, which may come of it: mend it first)\n`);
    io.out(`${env.id}: ${findings.length - failed.length} of ${findings.length} checks hold, at ${sets}${more}\n`);
  }
  if (options.json) io.out(pretty(reports));
  return reports.every(({ failed }) => failed.length === 0) ? DONE : FAILED;
}

/** What to mend first: chance that is not the environment's own makes most other checks fail as well. */
function causes(failed: readonly Finding[]): readonly Finding[] {
  const chance = failed.find(({ error }) => error?.includes("randomness comes from rng"));
  return chance === undefined ? failed : [chance];
}

/** A golden trace as one more check. */
function traced(check: () => void): Finding {
  const finding = { check: "plays what its golden trace recorded", params: {} };
  try {
    check();
    return finding;
  } catch (error) {
    return { ...finding, error: (error as Error).message };
  }
}
