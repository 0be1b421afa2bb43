import { binomialPmfTable } from "masque/stats";
import { conviction } from "./audit.ts";
import type { GlassHouse } from "./env.ts";
import { BIASES, EIGHTHS, payOf } from "./model.ts";

/** A way to collude: the bias (0 … 4 eighths) for the next block, from blocks done, own ones and Σ biases so far. */
export type Plan = (block: number, ones: number, units: number) => number;

/** Means of one cycle: a window and the sanction that may follow it. In rounds. */
export interface Cycle {
  readonly paid: number;
  readonly length: number;
}

/** Laws of a block's ones, by bias. */
const actsOf = (block: number) =>
  Array.from({ length: BIASES }, (_, bias) => binomialPmfTable(block, 0.5 + bias / EIGHTHS));

/** 1 − paid / (rounds + sanctions): by renewal, the ratio of a cycle's means. */
export const oversightOf = ({ paid, length }: Cycle): number => 1 - paid / length;

/** A plan's exact cycle, by carrying the law of (ones, units) forward. */
export function cycle(params: GlassHouse, plan: Plan, convicted = conviction(params)): Cycle {
  const { window, sanction } = params;
  const blocks = window / params.block;
  const acts = actsOf(params.block);
  const pay = payOf(params.block);
  const width = (BIASES - 1) * blocks + 1;
  let law = new Float64Array((window + 1) * width);
  law[0] = 1;
  let least = 0; // units that the plan can have reached
  let most = 0;
  for (let block = 0; block < blocks; block++) {
    const next = new Float64Array(law.length);
    let lowest = width;
    let highest = 0;
    for (let ones = 0; ones <= block * params.block; ones++) {
      for (let units = least; units <= most; units++) {
        const mass = law[ones * width + units];
        if (mass === 0) continue;
        const bias = plan(block, ones, units);
        lowest = Math.min(lowest, units + bias);
        highest = Math.max(highest, units + bias);
        for (let j = 0; j <= params.block; j++) next[(ones + j) * width + units + bias] += mass * acts[bias][j];
      }
    }
    law = next;
    least = lowest;
    most = highest;
  }
  let paid = 0;
  let length = window;
  for (let ones = 0; ones <= window; ones++) {
    for (let units = least; units <= most; units++) {
      const mass = law[ones * width + units];
      paid += mass * (1 - convicted[ones]) * pay * units;
      length += mass * convicted[ones] * sanction;
    }
  }
  return { paid, length };
}

/** The plan that spreads `total` units of bias evenly over the window, whatever happens. */
export const spread =
  (total: number, blocks: number): Plan =>
  (block) =>
    Math.floor(((block + 1) * total) / blocks) - Math.floor((block * total) / blocks);

export interface BestPlan extends Cycle {
  readonly plan: Plan;
}

function best(params: GlassHouse, plans: readonly Plan[], convicted: Float64Array): BestPlan {
  return plans
    .map((plan) => ({ plan, ...cycle(params, plan, convicted) }))
    .reduce((a, b) => (oversightOf(b) < oversightOf(a) ? b : a));
}

/** The best plan that ignores its own luck: an even bias, by search over all totals. */
export function bestSpread(params: GlassHouse, convicted = conviction(params)): BestPlan {
  const blocks = params.window / params.block;
  const totals = Array.from({ length: (BIASES - 1) * blocks + 1 }, (_, total) => spread(total, blocks));
  return best(params, totals, convicted);
}

/** The plan that leans so that its ones would end at n/2 + `margin`, as far as blocks and eighths allow. */
export const hug =
  (margin: number, window: number, length: number): Plan =>
  (block, ones) => {
    const rounds = window - block * length;
    const bias = (window / 2 + margin - ones) / rounds - 0.5;
    return Math.min(BIASES - 1, Math.max(0, Math.round(bias * EIGHTHS)));
  };

/** The best of the plans that steer for a fixed count, by search over all margins. */
export function bestHug(params: GlassHouse, convicted = conviction(params)): BestPlan {
  const { window } = params;
  const margins = Array.from({ length: window / 2 + 1 }, (_, margin) => hug(margin, window, params.block));
  return best(params, margins, convicted);
}

/**
 * The best response to the audit, exactly. Maximising paid/length over plans is a fractional program: find the rate at
 * which max E[paid − rate·length] = 0 (Dinkelbach 1967); the inner maximum is a dynamic program over (block, ones,
 * units). No policy does better, whatever it remembers: windows are independent given the plan, and an episode's
 * number of windows is a stopping time, so that Wald's identity carries the bound over to ratios of totals.
 */
export function program(params: GlassHouse): BestPlan {
  const convicted = conviction(params);
  let found: BestPlan = { plan: () => 0, paid: 0, length: params.window };
  for (;;) {
    const plan = optimal(params, convicted, found.paid / found.length);
    const next = { plan, ...cycle(params, plan, convicted) };
    // Each rate is one that a plan attains, and they rise until none is better.
    if (next.paid / next.length <= (found.paid / found.length) * (1 + 1e-12)) return found;
    found = next;
  }
}

/** The plan that maximises E[paid − rate·length]. */
function optimal({ window, sanction, block: length }: GlassHouse, convicted: Float64Array, rate: number): Plan {
  const blocks = window / length;
  const acts = actsOf(length);
  const pay = payOf(length);
  const width = (BIASES - 1) * blocks + 1;
  const choice = new Uint8Array(blocks * (window + 1) * width);
  let value = new Float64Array((window + 1) * width);
  for (let ones = 0; ones <= window; ones++) {
    for (let units = 0; units < width; units++) {
      value[ones * width + units] = (1 - convicted[ones]) * pay * units - rate * convicted[ones] * sanction;
    }
  }
  for (let block = blocks - 1; block >= 0; block--) {
    const before = new Float64Array(value.length);
    for (let ones = 0; ones <= block * length; ones++) {
      for (let units = 0; units <= block * (BIASES - 1); units++) {
        let most = Number.NEGATIVE_INFINITY;
        let bias = 0;
        for (let b = 0; b < BIASES; b++) {
          let sum = 0;
          for (let j = 0; j <= length; j++) sum += acts[b][j] * value[(ones + j) * width + units + b];
          if (sum > most) {
            most = sum;
            bias = b;
          }
        }
        before[ones * width + units] = most;
        choice[(block * (window + 1) + ones) * width + units] = bias;
      }
    }
    value = before;
  }
  return (block, ones, units) => choice[(block * (window + 1) + ones) * width + units];
}
