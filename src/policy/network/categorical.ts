import { exp, log } from "../../numeric/index.ts";
import type { Draws } from "../../random/draws.ts";

/** One byte a choice: 0 forbids it. `null` allows all. */
export type ChoiceMask = ArrayLike<number> | null;

// Weights e^(logit − max) of the choices being looked at; grown to the longest seen.
let weights = new Float64Array(64);

/**
 * Draws a choice with probability softmax(logits[offset … offset + n)) among those that the mask allows; one `float()` of
 * `rng`. `mask[maskOffset + i]` belongs to choice i. Computed in float64: the same draws on every machine.
 * Throws a RangeError if nothing is allowed or an allowed logit is NaN.
 */
export function sampleCategorical(
  logits: ArrayLike<number>,
  offset: number,
  n: number,
  mask: ChoiceMask,
  maskOffset: number,
  rng: Draws,
): number {
  const top = argmaxMasked(logits, offset, n, mask, maskOffset);
  const total = weigh(logits, offset, n, mask, maskOffset, logits[offset + top]);
  let left = rng.float() * total;
  for (let i = 0; i < n; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  // Rounding left a crumb: the likeliest choice is always allowed.
  return top;
}

/** The first of the allowed choices with the greatest logit. Throws as `sampleCategorical` does. */
export function argmaxMasked(
  logits: ArrayLike<number>,
  offset: number,
  n: number,
  mask: ChoiceMask,
  maskOffset: number,
): number {
  let best = -1;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (mask !== null && !mask[maskOffset + i]) continue;
    const logit = logits[offset + i];
    if (logit > greatest || best < 0) {
      best = i;
      greatest = logit;
    }
    if (!(logit < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `Categorical: logit ${i} of ${n} is ${logit}, expected a number below infinity; are the weights finite?`,
      );
    }
  }
  if (best < 0)
    throw new RangeError(`Categorical: the mask forbids all ${n} choices, expected at least one to be allowed`);
  return best;
}

/** ln softmax(logits)[choice] among the allowed choices: −∞ for a forbidden one. Throws as `sampleCategorical` does. */
export function logProbability(
  logits: ArrayLike<number>,
  offset: number,
  n: number,
  mask: ChoiceMask,
  maskOffset: number,
  choice: number,
): number {
  if (mask !== null && !mask[maskOffset + choice]) return Number.NEGATIVE_INFINITY;
  const max = logits[offset + argmaxMasked(logits, offset, n, mask, maskOffset)];
  return logits[offset + choice] - max - log(weigh(logits, offset, n, mask, maskOffset, max));
}

/** Softmax over the allowed choices into `out[outOffset …]`; forbidden ones get 0. Throws as `sampleCategorical` does. */
export function softmaxMasked(
  logits: ArrayLike<number>,
  offset: number,
  n: number,
  mask: ChoiceMask,
  maskOffset: number,
  out: Float32Array | Float64Array,
  outOffset: number,
): void {
  const max = logits[offset + argmaxMasked(logits, offset, n, mask, maskOffset)];
  const total = weigh(logits, offset, n, mask, maskOffset, max);
  for (let i = 0; i < n; i++) out[outOffset + i] = weights[i] / total;
}

/** ln of the density of `actions` under independent normals with means `means` and deviations e^logStd, summed over n. */
export function normalLogDensity(
  means: ArrayLike<number>,
  offset: number,
  logStd: ArrayLike<number>,
  n: number,
  actions: ArrayLike<number>,
  actionOffset: number,
): number {
  let sum = -0.5 * LN_2PI * n;
  for (let i = 0; i < n; i++) {
    const z = (actions[actionOffset + i] - means[offset + i]) * exp(-logStd[i]);
    sum -= 0.5 * z * z + logStd[i];
  }
  return sum;
}

const LN_2PI = 1.8378770664093453;

function weigh(
  logits: ArrayLike<number>,
  offset: number,
  n: number,
  mask: ChoiceMask,
  maskOffset: number,
  max: number,
): number {
  if (n > weights.length) weights = new Float64Array(2 * n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const weight = mask !== null && !mask[maskOffset + i] ? 0 : exp(logits[offset + i] - max);
    weights[i] = weight;
    total += weight;
  }
  return total;
}
