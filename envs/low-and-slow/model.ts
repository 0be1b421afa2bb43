import { exp } from "masque/numeric";

/** Shift, in standard deviations, that the detectors are tuned to: S gains δ(x − δ/2), the log-likelihood ratio. */
export const SHIFT = 0.5;
/** What a bit 1{x>0} keeps of a small shift: E[sign x] ≈ √(2/π)·μ. */
export const BIT_GAIN = Math.sqrt(2 / Math.PI);
/** The largest share of stream-time that the pooled detector may spend. */
export const POOL_LIMIT = 0.2;
/** What a leaker may add to the mean of its stream, in standard deviations: action a leaks LEAKS[a]. */
export const LEAKS = [0, 0.125, 0.25, 0.5, 1] as const;

/** Siegmund's correction of a threshold for the overshoot, in units of the score (Siegmund 1985, eq. 10.17). */
export const overshoot = (shift: number): number => 1.166 * shift;

/** Mean run length to a false alarm of a CUSUM for `shift` with threshold h (Siegmund 1985, eq. 2.57). */
export function runLength(h: number, shift = SHIFT): number {
  const b = h + overshoot(shift);
  return (exp(b) - b - 1) / ((shift * shift) / 2);
}

/** The threshold with that mean run length: ∞ for ∞, below 0 (alarm at once) for less than about two steps. */
export function thresholdFor(run: number, shift = SHIFT): number {
  if (run === Number.POSITIVE_INFINITY) return run;
  let low = 0;
  let high = 700; // exp(700) is still finite
  for (let i = 0; i < 80; i++) {
    const b = (low + high) / 2;
    if (runLength(b - overshoot(shift), shift) < run) low = b;
    else high = b;
  }
  return low - overshoot(shift);
}

/**
 * Splits the budget. The pool spends p = min(wβ, POOL_LIMIT); the streams' own alarms spend the share s of what is left
 * for which (1−p)(1−s) = 1−β. To first order s = (1−w)β, and β = 1 blocks everyone whatever w is.
 */
export function shares(budget: number, pooling: number): { pooled: number; own: number } {
  const pooled = Math.min(pooling * budget, POOL_LIMIT);
  return { pooled, own: (budget - pooled) / (1 - pooled) };
}

/** Thresholds of a stream's own score S and of the pooled score C at a split of the budget. */
export function thresholds(
  given: Readonly<Record<"budget" | "pooling" | "block" | "streams" | "sweep", number>> & {
    readonly messages: "values" | "bits";
  },
  pooling = given.pooling,
): { own: number; pooled: number } {
  const { budget, block, streams, sweep, messages } = given;
  const share = shares(budget, pooling);
  const swept = Math.min(1, sweep / streams);
  return {
    own: thresholdFor(block * (1 / share.own - 1)),
    pooled: thresholdFor((swept * block) / share.pooled, messages === "bits" ? SHIFT * BIT_GAIN : SHIFT),
  };
}
