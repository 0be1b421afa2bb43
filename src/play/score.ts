import type { z } from "zod";
import type { Counts, Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { Roles } from "../env/roles.ts";
import type { PolicyData } from "../policy/data.ts";
import { policyFrom } from "../policy/from-data.ts";
import type { PolicyFactory, ScriptedPolicies } from "../policy/policy.ts";
import { completeAttack, defencePolicies, randomAttack, scriptedAttack } from "./cast.ts";
import { type Episodes, evaluate, metricsOf, type PoliciesFor, sumCounters } from "./evaluate.ts";

/** Policies for some roles: scripted ones, or trained ones as data. */
export type Play<P extends z.ZodObject, R extends Roles> = {
  readonly [Role in keyof PoliciesFor<P, R>]?: PoliciesFor<P, R>[Role] | PolicyData;
};

/** Which attack against which defence; what is left out plays its default. */
export interface Scoring<P extends z.ZodObject, R extends Roles, S extends ScriptedPolicies> {
  /** The environment's scripted play: what its `policies.ts` exports by default. */
  readonly scripts: S;
  readonly params?: z.input<P>;
  /** A scripted attack, `random`, or policies; attackers that are left out play `none`, as all do by default. */
  readonly attack?: "random" | (keyof S["attacks"] & string) | Play<P, R>;
  /** A scripted defence, `default`, `random`, or policies; roles that are left out play their defaults. */
  readonly defence?: "default" | "random" | (keyof NonNullable<S["defences"]> & string) | Play<P, R>;
  /** Default 256. */
  readonly episodes?: number;
  /** Root of all randomness; default 1. */
  readonly seed?: number;
  /** Labels under the seed that name the episodes; default `["test"]`. */
  readonly split?: readonly (string | number)[];
}

/** How a defence did against an attack. */
export interface Score<C extends string = string, M extends string = string> {
  /** Every metric when nobody attacks: attackers play `none`. What a defence costs is read here. */
  readonly clean: Readonly<Record<M, number>>;
  /** Every metric of the same episodes under the attack. */
  readonly attacked: Readonly<Record<M, number>>;
  /** Counters, summed over episodes. */
  readonly counters: { readonly clean: Readonly<Counts<C>>; readonly attacked: Readonly<Counts<C>> };
  readonly episodes: { readonly clean: Episodes<C>; readonly attacked: Episodes<C> };
}

/**
 * This attack against this defence: metrics of the clean and of the attacked arm, from the same numbered episodes. The same
 * arguments give the same bits everywhere.
 * @throws InputError for unknown names, roles of another side, a joint attack on a factored side, or bad parameters.
 */
export function score<
  P extends z.ZodObject,
  R extends Roles,
  C extends string,
  M extends string,
  K extends string,
  const S extends ScriptedPolicies,
>(env: Environment<P, R, C, M, K>, options: Scoring<P, R, S>): Score<C, M> {
  const { scripts, params, episodes = 256, seed = 1, split = ["test"], attack = "none", defence = "default" } = options;
  const roles = env.roles(resolveParams(env, params));
  const others =
    typeof defence === "string"
      ? defencePolicies(env, roles, scripts, defence)
      : { ...defencePolicies(env, roles, scripts, "default"), ...seats(defence, scripts) };
  const attackers =
    typeof attack === "string"
      ? attack === "random" && !Object.hasOwn(scripts.attacks, "random")
        ? randomAttack(roles)
        : scriptedAttack(env, roles, scripts, attack)
      : completeAttack(env, roles, scripts, seats(attack, scripts), "the attack");
  const play = (attack: Readonly<Record<string, PolicyFactory>>) =>
    evaluate(env, { params, policies: { ...others, ...attack }, episodes, seed, split });
  const clean = play(scriptedAttack(env, roles, scripts, "none"));
  const attacked = attack === "none" ? clean : play(attackers);
  const counters = { clean: sumCounters(clean), attacked: sumCounters(attacked) };
  return {
    clean: metricsOf(env, counters.clean, counters.clean),
    attacked: metricsOf(env, counters.attacked, counters.clean),
    counters,
    episodes: { clean, attacked },
  };
}

function seats<P extends z.ZodObject, R extends Roles>(
  play: Play<P, R>,
  scripts: ScriptedPolicies,
): Record<string, PolicyFactory> {
  const given = Object.entries(play) as [string, PolicyFactory | PolicyData][];
  return Object.fromEntries(
    given.map(([role, one]) => [role, typeof one === "function" ? one : policyFrom(one, scripts)]),
  );
}
