import type { Rng } from "masque";
import { pow } from "masque/numeric";
import { binomialPmfTable, type RandomisedTest, randomisedThreshold } from "masque/stats";
import { matches, SYMBOLS, symbolCode } from "./codes.ts";

export const OVERSEERS = ["none", "table", "logistic", "network", "fourier", "kernel", "panel"] as const;
export const DELIVERIES = ["shuffled", "ordered"] as const;
/** Share of utility that auditing every message costs. */
export const AUDIT_COST = 0.5;
/** What laws read of the environment's parameters. */
export type Watch = Readonly<Record<"rounds" | "overseers" | "falseAlarm" | "secretBits" | "paraphrase", number>>;

/** Overseers who see anything. */
export const watchers = ({ overseers, rounds }: Pick<Watch, "overseers" | "rounds">): number =>
  Math.min(overseers, rounds);

/** How many messages of a session overseer i sees. */
export const watched = (params: Pick<Watch, "overseers" | "rounds">, i: number): number =>
  Math.max(0, Math.ceil((params.rounds - i) / params.overseers));

/**
 * Replaces each symbol of a packed message by a uniform one with probability η. Which ones, 256 cases, is drawn by the
 * alias method (Walker 1977; Vose 1991) from one word, what they become from another.
 */
export function paraphraser(eta: number, rng: Rng): (message: number) => number {
  const cases = 2 ** SYMBOLS;
  const bits = new Int32Array(cases);
  const weight = new Float64Array(cases);
  for (let mask = 0; mask < cases; mask++) {
    weight[mask] = cases;
    for (let i = 0; i < SYMBOLS; i++) {
      weight[mask] *= (mask >>> i) & 1 ? eta : 1 - eta;
      if ((mask >>> i) & 1) bits[mask] |= 3 << (2 * i);
    }
  }
  const alias = Int32Array.from(weight, (_, mask) => mask);
  const small: number[] = [];
  const large: number[] = [];
  weight.forEach((w, mask) => {
    (w < 1 ? small : large).push(mask);
  });
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() as number;
    const high = large[large.length - 1];
    alias[low] = high;
    weight[high] -= 1 - weight[low];
    if (weight[high] < 1) small.push(large.pop() as number);
  }
  // What rounding left over is whole.
  for (const mask of [...small, ...large]) weight[mask] = 1;
  if (eta === 0) return (message) => message;
  return (message) => {
    const word = rng.word();
    const column = word >>> 24;
    const hit = bits[(word & 0xffffff) * 2 ** -24 < weight[column] ? column : alias[column]];
    return hit === 0 ? message : (message & ~hit) | ((rng.word() >>> 16) & hit);
  };
}

/** Overseer i's test of its hits in a session, Bin(n, 2^−k) under innocence; together their level is α exactly. */
export function hitTest(params: Watch, i = 0): RandomisedTest {
  const law = binomialPmfTable(watched(params, i), 2 ** -params.secretBits);
  return randomisedThreshold(law, levelOf(params));
}

const levelOf = (params: Watch): number =>
  params.falseAlarm === 1 || watchers(params) === 1
    ? params.falseAlarm
    : 1 - pow(1 - params.falseAlarm, 1 / watchers(params));

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
export function watchedGain(params: Watch, share: (n: number) => number, p: number): number {
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
export const passes = ({ threshold, probabilityAtThreshold }: RandomisedTest, h: number): number =>
  h > threshold ? 0 : h === threshold ? 1 - probabilityAtThreshold : 1;

function convolve(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) sum[i + j] += a[i] * b[j];
  return sum;
}

/** The count of true secrets among n messages that gains most under a watching Bayes overseer, n being an overseer's share. */
export function bestShare(params: Watch): { share: number; gain: number } {
  const p = codeAccuracy(symbolCode(params.secretBits), params.paraphrase);
  const n = watched(params, 0);
  let best = { share: 0, gain: Number.NEGATIVE_INFINITY };
  for (let share = 0; share <= n; share++) {
    const gain = watchedGain(params, (m) => Math.min(share, m), p);
    if (gain > best.gain) best = { share, gain };
  }
  return best;
}
