import { accountsPerScore, BAR, drift, flipOf, GRAIN, innocentAbove, publishedLaw, sumLaw } from "./model.ts";
import type { SplitTask } from "./params.ts";

// The score of whom the log watches: C = max(0, C + published − drift), a ban when C reaches the threshold. Innocent
// scores are a Markov chain on a lattice, so that the threshold follows from an exact mean run length.

/** The threshold in force is `low` or, with probability `upper`, a sixteenth more; ∞ where nobody is ever banned. */
export interface Threshold {
  /** In sixteenths. */
  readonly low: number;
  readonly upper: number;
}

/** Probabilities of published sums 0 … accounts of an innocent whose accounts all send. */
export function innocentLaw(p: SplitTask): Float64Array {
  const sent = accountsPerScore(p);
  const flip = flipOf(p);
  const entries = sumLaw(new Array<number>(sent).fill(flip + (1 - 2 * flip) * innocentAbove(BAR)));
  if (p.oversight !== "sum") return entries;
  const law = new Float64Array(sent + 1);
  for (let s = 0; s <= sent; s++) {
    const published = publishedLaw(s, sent, p.sharing);
    for (let y = 0; y <= sent; y++) law[y] += entries[s] * published[y];
  }
  return law;
}

export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The lattice on which scores move while all accounts send, in sixteenths. */
export const latticeOf = (p: SplitTask): number => gcd(GRAIN, drift(p, accountsPerScore(p)));

/**
 * Mean steps until a score that starts at 0 first reaches `height` lattice steps (at least 1), by the law of what is
 * published: (I − Q)x = 1 over the scores below it. A band, and an M-matrix: elimination needs no pivots.
 */
export function runLength(law: ArrayLike<number>, fall: number, lattice: number, height: number): number {
  const up = Math.max(0, ((law.length - 1) * GRAIN - fall) / lattice);
  const down = fall / lattice;
  const width = up + down + 1;
  const band = new Float64Array(height * width); // row i, column j at i·width + j − i + down
  const value = new Float64Array(height).fill(1);
  for (let i = 0; i < height; i++) {
    band[i * width + down] = 1;
    for (let y = 0; y < law.length; y++) {
      const to = Math.max(0, i + (y * GRAIN - fall) / lattice);
      if (to < height) band[i * width + to - i + down] -= law[y];
    }
  }
  for (let i = 0; i < height; i++) {
    const pivot = band[i * width + down];
    for (let j = i + 1; j <= Math.min(height - 1, i + down); j++) {
      const factor = band[j * width + i - j + down] / pivot;
      if (factor === 0) continue;
      for (let c = i + 1; c <= Math.min(height - 1, i + up); c++) {
        band[j * width + c - j + down] -= factor * band[i * width + c - i + down];
      }
      value[j] -= factor * value[i];
    }
  }
  for (let i = height - 1; i >= 0; i--) {
    for (let c = i + 1; c <= Math.min(height - 1, i + up); c++) {
      value[i] -= band[i * width + c - i + down] * value[c];
    }
    value[i] /= band[i * width + down];
  }
  return value[0];
}

/**
 * The threshold at which an innocent tenant (or, in silos, account) spends the share `budget` of its time banned, were it
 * never refused: mean run length L(1/β − 1), mixed of two neighbouring thresholds. Refusals make entries fewer and bans rarer.
 */
export function thresholdOf(p: SplitTask): Threshold {
  if (p.budget === 0) return { low: Number.POSITIVE_INFINITY, upper: 0 };
  if (p.budget === 1) return { low: 0, upper: 0 };
  const law = innocentLaw(p);
  const fall = drift(p, accountsPerScore(p));
  const lattice = latticeOf(p);
  const run = (height: number) => runLength(law, fall, lattice, height);
  const target = p.ban * (1 / p.budget - 1);
  // `low` is the last height whose mean run is no longer than the target.
  let low = 1;
  if (run(low) >= target) return { low: lattice, upper: 0 };
  let high = 2;
  while (run(high) <= target) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (run(middle) <= target) low = middle;
    else high = middle;
  }
  const [shorter, longer] = [run(low), run(high)];
  return { low: low * lattice, upper: (target - shorter) / (longer - shorter) };
}
