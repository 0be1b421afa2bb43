import { pretty } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { metricIntervals } from "../../frontier/scores.ts";
import {
  checkController,
  checkCoordination,
  completeAttack,
  defencePolicies,
  randomAttack,
  scriptedAttack,
} from "../../play/cast.ts";
import { type Episodes, evaluateAsync } from "../../play/evaluate.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { policyFrom } from "../../policy/from-data.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../policy/policy.ts";
import { scriptAt, settingText } from "../../policy/tunable.ts";
import { interval } from "../../report/frontier-text.ts";
import { number, table } from "../../report/text.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { wholeNumber } from "../runs/open.ts";
import { readAttacks } from "./attacks.ts";
import { type Chosen, chooseEnvironment } from "./choose.ts";

interface Options {
  readonly attack: string;
  readonly defence: string;
  readonly policy?: string[];
  readonly episodes: string;
  readonly seed: string;
  readonly json?: boolean;
  readonly plugins?: string[];
}

/** masque eval */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const chosen = await chooseEnvironment(id, settings, options.plugins);
  const { plugin, params, roles } = chosen;
  const { env } = plugin;
  const episodes = wholeNumber("--episodes", options.episodes, 1, 1e7);
  const seed = wholeNumber("--seed", options.seed, 0);
  const policies = await plugin.policies();
  const saved = (options.policy ?? []).map((path) => readSaved(chosen, policies, path));
  const defending = saved.flatMap(({ path, seats }) => {
    const others = Object.entries(seats).filter(([role]) => roles[role].side !== "attacker");
    return others.length > 0 ? [{ path, seats: Object.fromEntries(others) }] : [];
  });
  const defence = Object.assign(
    defencePolicies(env, roles, policies, options.defence),
    ...defending.map(({ seats }) => seats),
  ) as Readonly<Record<string, PolicyFactory>>;
  const defended = [options.defence, ...defending.map(({ path }) => path)].join(" with ");
  const attacks = await chooseAttacks(chosen, options, saved);

  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const play = (attack: Readonly<Record<string, PolicyFactory>>) =>
    evaluateAsync(env, {
      params,
      policies: { ...defence, ...attack },
      episodes,
      seed,
      split: ["test", 0],
      signal: interrupt.signal,
    });
  try {
    // Metrics compare with the clean arm: the same episodes without attack.
    const clean = await play(scriptedAttack(env, roles, policies, "none"));
    const results = [];
    for (const [name, attack] of attacks)
      results.push(describe(name, name === "none" ? clean : await play(attack), clean));
    if (options.json) io.out(pretty({ environment: env.id, params, defence: defended, episodes, seed, results }));
    else io.out(report(results));
    return DONE;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped.\n");
    return INTERRUPTED;
  } finally {
    undo();
  }

  function describe(name: string, played: Episodes, clean: Episodes) {
    const means = played.roles.map((role, r) => {
      let sum = 0;
      for (let e = 0; e < episodes; e++) sum += played.returns[e * played.roles.length + r];
      return [role, sum / episodes];
    });
    const returns = Object.fromEntries(means) as Record<string, number>;
    return { attack: name, metrics: metricIntervals(env, played, clean, seed), returns };
  }

  function report(
    results: readonly { attack: string; metrics: Record<string, Estimate>; returns: Record<string, number> }[],
  ): string {
    const metrics = Object.keys(env.metrics);
    const names = Object.keys(results[0].returns);
    const rows = results.map(({ attack, metrics: values, returns }) => [
      attack,
      ...metrics.map((metric) => interval(values[metric])),
      ...names.map((role) => number(returns[role])),
    ]);
    const head = ["attack", ...metrics, ...names.map((role) => `return of ${role}`)];
    const arms = Object.entries(params)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
    return (
      `${io.paint("bold", env.id)} ${arms}\ndefence ${defended}, ${episodes} episodes; 95 % intervals over episodes\n\n` +
      table([head, ...rows], io.paint)
    );
  }
}

interface Saved {
  readonly path: string;
  readonly seats: Readonly<Record<string, PolicyFactory>>;
}

/** Saved policies of any roles. @throws InputError unless they are for this environment. */
export function readSaved(
  { plugin: { env }, roles }: Pick<Chosen, "plugin" | "roles">,
  scripts: ScriptedPolicies,
  path: string,
): Saved {
  const data = loadPolicies(path, Object.keys(roles));
  for (const { environment, role, joint } of Object.values(data)) {
    if (environment !== env.id) throw new InputError(`${path} was trained in ${environment}, not in ${env.id}.`);
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
    checkCoordination(env, roles[role].side, { id: path, coordination: joint ? "joint" : "factored" });
  }
  const seats = Object.entries(data).map(([role, policy]) => [role, policyFrom(policy, scripts)]);
  return { path, seats: Object.fromEntries(seats) };
}

/** Attacks by name: the saved ones where there are any. @throws InputError for unknown ones. */
async function chooseAttacks(
  { plugin, roles }: Chosen,
  options: Options,
  saved: readonly Saved[],
): Promise<[string, Readonly<Record<string, PolicyFactory>>][]> {
  const { env } = plugin;
  const policies = await plugin.policies();
  const attacking = saved.flatMap(({ path, seats }) => {
    const own = Object.entries(seats).filter(([role]) => roles[role].side === "attacker");
    return own.length > 0 ? [{ path, own }] : [];
  });
  if (attacking.length > 0) {
    const path = attacking.map((one) => one.path).join(", ");
    const seats = Object.fromEntries(attacking.flatMap(({ own }) => own));
    return [[path, completeAttack(env, roles, policies, seats, `the policy ${path}`)]];
  }
  const all = ["none", "random", ...Object.keys(policies.attacks)].map((name) => ({ name, set: {} }));
  const asked = options.attack === "all" ? all : readAttacks(options.attack);
  const named = new Map(asked.map((one) => [settingText(one.name, one.set), one]));
  return [...named].map(([text, { name, set }]) => {
    if (name === "random" && !Object.hasOwn(policies.attacks, name)) return [text, randomAttack(roles)];
    if (Object.keys(set).length === 0) return [text, scriptedAttack(env, roles, policies, name)];
    const { controller } = scriptAt(policies, env.id, { name, set });
    checkController(env, roles, controller, `attack "${text}"`);
    return [text, completeAttack(env, roles, policies, controller.roles, `attack "${text}"`)];
  });
}
