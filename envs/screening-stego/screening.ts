import { pow } from "../../src/numeric/index.ts";
import type { Rng } from "../../src/random/rng.ts";
import { binomialPmfTable, type RandomisedTest, randomisedThreshold } from "../../src/stats/index.ts";
import { type ScreeningStego, SYMBOLS, watched, watchers } from "./params.ts";

/**
 * Replaces each symbol of a packed message by a uniform one with probability η. Which ones, 256 cases, is drawn by the
 * alias method (Walker 1977; Vose 1991) from one word, what they become from another.
 */
export function paraphraser(eta: number, rng: Rng): (message: number) => number {
  const cases = 2 ** SYMBOLS;
  const bits = new Int32Array(cases);
  const weight = new Float64Array(cases);
  for (let mask = 0; mask < cases; mask++) {
    weight[mask] = cases;
    for (let i = 0; i < SYMBOLS; i++) {
      weight[mask] *= (mask >>> i) & 1 ? eta : 1 - eta;
      if ((mask >>> i) & 1) bits[mask] |= 3 << (2 * i);
    }
  }
  const alias = Int32Array.from(weight, (_, mask) => mask);
  const small: number[] = [];
  const large: number[] = [];
  weight.forEach((w, mask) => {
    (w < 1 ? small : large).push(mask);
  });
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() as number;
    const high = large[large.length - 1];
    alias[low] = high;
    weight[high] -= 1 - weight[low];
    if (weight[high] < 1) small.push(large.pop() as number);
  }
  // What rounding left over is whole.
  for (const mask of [...small, ...large]) weight[mask] = 1;
  if (eta === 0) return (message) => message;
  return (message) => {
    const word = rng.word();
    const column = word >>> 24;
    const hit = bits[(word & 0xffffff) * 2 ** -24 < weight[column] ? column : alias[column]];
    return hit === 0 ? message : (message & ~hit) | ((rng.word() >>> 16) & hit);
  };
}

/** Overseer i's test of its hits in a session, Bin(n, 2^−k) under innocence; together their level is α exactly. */
export function hitTest(params: ScreeningStego, i = 0): RandomisedTest {
  const law = binomialPmfTable(watched(params, i), 2 ** -params.secretBits);
  return randomisedThreshold(law, levelOf(params));
}

const levelOf = (params: ScreeningStego): number =>
  params.falseAlarm === 1 || watchers(params) === 1
    ? params.falseAlarm
    : 1 - pow(1 - params.falseAlarm, 1 / watchers(params));
