import { resolveParams } from "../../../src/env/params.ts";
import type { Baseline } from "../../../src/learn/baseline.ts";
import { train } from "../../../src/learn/train.ts";
import type { EnvironmentPlugin } from "../../../src/library/plugin.ts";
import { attackerRoles, defencePolicies } from "../../../src/play/cast.ts";
import { evaluate, metricsOf, sumCounters } from "../../../src/play/evaluate.ts";
import { policyFrom } from "../../../src/policy/from-data.ts";
import type { PolicyFactory } from "../../../src/policy/policy.ts";
import type { Setting } from "./settings.ts";

type Attack = Readonly<Record<string, PolicyFactory>>;

export interface AttackScore {
  /** Mean return of an attacker. */
  readonly value: number;
  readonly security: Readonly<Record<string, number>>;
}

/** An environment with its default defence seated, in a setting: trains attackers against it and scores them. */
export async function arena({ env, policies }: EnvironmentPlugin, setting: Setting, given: Given) {
  const { params = {}, configs = {}, budgets = {}, budget = given.budget, episodes = given.episodes } = setting;
  const roles = env.roles(resolveParams(env, params));
  const attackers = attackerRoles(roles);
  const scripts = await policies();
  const others = defencePolicies(env, roles, scripts, "default");
  const metrics = Object.keys(env.metrics).filter((metric) => env.metrics[metric].axis === "security");

  return {
    env,
    params,
    roles,
    scripts,
    metrics,
    /** Scores an attack over the test episodes of one seed, at these parameters or at others. */
    score(attack: Attack, seed: number, at: Readonly<Record<string, unknown>> = {}): AttackScore {
      const play = (acts: Attack) =>
        evaluate(env, {
          params: { ...params, ...at },
          policies: { ...others, ...acts },
          episodes,
          seed,
          split: ["test", seed],
        });
      const clean = sumCounters(play(scripts.attacks.none.roles));
      const attacked = play(attack);
      const columns = attackers.map((role) => attacked.roles.indexOf(role));
      const total = attacked.returns
        .filter((_, i) => columns.includes(i % attacked.roles.length))
        .reduce((sum, r) => sum + r, 0);
      return {
        value: total / (episodes * attackers.length),
        security: metricsOf(env, sumCounters(attacked), clean),
      };
    },
    /** Environment steps that a training by a baseline has here. */
    budgetOf: ({ id }: Baseline): number => budgets[id] ?? budget,
    /** Trains all attackers by a baseline, on a share of its budget; with levels, one training for all of them. */
    async train(
      baseline: Baseline,
      seed: number,
      {
        levels,
        share = 1,
        set = given.set,
      }: { levels?: readonly Readonly<Record<string, number>>[]; share?: number; set?: Given["set"] } = {},
    ): Promise<Attack> {
      const trained = await train({
        environment: env,
        params,
        levels,
        roles: Object.fromEntries(attackers.map((role) => [role, baseline({ ...configs[baseline.id], ...set })])),
        policies: others,
        scripts,
        budget: Math.round(share * (budgets[baseline.id] ?? budget)),
        seed,
      });
      return Object.fromEntries(Object.entries(trained.policies).map(([role, data]) => [role, policyFrom(data)]));
    },
  };
}

/** What a setting does not name. */
export interface Given {
  readonly budget: number;
  readonly episodes: number;
  /** Settings of the baselines, over those of the setting. */
  readonly set: Readonly<Record<string, unknown>>;
}
