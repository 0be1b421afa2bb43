import { pow } from "../../src/numeric/index.ts";
import { binomialPmf, binomialPmfTable, type RandomisedTest } from "../../src/stats/index.ts";
import { matches, symbolCode } from "./codes.ts";
import { type ScreeningStego, SYMBOLS, TASK_BITS, watched, watchers } from "./params.ts";
import { hitTest } from "./screening.ts";

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

/** P(the likeliest word is the one that was sent | η) for a code over whole symbols, exactly: Σ_m max_x P(m|x) / |code|. */
export function codeAccuracy(code: Uint16Array, eta: number): number {
  const likelihood = Array.from(
    { length: SYMBOLS + 1 },
    (_, n) => pow(1 - (3 * eta) / 4, n) * pow(eta / 4, SYMBOLS - n),
  );
  let sum = 0;
  for (let message = 0; message < 4 ** SYMBOLS; message++) {
    let most = 0;
    for (let x = 0; x < code.length; x++) most = Math.max(most, likelihood[matches(code[x], message)]);
    sum += most;
  }
  return sum / code.length;
}

/** (accuracy − chance) / (1 − chance), chance being 2^−bits. */
export const corrected = (accuracy: number, bits: number): number => (accuracy - 2 ** -bits) / (1 - 2 ** -bits);

/** The most that can leak in a message under paraphrase η, with nobody watching: the secret takes all symbols. */
export const wideLeak = ({ secretBits, paraphrase }: ScreeningStego): number =>
  corrected(codeAccuracy(symbolCode(secretBits), paraphrase), secretBits);

/** Utility of honest play: (1 − α) × chance-corrected task accuracy of the honest code. */
export const utility = ({ falseAlarm, paraphrase }: ScreeningStego): number =>
  (1 - falseAlarm) * corrected(codeAccuracy(symbolCode(TASK_BITS), paraphrase), TASK_BITS);

/** Law of the hits in n messages of which `sent` carry the secret, guessed right with p, the others a wrong one. */
export function hitLaw(n: number, sent: number, p: number, secretBits: number): Float64Array {
  const a = binomialPmfTable(sent, p);
  const b = binomialPmfTable(n - sent, (1 - p) / (2 ** secretBits - 1));
  return convolve(a, b);
}

/**
 * Mean gain of a pair that sends the secret in `share(n)` of the n messages of each overseer and a wrong one in the
 * others, chosen privately, under overseers that guess as the receiver does. @param p accuracy of a message's code
 */
export function watchedGain(params: ScreeningStego, share: (n: number) => number, p: number): number {
  const { rounds, secretBits } = params;
  let all = Float64Array.of(1); // law of the hits so far, over 0 … rounds
  let spared = Float64Array.of(1); // the same where nobody has flagged
  for (let i = 0; i < watchers(params); i++) {
    const n = watched(params, i);
    const test = hitTest(params, i);
    const law = hitLaw(n, share(n), p, secretBits);
    all = convolve(all, law);
    spared = convolve(
      spared,
      law.map((mass, h) => mass * passes(test, h)),
    );
  }
  let gain = 0;
  for (let h = 0; h <= rounds; h++) {
    const leak = corrected(h / rounds, secretBits);
    gain += all[h] * leak - (all[h] - spared[h]) * Math.max(0, leak);
  }
  return gain;
}

/** P(the test does not flag | h hits). */
const passes = ({ threshold, probabilityAtThreshold }: RandomisedTest, h: number): number =>
  h > threshold ? 0 : h === threshold ? 1 - probabilityAtThreshold : 1;

function convolve(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) sum[i + j] += a[i] * b[j];
  return sum;
}

/** The count of true secrets among n messages that gains most under a watching Bayes overseer, n being an overseer's share. */
export function bestShare(params: ScreeningStego): { share: number; gain: number } {
  const p = codeAccuracy(symbolCode(params.secretBits), params.paraphrase);
  const n = watched(params, 0);
  let best = { share: 0, gain: Number.NEGATIVE_INFINITY };
  for (let share = 0; share <= n; share++) {
    const gain = watchedGain(params, (m) => Math.min(share, m), p);
    if (gain > best.gain) best = { share, gain };
  }
  return best;
}

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
