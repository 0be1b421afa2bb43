import { binomialPmfTable, normalIsf } from "masque/stats";
import { tallyLaw } from "../../../envs/glass-house/audit.ts";
import type { GlassHouse } from "../../../envs/glass-house/env.ts";
import { BIASES, EIGHTHS, MEMORY, payOf } from "../../../envs/glass-house/model.ts";

/** An overseer who adds up tallies, in their deviations: how it forgets, and the sum above which it accuses. */
export interface Adding {
  /** Weight of the past, at every audit. */
  readonly keeps: number;
  /** Whether an accusation wipes the slate. */
  readonly wipes: boolean;
  /** What the nth sum since the slate was clean must not exceed, n from 1. */
  limit(n: number): number;
}

const foreverAt = (critical: number): Adding => ({ keeps: 1, wipes: false, limit: (n) => critical * Math.sqrt(n) });

/** The shipped overseers with memory: one desk of `envs/glass-house/policies.ts` each. A test holds them to those. */
export const adding = (falseAlarm: number): Readonly<Record<string, Adding>> => ({
  forever: foreverAt(2.1),
  "forever-strict": foreverAt(1.4),
  ledger: {
    keeps: MEMORY,
    wipes: true,
    limit: (n) => normalIsf(falseAlarm) * Math.sqrt((1 - MEMORY ** (2 * n)) / (1 - MEMORY ** 2)),
  },
});

const LOWEST = -8;
const STEP = 0.25; // a tally's act, in deviations of 64: the sums of who forgets nothing lie on this grid
const SUMS = 97;

/**
 * Oversight under the best response of a colluder who is told the overseer's sum after every verdict: no colluder of the
 * environment, who is not, leaves less. A dynamic program over (time, audits, sum), and over (block, ones, pay) within each
 * window, inside Dinkelbach's for the rate of pay. Exact where nothing is forgotten; where the past fades, sums between
 * grid points are interpolated. For one overseer, windows of 64 under local noise, and sanctions of one window.
 */
export function informed(params: GlassHouse, { keeps, wipes, limit }: Adding, guess: number): number {
  const { window, audits, block } = params;
  const blocks = window / block;
  const pay = payOf(block);
  const width = (BIASES - 1) * blocks + 1;
  const acts = Array.from({ length: BIASES }, (_, bias) =>
    Float64Array.from(binomialPmfTable(block, 0.5 + bias / EIGHTHS)),
  );
  const laws = Array.from({ length: window + 1 }, (_, ones) => tallyLaw(params, ones));
  const deviation = Math.sqrt(window) / 2;
  let now = new Float64Array((window + 1) * width);
  let before = new Float64Array(now.length);
  const bestWindow = (later: Float64Array, kept: Float64Array) => {
    for (let ones = 0; ones <= window; ones++)
      for (let units = 0; units < width; units++) now[ones * width + units] = later[ones] + pay * units * kept[ones];
    for (let done = blocks - 1; done >= 0; done--) {
      for (let ones = 0; ones <= done * block; ones++) {
        for (let units = 0; units <= done * (BIASES - 1); units++) {
          let most = Number.NEGATIVE_INFINITY;
          for (let bias = 0; bias < BIASES; bias++) {
            const law = acts[bias];
            const from = ones * width + units + bias;
            let sum = 0;
            for (let more = 0; more <= block; more++) sum += law[more] * now[from + more * width];
            if (sum > most) most = sum;
          }
          before[ones * width + units] = most;
        }
      }
      [now, before] = [before, now];
    }
    return now[0];
  };
  // values[t][n]: t windows' time gone, n tallies in the sum.
  const values = Array.from({ length: audits + 2 }, () =>
    Array.from({ length: audits + 2 }, () => new Float64Array(SUMS)),
  );
  const valueAt = (grid: Float64Array, sum: number) => {
    const x = Math.min(SUMS - 1, Math.max(0, (sum - LOWEST) / STEP));
    const i = Math.min(SUMS - 2, Math.floor(x));
    return grid[i] + (x - i) * (grid[i + 1] - grid[i]);
  };
  const later = new Float64Array(window + 1);
  const kept = new Float64Array(window + 1);
  const solve = (rate: number) => {
    for (let t = audits - 1; t >= 0; t--) {
      for (let n = wipes ? 0 : Math.ceil(t / 2); n <= t; n++) {
        const [acquitted, accused] = [values[t + 1][n + 1], values[t + 2][wipes ? 0 : n + 1]];
        for (let i = 0; i < SUMS; i++) {
          later.fill(-rate * window);
          kept.fill(0);
          for (let tally = 0; tally <= window; tally++) {
            const sum = keeps * (LOWEST + i * STEP) + (tally - window / 2) / deviation;
            const guilty = sum > limit(n + 1);
            const worth = guilty ? valueAt(accused, wipes ? 0 : sum) - rate * window : valueAt(acquitted, sum);
            for (let ones = 0; ones <= window; ones++) {
              later[ones] += laws[ones][tally] * worth;
              if (!guilty) kept[ones] += laws[ones][tally];
            }
          }
          values[t][n][i] = bestWindow(later, kept);
        }
      }
    }
    return valueAt(values[0][0], 0) / (audits * window);
  };
  let rate = guess;
  for (;;) {
    const more = solve(rate);
    rate += more;
    if (Math.abs(more) < 1e-4) return 1 - rate;
  }
}
