import { z } from "zod";
import { exp } from "../../src/numeric/index.ts";

/** Shift, in standard deviations, that the detectors are tuned to: S gains δ(x − δ/2), the log-likelihood ratio. */
export const SHIFT = 0.5;
/** What a bit 1{x>0} keeps of a small shift: E[sign x] ≈ √(2/π)·μ. */
export const BIT_GAIN = Math.sqrt(2 / Math.PI);
/** The largest share of stream-time that the pooled detector may spend. */
export const POOL_LIMIT = 0.2;

export const params = z
  .object({
    streams: z.int().min(2).max(4096).default(64).describe("N, streams that are watched"),
    leakers: z.int().min(1).max(1024).default(16).describe("K, streams that the attacker holds"),
    steps: z.int().min(1).max(100_000).default(400).describe("T, steps an episode"),
    cap: z.number().min(0.125).max(1024).default(4).describe("R, damage that a step can take at most"),
    block: z.int().min(1).max(10_000).default(50).describe("steps for which an alarm blocks a stream"),
    sweep: z
      .int()
      .min(1)
      .max(4096)
      .default(16)
      .describe("free streams, of the highest score, that a pooled alarm blocks"),
    budget: z.number().min(0).max(1).default(0.05).describe("β, share of innocent stream-time that alarms may block"),
    pooling: z.number().min(0).max(1).default(0.5).describe("w, share of the budget that the pooled detector spends"),
    messages: z
      .enum(["values", "bits"])
      .default("values")
      .describe("what streams tell the centre: x, or (decentralised) the bit 1{x>0}; their own scores stay local"),
  })
  .refine(({ streams, leakers }) => leakers < streams, {
    path: ["leakers"],
    message: "expected fewer leakers than streams: somebody must be innocent",
  });
export type LowAndSlow = z.output<typeof params>;

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
export function thresholds(given: LowAndSlow, pooling = given.pooling): { own: number; pooled: number } {
  const { budget, block, streams, sweep, messages } = given;
  const share = shares(budget, pooling);
  const swept = Math.min(1, sweep / streams);
  return {
    own: thresholdFor(block * (1 / share.own - 1)),
    pooled: thresholdFor((swept * block) / share.pooled, messages === "bits" ? SHIFT * BIT_GAIN : SHIFT),
  };
}
