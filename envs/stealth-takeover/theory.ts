import { binomialPmfTable } from "masque/stats";
import type { StealthTakeover } from "./env.ts";
import { clockPeriod, LOUD, taking } from "./model.ts";
import { program } from "./program.ts";

const clip = (x: number): number => Math.min(1, Math.max(0, x));

/**
 * What striking again every τ steps gains a step, against memoryless resets at rate α, where strikes never fail:
 * [Σ_{j<τ} (1−α)^j − k]/τ. The warden's resets are a renewal process, and each strike starts a cycle.
 */
export function renewalGain(reset: number, period: number, strikeCost: number): number {
  let held = 0;
  for (let j = 0, alive = 1; j < period; j++, alive *= 1 - reset) held += alive;
  return (held - strikeCost) / period;
}

/** The best of these over all τ: nothing once α ≥ 1/k, when the attacker drops out (van Dijk et al. 2013, FlipIt). */
export function bestRenewal(reset: number, strikeCost: number): { period: number; security: number } {
  const periods = Array.from({ length: 1000 }, (_, i) => i + 1);
  const period = periods.reduce((a, b) =>
    renewalGain(reset, b, strikeCost) > renewalGain(reset, a, strikeCost) ? b : a,
  );
  return { period, security: 1 - clip(renewalGain(reset, period, strikeCost)) };
}

/** The same against a clock of period δ ≤ τ whose phase is unknown: a strike holds (δ+1)/2 steps in the mean. */
export const clockGain = (clock: number, period: number, strikeCost: number): number =>
  ((clock + 1) / 2 - strikeCost) / period;

/** What who has learnt the phase gains: he strikes behind every reset and loses nothing but that. */
export const learnedGain = ({ reset, strikeCost }: Pick<StealthTakeover, "reset" | "strikeCost">): number =>
  1 - strikeCost / clockPeriod(reset);

/** Utility in peace, exactly, without hunts: a resource is down with chance a = α + (1−α)·π·(false alarms), by itself. */
export function quietUtility({ reset, scan, falseAlarm, outage, scanCost, resources }: StealthTakeover): number {
  const down = reset + (1 - reset) * scan * falseAlarm;
  return 1 - clip(down * (1 + (resources > 1 ? outage * down : 0)) + (1 - reset) * scan * scanCost);
}

/** Whether an alarm on one resource evicts others: then holds do not end independently, and nothing here is exact. */
export const hunts = ({ resources, wardens, hunt, scan }: StealthTakeover): boolean =>
  resources > 1 && wardens === "central" && hunt > 0 && scan > 0;

/**
 * Security against the memoryless warden, where it does not hunt, if every intruder had a foothold for ever and knew of its
 * hold by its own acts alone: the exact programme of each. A foothold that can be lost makes intruders worse off (a strike
 * that cannot succeed is a ping at a strike's price), but then a strike that fails also tells the others whether there still
 * is one. What that is worth is not in here: so this is a yardstick that nothing tried has passed, and no proven bound.
 */
export const footed = (params: StealthTakeover): number => 1 - clip(program(params, true).gain / params.steps);

/** Calibration: the worst security there can be, where it is exact: a single resource, or strikes that need no foothold. */
export function bestResponse(params: StealthTakeover): { security: number } | null {
  if (hunts(params) || (params.resources > 1 && params.foothold < 1)) return null;
  const { gain } = program(params, params.resources > 1);
  return { security: 1 - clip(gain / params.steps) };
}

/** What the environment is checked against: the best response or `footed`, and the utility where an attack cannot touch it. Null for hunts. */
export function reference(params: StealthTakeover): { utility?: number; security: number } | null {
  if (hunts(params)) return null;
  const security = bestResponse(params)?.security ?? footed(params);
  return params.scan === 0 ? { utility: quietUtility(params), security } : { security };
}

/**
 * Security in the long run against intruders who see who holds what, without scans: a dynamic programme over the number
 * held, loudly, for resets one by one or all at once. It is a bound, since who sees all is no worse off; a loose one.
 */
export function seeingAll(params: StealthTakeover, sweeping: boolean): number {
  const { resources, reset, strikeCost } = params;
  const survivors = Array.from({ length: resources + 1 }, (_, held) => binomialPmfTable(held, 1 - reset));
  const sum = (law: ArrayLike<number>, of: (n: number) => number) => {
    let total = 0;
    for (let n = 0; n < law.length; n++) total += law[n] * of(n);
    return total;
  };
  let value = new Float64Array(resources + 1);
  for (;;) {
    const next = new Float64Array(resources + 1);
    const after = value.map((_, held) =>
      sweeping ? (1 - reset) * value[held] + reset * value[0] : sum(survivors[held], (left) => value[left]),
    );
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let held = 0; held <= resources; held++) {
      next[held] = Number.NEGATIVE_INFINITY;
      for (let strikes = 0; strikes <= resources - held; strikes++) {
        const taken = binomialPmfTable(strikes, taking(LOUD, held > 0, params));
        const gain = sum(taken, (n) => held + n + after[held + n]) - strikes * strikeCost;
        next[held] = Math.max(next[held], gain);
      }
      least = Math.min(least, next[held] - value[held]);
      most = Math.max(most, next[held] - value[held]);
    }
    if (most - least < 1e-9) return 1 - clip((least + most) / 2 / resources);
    const origin = next[0];
    value = next.map((v) => v - origin);
  }
}
