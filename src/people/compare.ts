import type { Environment } from "../env/define.ts";
import { metricIntervals } from "../frontier/scores.ts";
import type { OpenGame } from "../llm/game.ts";
import { attackerRoles, defenceNames, defencePolicies, randomAttack, scriptedAttack } from "../play/cast.ts";
import { type Episodes, evaluate } from "../play/evaluate.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { Estimate } from "../stats/estimate.ts";

/** One way to play, and every metric of it. */
export interface Line {
  readonly name: string;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** Every metric with a bootstrap over episodes; of one episode, which has nothing to resample, without an interval. */
export function intervalsOf(env: Environment, attacked: Episodes, clean: Episodes, seed: number): Line["metrics"] {
  const found = metricIntervals(env, attacked, clean, seed);
  if (attacked.counters.length > attacked.names.length) return found;
  return Object.fromEntries(Object.entries(found).map(([name, { mean }]) => [name, { mean, low: null, high: null }]));
}

/** Episodes 0 … of a seed. */
export interface Stretch {
  readonly seed: number;
  readonly episodes: number;
}

/** Random play and every script of the side that somebody plays, in the same episodes; intervals over these. */
export function compareScripts(open: OpenGame, stretches: readonly Stretch[]): Line[] {
  const { env, roles, scripts, game } = open;
  const { params } = open.plays.attacked;
  const play = (policies: Readonly<Record<string, PolicyFactory>>) =>
    together(stretches.map((one) => evaluate(env, { ...one, params, policies, split: game.split })));
  const line = (name: string, a: Episodes, b: Episodes): Line => ({
    name,
    metrics: intervalsOf(env, a, b, stretches[0].seed),
  });
  const attack = (name: string) =>
    name === "random" && !Object.hasOwn(scripts.attacks, name)
      ? randomAttack(roles)
      : scriptedAttack(env, roles, scripts, name);
  if (Object.keys(game.players).some((role) => attackerRoles(roles).includes(role))) {
    const others = defencePolicies(env, roles, scripts, game.defence);
    const peace = play({ ...others, ...attack("none") });
    const names = [...new Set(["none", "random", ...Object.keys(scripts.attacks)])];
    return names.map((name) => line(name, play({ ...others, ...attack(name) }), peace));
  }
  return defenceNames(roles, scripts).map((name) => {
    const others = defencePolicies(env, roles, scripts, name);
    return line(name, play({ ...others, ...attack(game.attack) }), play({ ...others, ...attack("none") }));
  });
}

/** Episodes of several stretches as those of one. */
export function together(parts: readonly Episodes[]): Episodes {
  const join = (of: (one: Episodes) => Float64Array) => Float64Array.from(parts.flatMap((one) => [...of(one)]));
  return {
    ...parts[0],
    counters: join(({ counters }) => counters),
    returns: join(({ returns }) => returns),
    steps: parts.reduce((sum, { steps }) => sum + steps, 0),
    traces: Int32Array.from(parts.flatMap(({ traces }) => [...traces])),
  };
}
