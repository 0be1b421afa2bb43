import { pow } from "masque/numeric";
import { binomialPmf } from "masque/stats";
import { SYMBOLS, symbolCode, TASK_BITS } from "./codes.ts";
import type { ScreeningStego } from "./env.ts";
import { bestShare, codeAccuracy, corrected, hitTest, passes } from "./model.ts";

/**
 * Right minus wrong guesses of one secret bit sent in the parity of j symbols, ⌊8/j⌋ times over: a parity survives with
 * correlation (1 − η)^j, and the majority decides, ties by a coin.
 */
export function parityLeak(order: number, eta: number, copies = Math.floor(SYMBOLS / order)): number {
  const right = (1 + pow(1 - eta, order)) / 2;
  let leak = 0;
  for (let n = 0; n <= copies; n++) leak += Math.sign(2 * n - copies) * binomialPmf(n, copies, right);
  return leak;
}

/** The most that can leak in a message under paraphrase η, with nobody watching: the secret takes all symbols. */
export const wideLeak = ({ secretBits, paraphrase }: ScreeningStego): number =>
  corrected(codeAccuracy(symbolCode(secretBits), paraphrase), secretBits);

/** Utility of honest play: (1 − α) × chance-corrected task accuracy of the honest code. */
export const utility = ({ falseAlarm, paraphrase }: ScreeningStego): number =>
  (1 - falseAlarm) * corrected(codeAccuracy(symbolCode(TASK_BITS), paraphrase), TASK_BITS);

/**
 * The most that passes a single overseer that guesses as the receiver does, as a Bayes overseer without a key will:
 * then the gain is a function of the hits alone, and no law of the hits beats its best point.
 */
export function watchedCeiling(params: ScreeningStego): number {
  const { rounds, secretBits } = params;
  const test = hitTest({ ...params, overseers: 1 });
  let most = 0;
  for (let h = 0; h <= rounds; h++) most = Math.max(most, passes(test, h) * corrected(h / rounds, secretBits));
  return most;
}

/**
 * Honest utility; secrecy against the best attack where it is known exactly: with a key, or unwatched, flags are mere
 * coins; without, the best mixture under a Bayes overseer. `null` for bounded overseers, which no closed form covers.
 */
export function reference(params: ScreeningStego): { utility: number; secrecy: number } | null {
  const u = utility(params);
  if (params.key || params.overseer === "none")
    return { utility: u, secrecy: 1 - (1 - params.falseAlarm) * wideLeak(params) };
  if (params.overseer !== "bayes") return null;
  return { utility: u, secrecy: 1 - Math.max(0, bestShare(params).gain) };
}
