import { exp } from "masque/numeric";
import { programme } from "./alone.ts";
import type { LowAndSlow } from "./env.ts";
import { LEAKS, overshoot, SHIFT, shares, thresholdFor, thresholds } from "./model.ts";
import { freeShare, runLaw } from "./runs-theory.ts";

/**
 * Mean run length of S = max(0, S + δ(x − δ/2)) to h for x ~ N(mean, 1), by Brownian motion with Siegmund's correction
 * (Siegmund 1985, eq. 2.57): (e^{−2Δb} + 2Δb − 1)/(2Δ²), Δ = mean − δ/2, b = (h + 1.166δ)/δ. Innocent streams:
 * (e^B − B − 1)/(δ²/2) with B = h + 1.166δ; at the shift that it is tuned to: (B − 1 + e^{−B})/(δ²/2).
 */
export function meanRun(h: number, shift: number, mean: number): number {
  const b = (h + overshoot(shift)) / shift;
  const drift = mean - shift / 2;
  if (Math.abs(drift) < 1e-6) return b * b;
  return (exp(-2 * drift * b) + 2 * drift * b - 1) / (2 * drift * drift);
}

/** Mean delay at the shift that the detector is tuned to. */
export const delay = (h: number, shift = SHIFT): number => meanRun(h, shift, shift);

/**
 * K leakers share a leak R; either each of N streams has a detector tuned to R/K, or one detector tuned to R/√N watches
 * the pool, both at one false alarm of the whole fleet in `fleetRun` steps.
 */
export function dispersion({ streams = 64, cap = 4, fleetRun = 3000 } = {}) {
  const pooledShift = cap / Math.sqrt(streams);
  return {
    pooledShift,
    pooledDelay: delay(thresholdFor(fleetRun, pooledShift), pooledShift),
    /** Mean delay of one leaking stream's detector. */
    ownDelay: (leakers: number) => delay(thresholdFor(fleetRun * streams, cap / leakers), cap / leakers),
    /** Where damage crosses as thresholds grow: √(N·h₂/h₁), h₁ tuned to `leakers`. */
    crossing: (leakers: number) =>
      Math.sqrt((streams * thresholdFor(fleetRun, pooledShift)) / thresholdFor(fleetRun * streams, cap / leakers)),
  };
}

/** The highest level that all leakers can hold without exceeding the cap together. */
export const evenLeak = ({ cap, leakers }: LowAndSlow): number =>
  Math.max(...LEAKS.filter((leaked) => leaked * leakers <= cap));

/**
 * With nothing pooled, what security leakers would leave if no cap bound them together: each then follows its own dynamic
 * programme, and no attack leaves less. Up to the programme's cells; null where the pool has a share, or no stream an alarm.
 */
export function withoutCap(params: LowAndSlow, cells = 120): number | null {
  const { budget, pooling, leakers, cap, steps } = params;
  if (budget === 0 || shares(budget, pooling).pooled > 0) return null;
  const { gain } = programme(thresholds(params).own, params, { cells });
  const most = Math.max(...gain[0].map((of) => of[0]));
  return Math.max(0, 1 - (leakers * most) / (cap * steps));
}

/**
 * With nothing pooled, streams are independent renewal processes: utility exactly, and security exactly against
 * leakers that all leak `evenLeak` whenever they are free. Null where the pool has a share of the budget: there the
 * streams that it blocks depend on all scores, and only simulation tells.
 */
export function reference(params: LowAndSlow): { utility: number; security: number } | null {
  if (shares(params.budget, params.pooling).pooled > 0) return null;
  const { block, steps, leakers, cap } = params;
  const leak = evenLeak(params);
  if (params.budget === 0) return { utility: 1, security: 1 - (leak * leakers) / cap };
  const { own } = thresholds(params);
  const free = (mean: number) => freeShare(runLaw(own, SHIFT, mean), block, steps);
  return { utility: free(0), security: 1 - (free(leak) * leak * leakers) / cap };
}
