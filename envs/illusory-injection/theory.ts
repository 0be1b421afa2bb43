import { log } from "masque/numeric";
import { chiSquareSf, normalSf } from "masque/stats";
import type { IllusoryInjection } from "./env.ts";
import { type Course, course } from "./illusion-theory.ts";
import { A, alarmRate, alwaysByHand, chiSquareIsf, cost, gains, thresholds } from "./model.ts";

/** Share of innocent time by hand: α, and all of it from L/(w+L) on. Exact: episodes begin in the long run. */
export const handShare = (p: IllusoryInjection): number => (alwaysByHand(p) ? 1 : p.falseAlarm);

/** √(J₀/J): how smooth the ride is under the watermark. */
export const smoothness = (p: IllusoryInjection): number => (alwaysByHand(p) ? 1 : Math.sqrt(cost(p, 0) / cost(p)));

/** Utility while nobody attacks. */
export const cleanUtility = (p: IllusoryInjection): number => (1 - (1 - p.speed) * handShare(p)) * smoothness(p);

/** γ, what remains after a step of what the controller knows and the twin does not. */
export function forgetting(p: IllusoryInjection): number {
  const { control, gain } = gains(p);
  return (A - control) * (1 - gain);
}

/** δ: variance of what an illusion differs from its prediction by, over that of honest readings. 1 without a watermark. */
export function inflation(p: IllusoryInjection): number {
  const hidden = p.leak ? 0 : p.watermark;
  return 1 + hidden / (gains(p).surprise * (1 - forgetting(p) ** 2));
}

/** Relative entropy a step, in nats, between normals whose variances are as δ to 1 (independent steps: γ small). */
export const divergence = (delta: number): number => (delta - 1 - log(delta)) / 2;

/** The δ > 1 of a given divergence ε: the largest solution of δ = 2ε + 1 + ln δ (Bai, Pasqualetti and Gupta 2017). */
export function inflationAt(epsilon: number): number {
  let delta = 1 + 2 * epsilon + 2 * Math.sqrt(epsilon);
  for (let i = 0; i < 200; i++) delta = 2 * epsilon + 1 + log(delta);
  return delta;
}

/** Power of a χ² test of the energy alone, of n steps at a level, against variance δ. */
export const energyPower = (delta: number, steps: number, level: number): number =>
  chiSquareSf(chiSquareIsf(level, steps) / delta, steps);

/**
 * Alarm probability of a window under an illusion of all robots, `lied` steps of it. Its readings lie as far apart as honest ones;
 * they lack the watermark, so that −Σzζ/√Σζ² is N(√(Σζ²/Σ), 1) given Σζ² ~ σ²χ²_w; after a hand-back the first ζ is zero.
 * For γ = 0; exact without a watermark or where it leaks.
 */
export function illusionPower(p: IllusoryInjection, { fresh = false, lied = p.window } = {}): number {
  const rate = alarmRate(p);
  if (p.watermark === 0 || p.leak || rate === 0) return rate;
  const { energy, mark, spread } = thresholds(p);
  const { surprise } = gains(p);
  const below = (threshold: number, degrees: number) =>
    threshold < Number.POSITIVE_INFINITY ? 1 - chiSquareSf(threshold, degrees) : 1;
  const silent = below(energy, p.window - 1) * below(spread, p.window * (p.devices - 1));
  // The mean over the quantiles of χ².
  const grid = 100;
  let missed = 0;
  for (let i = 0; i < grid; i++) {
    const squares = chiSquareIsf((i + 0.5) / grid, fresh ? p.window - 1 : p.window);
    missed += normalSf((lied / p.window) * Math.sqrt((p.watermark * squares) / surprise) - mark) / grid;
  }
  return 1 - silent * missed;
}

/** The attack `illusion`, full push behind the twin of all robots: what it does to a whole episode. */
export const illusion = (p: IllusoryInjection): Course =>
  course(p, {
    fresh: illusionPower(p, { fresh: true }),
    later: illusionPower(p),
    begun: (lied) => illusionPower(p, { lied }),
  });

/** An attack that alarms in its first window has w steps in w + L, less those in which the load still lies within X. */
export const caughtAtOnce = (p: IllusoryInjection, rise = 2): number => 1 - (p.window - rise) / (p.window + p.hold);

/**
 * Utility over both arms and security under `illusion`. Exact without a watermark (or where it leaks) and within .02 with
 * one. Null where a robot is honest or every robot is tested alone: there illusions have no law of their own.
 */
export function reference(p: IllusoryInjection): { utility: number; security: number } | null {
  if (p.taken < p.devices || p.fusion === "separate") return null;
  const { security, byHand } = illusion(p);
  return { utility: smoothness(p) * (1 - ((1 - p.speed) * (handShare(p) + byHand)) / 2), security };
}
