import { resolveParams } from "../../../src/env/params.ts";
import type { EnvironmentPlugin } from "../../../src/library/plugin.ts";
import { defencePolicies, scriptedAttack } from "../../../src/play/cast.ts";
import { type Episodes, evaluate } from "../../../src/play/evaluate.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../../src/policy/policy.ts";

export type Seats = Readonly<Record<string, PolicyFactory>>;

/** The root of all randomness, and the labels of the episodes that are scored: those of `masque eval` and `masque llm`. */
export const SEED = 1;
export const SCORED = ["test", 0] as const;

/** A level of the default defence, with everybody seated but the attackers. */
export interface Place {
  readonly plugin: EnvironmentPlugin;
  readonly scripts: ScriptedPolicies;
  readonly params: Readonly<Record<string, unknown>>;
  readonly roles: ReturnType<EnvironmentPlugin["env"]["roles"]>;
  readonly defence: Seats;
  readonly security: string;
  readonly utility: string;
  script(name: string): Seats;
  /** Episodes 0 … n−1 of a split; the scored ones when it is omitted. */
  play(attack: Seats, episodes: number, split?: readonly (string | number)[]): Episodes;
}

/** @throws InputError for parameters that the environment refuses */
export async function openPlace(plugin: EnvironmentPlugin, given: Readonly<Record<string, unknown>>): Promise<Place> {
  const { env } = plugin;
  const scripts = await plugin.policies();
  const params: Place["params"] = resolveParams(env, given);
  const roles = env.roles(params);
  const defence = defencePolicies(env, roles, scripts, "default");
  const first = (axis: "security" | "utility") =>
    Object.keys(env.metrics).find((name) => env.metrics[name].axis === axis)!;
  return {
    ...{ plugin, scripts, params, roles, defence, security: first("security"), utility: first("utility") },
    script: (name) => scriptedAttack(env, roles, scripts, name),
    play: (attack, episodes, split = SCORED) =>
      evaluate(env, { params, policies: { ...defence, ...attack }, episodes, seed: SEED, split }),
  };
}
