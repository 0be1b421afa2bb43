import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  cvar,
  iqm,
  mean,
  median,
  probabilityOfImprovement,
  quantile,
  standardDeviation,
  standardError,
  sum,
  variance,
} from "../../src/stats/index.ts";

const settings = { seed: 20264, numRuns: 300 };
const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
const x = [0.2, 0.9, 0.4, 0.55, 0.7, 0.1, 0.35, 0.8, 0.65, 0.45, 0.95];

test("agrees with NumPy 2 and SciPy 1.17", () => {
  expect(mean(x)).toBeCloseTo(0.55, 14);
  expect(variance(x)).toBeCloseTo(0.0775, 14);
  expect(standardDeviation(x)).toBeCloseTo(Math.sqrt(0.0775), 14);
  expect(standardError(x)).toBeCloseTo(0.08393720596645177, 14);
  expect(median(x)).toBe(0.55);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  const expected = [0.1, 0.2, 0.375, 0.4165, 0.9, 0.95];
  for (const [i, p] of [0, 0.1, 0.25, 0.333, 0.9, 1].entries()) expect(quantile(x, p)).toBeCloseTo(expected[i], 14);
  expect(iqm(x)).toBeCloseTo(0.5571428571428572, 14);
});

test("iqm drops ⌊n/4⌋ at each end", () => {
  expect(iqm([1, 2, 9])).toBe(4);
  expect(iqm([100, 2, 4, -50])).toBe(3);
  expect(iqm([1, 2, 3, 4, 5, 6, 7, 1000])).toBe(4.5);
});

test("cvar weighs the value that straddles the tenth by the fraction left over", () => {
  const tens = Array.from({ length: 20 }, (_, i) => 20 - i);
  expect(cvar(tens)).toBe(1.5);
  // 25 values: the worst 2.5 of 1 … 25 are 1, 2 and half of 3.
  expect(cvar(Array.from({ length: 25 }, (_, i) => i + 1))).toBe((1 + 2 + 1.5) / 2.5);
  expect(cvar([5, 3, 4])).toBe(3);
  expect(cvar([5, 3, 4], 1)).toBe(4);
});

test("cvar grows with its level, from the minimum to the mean", () => {
  fc.assert(
    fc.property(
      sample,
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, a, b) => {
        const low = cvar(values, Math.min(a, b));
        const high = cvar(values, Math.max(a, b));
        const slack = 1e-9 * Math.max(1, ...values.map(Math.abs));
        expect(low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(low).toBeLessThanOrEqual(high + slack);
        expect(high).toBeLessThanOrEqual(mean(values) + slack);
      },
    ),
    settings,
  );
});

test("order does not matter, and location summaries stay inside the data", () => {
  fc.assert(
    fc.property(sample, (values) => {
      const reversed = [...values].reverse();
      const slack = 1e-9 * Math.max(1, ...values.map(Math.abs));
      for (const f of [mean, median, iqm, cvar]) {
        expect(Math.abs(f(values) - f(reversed))).toBeLessThan(slack);
        expect(f(values)).toBeGreaterThanOrEqual(Math.min(...values));
        expect(f(values)).toBeLessThanOrEqual(Math.max(...values));
      }
    }),
    settings,
  );
});

test("sums lose nothing, and equal values have no variance", () => {
  expect(sum([1e16, 1, -1e16])).toBe(1);
  expect(sum([])).toBe(0);
  expect(variance([0.1, 0.1, 0.1])).toBe(0);
  expect(mean([0.1, 0.1, 0.1])).toBe(0.1);
  // The one-pass formula Σx² − (Σx)²/n loses all digits of this one.
  expect(variance([1e9, 1e9 + 1, 1e9 + 2])).toBe(1);
  const given = new Float64Array([3, 1, 2]);
  median(given);
  expect([...given]).toEqual([3, 1, 2]);
});

test("probability of improvement counts ties half", () => {
  expect(probabilityOfImprovement([2, 3], [1, 0])).toBe(1);
  expect(probabilityOfImprovement([1, 2], [1, 2])).toBe(0.5);
  expect(probabilityOfImprovement(x.slice(0, 5), x.slice(5))).toBeCloseTo(0.5, 14);
});

test("no data, and data that are not numbers, are refused", () => {
  expect(() => mean([])).toThrow("mean: got 0 values, expected at least 1");
  expect(() => variance([1])).toThrow("variance: got 1 values, expected at least 2");
  expect(() => median([1, Number.NaN])).toThrow("value 1 is NaN, expected a finite number");
  expect(() => iqm([Number.POSITIVE_INFINITY])).toThrow("value 0 is Infinity");
  expect(() => quantile([1], 1.5)).toThrow("expected a probability");
  expect(() => cvar([1], 0)).toThrow("got level 0");
});
