import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseOverrides } from "../../benchmark/overrides.ts";
import { pretty } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { list, makeFolder } from "../../data/files.ts";
import type { Environment } from "../../env/define.ts";
import { metricGains, metricIntervals } from "../../frontier/scores.ts";
import { resolveConfig } from "../../learn/baseline.ts";
import { train } from "../../learn/train.ts";
import {
  attackerRoles,
  checkController,
  completeAttack,
  defenceNames,
  defencePolicies,
  scriptedAttack,
} from "../../play/cast.ts";
import { evaluateAsync } from "../../play/evaluate.ts";
import { savePolicy } from "../../policy/checkpoint.ts";
import { declared, edgesOf } from "../../policy/dials.ts";
import { policyFrom } from "../../policy/from-data.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../policy/policy.ts";
import { scriptAt, tunableOf } from "../../policy/tunable.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";
import { type Chosen, chooseEnvironment } from "./choose.ts";
import { readSaved } from "./eval.ts";
import { tunedText } from "./tuned.ts";

interface Options {
  readonly against: string;
  readonly budget: string;
  readonly lambda: string;
  readonly security?: string;
  readonly utility?: string;
  readonly set?: string[];
  readonly episodes: string;
  readonly seed: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

type Seats = Readonly<Record<string, PolicyFactory>>;

/** masque tune */
export async function run(
  io: Io,
  [side, id, script, ...settings]: readonly string[],
  options: Options,
): Promise<number> {
  if (side !== "attack") throw unknownName("kind of script to tune", side, ["attack"]);
  const chosen = await chooseEnvironment(id, settings, options.plugins);
  const { registry, plugin, params, roles } = chosen;
  const { env } = plugin;
  const scripts = await plugin.policies();
  const tuned = tunableOf(scripts, env.id, script);
  checkController(env, roles, scriptAt(scripts, env.id, { name: script, set: {} }).controller, `attack "${script}"`);
  const baseline = await registry.baseline("script-search");
  const given = parseOverrides(options.set ?? [], "a setting NAME=VALUE, as in population=16");
  if ("script" in given) throw new InputError("--set: the script is named already, before the parameters.");
  const config = resolveConfig(baseline, { ...given, script });
  const aim = {
    security: metricName(env, "security", options.security),
    utility: metricName(env, "utility", options.utility),
    lambda: factor(options.lambda),
  };
  const budget = wholeNumber("--budget", options.budget, 1, 1e12);
  const episodes = wholeNumber("--episodes", options.episodes, 2, 1e6);
  const seed = wholeNumber("--seed", options.seed, 0);
  const defence = defenceOf(chosen, scripts, options.against);
  const folder = options.out ?? join("runs", `tune-${plugin.name}-${script}`);
  if (list(folder).length > 0) throw new InputError(`${folder} is not empty. Choose another --out.`);

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true, "steps");
  try {
    const trained = await train({
      environment: env,
      params,
      roles: Object.fromEntries(attackerRoles(roles).map((role) => [role, { baseline, config }])),
      policies: defence,
      scripts,
      aim,
      budget,
      seed,
      split: ["train-attack", 0],
      signal: interrupt.signal,
      onProgress({ steps, total, stats }) {
        const label = `${aim.security} ${stats.best.toFixed(3)} at best in this generation`;
        progress.update({
          cells: Math.min(steps, total),
          ofCells: total,
          done: Math.min(1, steps / total),
          running: [{ label }],
        });
      },
    });
    const play = (attack: Seats) =>
      evaluateAsync(env, {
        params,
        policies: { ...defence, ...attack },
        episodes,
        seed,
        split: ["tuned"],
        signal: interrupt.signal,
      });
    const seats = Object.fromEntries(
      Object.entries(trained.policies).map(([role, data]) => [role, policyFrom(data, scripts)]),
    );
    const clean = await play(scriptedAttack(env, roles, scripts, "none"));
    const before = await play(scriptedAttack(env, roles, scripts, script));
    const after = await play(completeAttack(env, roles, scripts, seats, "what was found"));
    progress.stop();
    makeFolder(folder);
    for (const [role, data] of Object.entries(trained.policies)) savePolicy(join(folder, role), data);
    const values = Object.values(trained.policies).find((data) => data.script?.name === script)?.script?.set;
    const set = values ?? declared(tuned);
    const found = {
      environment: env.id,
      params,
      script,
      against: options.against,
      aim,
      set,
      edges: edgesOf(tuned, set),
      steps: trained.steps,
      episodes,
      declared: metricIntervals(env, before, clean, seed),
      tuned: metricIntervals(env, after, clean, seed),
      gains: metricGains(env, { before, after, clean }, seed),
      folder,
    };
    const again = { environment: id, settings, plugins: options.plugins ?? [] };
    io.out(options.json ? pretty(found) : tunedText(found, tuned, again, io.paint));
    return DONE;
  } catch (error) {
    progress.stop();
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was written. The same command begins again, and ends alike.\n");
    return INTERRUPTED;
  } finally {
    undo();
  }
}

/** How everyone else plays: a scripted defence, or one that was trained and saved. @throws InputError where it is neither. */
function defenceOf(chosen: Chosen, scripts: ScriptedPolicies, against: string): Seats {
  const { env } = chosen.plugin;
  const known = defenceNames(chosen.roles, scripts).includes(against);
  if (known || (!existsSync(against.replace(/(\.json)?$/, ".json")) && !existsSync(against)))
    return defencePolicies(env, chosen.roles, scripts, against);
  const { seats } = readSaved(chosen, scripts, against);
  const attacker = Object.keys(seats).find((role) => chosen.roles[role].side === "attacker");
  if (attacker) throw new InputError(`--against ${against}: holds a policy of the attackers' role "${attacker}".`);
  return { ...defencePolicies(env, chosen.roles, scripts, "default"), ...seats };
}

/** A metric by name; the first of its axis where none is named. */
export function metricName(
  { id, metrics }: Environment,
  axis: "security" | "utility",
  given: string | undefined,
): string {
  if (given !== undefined && !Object.hasOwn(metrics, given))
    throw unknownName(`metric of ${id}`, given, Object.keys(metrics));
  return given ?? Object.keys(metrics).find((name) => metrics[name].axis === axis) ?? Object.keys(metrics)[0];
}

function factor(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1e6) return value;
  throw new InputError(`--lambda: got "${text.slice(0, 40)}", expected a number from 0 to 1000000.`);
}
