import { requirePmf, requireProbability } from "../numeric/check.ts";

/** A randomised one-sided test: reject above `threshold`; at it, with probability `probabilityAtThreshold`. */
export interface RandomisedTest {
  /** An index into the pmf that the test was made from. */
  readonly threshold: number;
  readonly probabilityAtThreshold: number;
}

/**
 * The test of level exactly α that rejects large values of a discrete statistic (Lehmann and Romano 2005, §3.1).
 * α = 0 never rejects and α = 1 always does.
 * @param pmf the statistic's law under the null hypothesis, over its values in increasing order
 * @throws RangeError unless pmf is one and 0 ≤ α ≤ 1
 */
export function randomisedThreshold(pmf: ArrayLike<number>, alpha: number): RandomisedTest {
  requirePmf("randomisedThreshold", pmf);
  requireProbability("randomisedThreshold: alpha", alpha);
  if (alpha === 1) return { threshold: 0, probabilityAtThreshold: 1 };
  let above = 0;
  for (let t = pmf.length - 1; t > 0; t--) {
    // α = 0 stops at the top even where the null gives it no weight: other laws might.
    if (above + pmf[t] > alpha || alpha === 0) {
      return { threshold: t, probabilityAtThreshold: pmf[t] > 0 ? Math.min(1, (alpha - above) / pmf[t]) : 0 };
    }
    above += pmf[t];
  }
  return { threshold: 0, probabilityAtThreshold: pmf[0] > 0 ? Math.min(1, (alpha - above) / pmf[0]) : 0 };
}

/** Probability that the test rejects when the statistic's law is `pmf`: its level under the null, else its power. */
export function rejectionProbability(pmf: ArrayLike<number>, test: RandomisedTest): number {
  requirePmf("rejectionProbability", pmf);
  let above = 0;
  for (let t = pmf.length - 1; t > test.threshold; t--) above += pmf[t];
  return above + test.probabilityAtThreshold * (pmf[test.threshold] ?? 0);
}

/** Total variation distance ½ Σ |p − q| of two laws over the same values: the best test's power minus its level. */
export function totalVariation(p: ArrayLike<number>, q: ArrayLike<number>): number {
  requirePmf("totalVariation: p", p);
  requirePmf("totalVariation: q", q);
  if (p.length !== q.length) {
    throw new RangeError(`totalVariation: got ${p.length} and ${q.length} probabilities, expected equally many`);
  }
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.abs(p[i] - q[i]);
  return Math.min(1, sum / 2);
}
