import {
  MAX_ASK,
  PATIENCE,
  type Setting,
  SILENCE,
  SMOOTHING,
  STRAY,
  SWITCH,
  undefendedGoodput,
  wantedLaw,
} from "./model.ts";

/**
 * Fluid fair-share law: requests of clients served a step when `clients` who ask `load` and `bots` who ask all they can
 * each get min(ask, rate) past their bucket and the rest shares `capacity` in proportion. With r the rate, λ the load:
 * B·min(r,λ) for r < c/(B+Y); min(Bλ, cB/(B+Y)) up to λ; min(Bλ, cBλ/(Bλ+Y·min(r,8))) above. Processor sharing of
 * fluid flows (Kleinrock 1976, Queueing Systems II, ch. 4); assumes no score, no bursts and patient clients.
 */
export function fairShare(p: Pick<Setting, "clients" | "bots" | "capacity" | "rate" | "load">): number {
  const wanted = p.clients * Math.min(p.rate, p.load);
  const all = wanted + p.bots * Math.min(p.rate, MAX_ASK);
  return all > p.capacity ? (p.capacity * wanted) / all : wanted;
}

/** Whether a knob point lies where the fluid law holds exactly; elsewhere no closed form is known. */
const isFluid = (p: Setting): boolean =>
  p.tolerance >= MAX_ASK &&
  !p.backOff &&
  p.demand === "steady" &&
  p.burst === p.rate &&
  p.turnover * p.wait === 0 &&
  p.gateways === 1;

/** Utility and security against flooding where the fluid law holds, else null. */
export function reference(p: Setting): { utility: number; security: number } | null {
  if (!isFluid(p)) return null;
  const clean = fairShare({ ...p, bots: 0 });
  const attacked = fairShare(p);
  return { utility: clean / (p.clients * p.load), security: 1 - (clean - attacked) / undefendedGoodput(p) };
}

/**
 * The most that an identity which is never blocked can ask in `steps` steps after starting with score 0. With weight w,
 * s' = s + w(a−s) sums to Σa = (s_end − s_start)/w + Σs, and every score is at most the tolerance θ.
 */
export const unblockedAsks = (tolerance: number, steps: number): number => tolerance * (1 / SMOOTHING + steps - 1);

/** Largest pulse every `period` steps that keeps the score at or below the tolerance θ for good: (θ/w)(1 − (1−w)^T). */
export function largestPulse(tolerance: number, period: number): number {
  let kept = 1;
  for (let k = 0; k < period; k++) kept *= 1 - SMOOTHING;
  return Math.min(MAX_ASK, (tolerance / SMOOTHING) * (1 - kept));
}

/** Steps of asking MAX_ASK until a fresh identity is blocked (the blocked step included); Infinity if never. */
export function stepsToBlock(tolerance: number): number {
  let score = 0;
  for (let step = 1; step <= 1000; step++) {
    score += SMOOTHING * (MAX_ASK - score);
    if (score > tolerance) return step;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Mean-field limit (clients, bots and capacity grow together) of bursty clients who fall silent, with no score, no bucket
 * and no turnover, against bots of whom each asks `asks[t mod asks.length]`: mean requests of clients served a step, over
 * steps `from` … `to`−1. Deterministic recursion on P(on or off, steps of silence left).
 */
export function meanField(
  p: Pick<Setting, "clients" | "bots" | "capacity">,
  asks: readonly number[],
  from: number,
  to: number,
): number {
  const law = wantedLaw();
  const meanOn = law.reduce((sum, q, k) => sum + 2 * k * q, -STRAY);
  let share = [1, 0, 0, 0, 1, 0, 0, 0].map((q) => q / 2); // [off, on] × silence left 0 … 3
  let served = 0;
  for (let t = 0; t < to; t++) {
    const switched = share.map((q, i) => q * (1 - SWITCH) + share[i ^ 4] * SWITCH);
    const asked = p.clients * (switched[0] * STRAY + switched[4] * meanOn);
    const load = asked + p.bots * asks[t % asks.length];
    const got = load > p.capacity ? p.capacity / load : 1;
    if (t >= from) served += got * asked;
    const leaving = got < PATIENCE ? 1 - got : 0;
    share = switched.map((_, i) => (i % 4 === SILENCE ? 0 : switched[i + 1]));
    for (const [at, active] of [
      [0, STRAY],
      [4, 1],
    ]) {
      const falls = switched[at] * active * leaving;
      share[at] += switched[at] - falls;
      share[at + SILENCE] += falls;
    }
  }
  return served / (to - from);
}
