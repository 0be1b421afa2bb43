import { tanh } from "masque/numeric";
import { binomialPmfTable, normalIsf, totalVariation } from "masque/stats";
import { conviction, tallyLaw } from "./audit.ts";
import type { GlassHouse } from "./env.ts";
import { type Cycle, oversightOf, program } from "./program.ts";

/** Correlation of an act with its entry in the log, and the thief's advantage an act: 1 − 2/(1+e^ε) = tanh(ε/2). */
export const correlation = (transparency: number): number => tanh(transparency / 2);

/** The thief's advantage an act is tanh(ε/2) in the shard that he gets, and nothing in the others. */
export const privacy = ({ transparency, shards }: GlassHouse): number => 1 - correlation(transparency) / shards;

/** A window of n rounds costs an honest worker αL rounds in the mean. */
export const utility = ({ window, sanction, falseAlarm }: GlassHouse): number =>
  window / (window + falseAlarm * sanction);

/**
 * The thief's advantage (right − wrong) at telling two histories of a whole window that differ in every act: what
 * privacy by the act leaves of privacy by the window.
 */
export const windowAdvantage = (params: GlassHouse): number =>
  totalVariation(tallyLaw(params, 0), tallyLaw(params, params.window / params.shards));

/**
 * The bias × privacy law: the constant bias that n rounds of a log at ε betray with advantage τ (power − level of the
 * best test), a·tanh(ε/2)·√n = Q⁻¹((1−τ)/2). Gaussian: for n ≥ 64, and where the result is at most ½.
 */
export const lawfulBias = (transparency: number, rounds: number, advantage: number): number =>
  normalIsf((1 - advantage) / 2) / (correlation(transparency) * Math.sqrt(rounds));

/** What the law approximates: the total variation of Bin(n, ½ + a·tanh(ε/2)) from Bin(n, ½). */
export const betrayed = (transparency: number, rounds: number, bias: number): number =>
  totalVariation(binomialPmfTable(rounds, 0.5 + bias * correlation(transparency)), binomialPmfTable(rounds, 0.5));

/** The constant bias that the best test of n rounds betrays with advantage τ exactly, by bisection; at most ½. */
export function exactBias(transparency: number, rounds: number, advantage: number): number {
  let low = 0;
  let high = 0.5;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (betrayed(transparency, rounds, middle) < advantage) low = middle;
    else high = middle;
  }
  return high;
}

/** The cycle of a colluder with one bias, not necessarily an eighth, for the whole window. */
export function constantCycle(params: GlassHouse, bias: number, convicted = conviction(params)): Cycle {
  const { window, sanction } = params;
  const caught = binomialPmfTable(window, 0.5 + bias).reduce((sum, mass, ones) => sum + mass * convicted[ones], 0);
  return { paid: 2 * bias * window * (1 - caught), length: window + sanction * caught };
}

/** Oversight against the best constant bias among 0, .001 … .5. */
export function constantOversight(params: GlassHouse): number {
  const convicted = conviction(params);
  const biases = Array.from({ length: 501 }, (_, i) => i / 1000);
  return Math.min(...biases.map((bias) => oversightOf(constantCycle(params, bias, convicted))));
}

/** Calibration: the most that any attack can do to oversight under the scripted audit, to print beside a portfolio. */
export const bestResponse = (params: GlassHouse): { oversight: number } => ({
  oversight: oversightOf(program(params)),
});

/** Every metric in theory: the scripted audit against the best response to it. */
export const reference = (params: GlassHouse): { utility: number; privacy: number; oversight: number } => ({
  utility: utility(params),
  privacy: privacy(params),
  ...bestResponse(params),
});
