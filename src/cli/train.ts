import { join } from "node:path";
import { resolveConfig } from "../baseline.ts";
import { savePolicy } from "../checkpoint.ts";
import { InputError, unknownName } from "../errors.ts";
import { pretty } from "../run/canonical.ts";
import { list, makeFolder } from "../run/files.ts";
import { parseOverrides } from "../run/overrides.ts";
import { attackerRoles, defencePolicies, scriptedAttack } from "../run/sides.ts";
import { train } from "../train.ts";
import { wholeNumber } from "./benchmark.ts";
import { DONE, INTERRUPTED, type Io } from "./io.ts";
import { chooseEnvironment } from "./play.ts";
import { showProgress } from "./progress.ts";

const BACKENDS = ["wasm", "node", "cpu"] as const;

interface Options {
  readonly baseline: string;
  readonly role?: string[];
  readonly budget: string;
  readonly seed: string;
  readonly set?: string[];
  readonly backend: string;
  readonly out?: string;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque train */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env } = plugin;
  const baseline = await registry.baseline(options.baseline);
  const config = resolveConfig(baseline, parseOverrides(options.set ?? []));
  const backend = BACKENDS.find((one) => one === options.backend);
  if (!backend) throw unknownName("backend", options.backend, BACKENDS);
  const learning = options.role ?? attackerRoles(roles);
  for (const role of learning)
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
  const budget = wholeNumber("--budget", options.budget, 1, 1e12);
  const seed = wholeNumber("--seed", options.seed, 0);
  const folder = options.out ?? join("runs", `train-${plugin.name}-${baseline.id}`);
  if (list(folder).length > 0) throw new InputError(`${folder} is not empty. Choose another --out.`);
  const policies = await plugin.policies();
  const scripted = {
    ...defencePolicies(env, roles, policies, "default"),
    ...scriptedAttack(env, roles, policies, "none"),
  };
  const others = Object.entries(scripted).filter(([role]) => !learning.includes(role));

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  try {
    const trained = await train({
      environment: env,
      params,
      roles: Object.fromEntries(learning.map((role) => [role, { baseline, config }])),
      policies: Object.fromEntries(others),
      budget,
      seed,
      split: ["train-attack", 0],
      backend,
      signal: interrupt.signal,
      onProgress({ steps, total, returns }) {
        const label = Object.entries(returns)
          .map(([role, value]) => `${role} ${value.toFixed(3)}`)
          .join(", ");
        progress.update({ cells: steps, ofCells: total, done: steps / total, label: `return ${label}` });
      },
    });
    progress.stop();
    makeFolder(folder);
    for (const [role, data] of Object.entries(trained.policies)) savePolicy(join(folder, role), data);
    const last = trained.curve.at(-1);
    io.out(
      pretty({
        folder,
        environment: env.id,
        baseline: baseline.id,
        steps: trained.steps,
        returns: known(last?.returns ?? {}),
      }),
    );
    return DONE;
  } catch (error) {
    progress.stop();
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was written.\n");
    return INTERRUPTED;
  } finally {
    undo();
  }
}

const known = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
