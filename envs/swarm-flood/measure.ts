import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { type PolicyFactory, random } from "../../src/policy/policy.ts";
import env from "./env.ts";
import scripts from "./policies.ts";
import type { Params } from "./spaces.ts";

export type Attack = keyof typeof scripts.attacks | "random";
export type Defence = keyof typeof scripts.defences | "default";

export interface Measured {
  /** Clean goodput over demand, and the same under attack. */
  readonly utility: number;
  readonly attackedUtility: number;
  readonly security: number;
  /** Goodput under attack as a share of goodput in peace, with everything else equal. */
  readonly kept: number;
}

export const attackers = Object.keys(scripts.attacks).filter((name) => name !== "none") as Attack[];

/**
 * Plays episodes 0 … episodes−1 of a split in the clean arm, and once for each attack: a script by name, or a policy.
 */
export function measure<const A extends readonly (Attack | PolicyFactory<Params>)[]>(
  params: Partial<Params>,
  attacks: A,
  defence: Defence = "default",
  { episodes = 64, split = "test" }: { readonly episodes?: number; readonly split?: string } = {},
): { [K in keyof A]: Measured } {
  const { client, gateway } = {
    ...scripts.defaults,
    ...(defence === "default" ? {} : scripts.defences[defence].roles),
  };
  const count = (bot: PolicyFactory<Params>) =>
    sumCounters(evaluate(env, { params, policies: { client, gateway, bot }, episodes, seed: 1, split: [split] }));
  const clean = count(scripts.attacks.none.roles.bot);
  const { utility } = metricsOf(env, clean, clean);
  return attacks.map((attack): Measured => {
    const bot =
      typeof attack === "function" ? attack : attack === "random" ? random : scripts.attacks[attack].roles.bot;
    const attacked = count(bot);
    const { utility: attackedUtility, security } = metricsOf(env, attacked, clean);
    return { utility, attackedUtility, security, kept: attacked.goodput / clean.goodput };
  }) as { [K in keyof A]: Measured };
}
