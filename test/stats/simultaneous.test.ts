import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  leastMean,
  leastMeanBands,
  mean,
  simultaneousQuantile,
  standardError,
  studentQuantile,
} from "../../src/stats/index.ts";

const normals = (rng: Rng, runs: number) => Array.from({ length: runs }, () => rng.normal());

describe("a critical value for several means at once", () => {
  it("is Student's for one column, and for copies of it", () => {
    const column = normals(new Rng(1), 10);
    const student = studentQuantile(0.975, 9);
    expect(Math.abs(simultaneousQuantile([column]) / student - 1)).toBeLessThan(0.04);
    const copies = [column, column.map((x) => 3 - 2 * x), column.map((x) => 5 * x)];
    expect(simultaneousQuantile(copies)).toBeCloseTo(simultaneousQuantile([column]), 9);
  });

  it("lies between Student's and Bonferroni's for unrelated columns, and never falls when one is added", () => {
    const rng = new Rng(2);
    const columns = Array.from({ length: 7 }, () => normals(rng, 12));
    let last = 0;
    for (let n = 1; n <= 7; n++) {
      const c = simultaneousQuantile(columns.slice(0, n));
      expect(c).toBeGreaterThanOrEqual(last);
      expect(c).toBeLessThan(studentQuantile(1 - 0.025 / n, 11) * 1.04);
      last = c;
    }
    expect(last).toBeGreaterThan(studentQuantile(0.975, 11) * 1.2);
  });

  it("holds all means at once in nineteen of twenty samples", () => {
    const rng = new Rng(3);
    let held = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const shared = normals(rng, 10);
      const columns = Array.from({ length: 5 }, () => normals(rng, 10).map((x, r) => x + shared[r]));
      const c = simultaneousQuantile(columns);
      const inside = columns.every((column) => {
        const centre = column.reduce((a, b) => a + b) / 10;
        const error = Math.sqrt(column.reduce((sum, x) => sum + (x - centre) ** 2, 0) / 90);
        return Math.abs(centre) <= c * error;
      });
      if (inside) held++;
    }
    expect(held / trials).toBeGreaterThan(0.92);
    expect(held / trials).toBeLessThan(0.98);
  });

  it("leaves out columns that do not vary, and refuses what it cannot estimate from", () => {
    expect(simultaneousQuantile([[1, 1, 1]])).toBe(0);
    expect(
      leastMean([
        [0.4, 0.4],
        [0.2, 0.6],
      ]).mean,
    ).toBeCloseTo(0.4, 12);
    expect(() => simultaneousQuantile([[1]])).toThrow(RangeError);
    expect(() =>
      simultaneousQuantile([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow(/columns of 2 and 3/);
    expect(() => simultaneousQuantile([[1, Number.NaN]])).toThrow(RangeError);
  });
});

describe("bounds of several least means", () => {
  const student = studentQuantile(0.975, 9);
  /** Ten values of mean 0 and variance 1, as skewed as none. */
  const even = [-4, -3, -2, -1, -0.5, 0.5, 1, 2, 3, 4].map((x) => x / 2.603);
  const ends = (...columns: number[][]) => leastMeanBands([columns])[0];

  it("are Student's for one mean without skewness, and for copies of it", () => {
    const { low, high } = ends(even);
    expect(-low).toBeCloseTo(high, 1);
    expect(Math.abs(high / (student * standardError(even)) - 1)).toBeLessThan(0.04);
    expect(ends(even, even, even)).toEqual({ low, high });
    const level = leastMeanBands([[even], [even.map((x) => 3 * x + 1)]]);
    expect(level[0].low).toBeCloseTo(low, 12);
    expect(level[1].high).toBeCloseTo(3 * high + 1, 12);
  });

  it("lie closer below where several means nearly tie, and not where the others lie far above", () => {
    const rng = new Rng(5);
    const columns = Array.from({ length: 4 }, () => normals(rng, 10)).map((column) => {
      const [centre, error] = [mean(column), standardError(column)];
      return column.map((x) => (x - centre) / error);
    });
    const alone = ends(columns[0]);
    const tied = ends(...columns);
    expect(tied.low).toBeGreaterThan(alone.low * 0.9);
    expect(tied.low).toBeLessThan(-0.3);
    const far = columns.slice(1).map((column) => column.map((x) => x + 13));
    expect(ends(columns[0], ...far)).toEqual(alone);
    // Whether six errors away or left out, what is never the least changes next to nothing.
    const clear = columns.slice(1).map((column) => column.map((x) => x + 8));
    expect(ends(columns[0], ...clear).low).toBeCloseTo(alone.low, 1);
  });

  it("reach further up where a few values lie far above the rest, and not further down", () => {
    const failing = [0, 0, 0, 0, 0, 0, 0, 0.1, 1, 1];
    const [up, down] = [ends(failing), ends(failing.map((x) => -x))];
    const error = standardError(failing);
    expect(up.high - mean(failing)).toBeGreaterThan(student * error * 1.15);
    expect(down.high + mean(failing)).toBeLessThan(student * error * 0.9);
    expect(mean(failing) - up.low).toBeCloseTo(-mean(failing) - down.low, 12);
  });

  it.each([
    ["three that nearly tie", 3, 0.3, 5],
    ["three of which one is the least", 3, 3, 5],
    ["fifteen, of which fourteen lie two errors above the least", 15, 0.9, 1],
    ["fifteen, of which fourteen lie three errors above the least", 15, 1.35, 1],
  ])("hold all truths at once, of %s", (_, attacks, gap, levels) => {
    const rng = new Rng(6);
    const trials = 400;
    let [below, above] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const shared = Array.from({ length: attacks }, () => normals(rng, 10));
      const bands = leastMeanBands(
        Array.from({ length: levels }, () =>
          shared.map((own, attack) => normals(rng, 10).map((x, r) => x + own[r] + gap * Math.min(1, attack))),
        ),
      );
      if (bands.some(({ low }) => low > 0)) below++;
      if (bands.some(({ high }) => high < 0)) above++;
    }
    expect(below / trials).toBeLessThan(0.045);
    expect(above / trials).toBeLessThan(0.075);
    expect(above / trials).toBeGreaterThan(0.01);
  });

  it("never come closer above when there are more of them", () => {
    const rng = new Rng(8);
    const skewed = [0.5, 0.5, 0.49, 0.51, 0.5, 0.52, 0.48, 0.5, 0.5, 0.1];
    let last = 0;
    for (const others of [0, 4, 30, 300]) {
      const groups = [[skewed], ...Array.from({ length: others }, () => [normals(rng, 10)])];
      const { high } = leastMeanBands(groups)[0];
      expect(high).toBeGreaterThanOrEqual(last);
      last = high;
    }
    expect(last).toBeGreaterThan(mean(skewed));
  });

  it("always hold what was observed, whatever it is", () => {
    const value = fc.double({ min: -1, max: 2, noNaN: true });
    const groups = fc
      .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
      .chain(([runs, columns, levels]) => {
        const column = fc.array(fc.oneof(value, fc.constant(0.5)), { minLength: runs, maxLength: runs });
        return fc.array(fc.array(column, { minLength: columns, maxLength: columns }), {
          minLength: levels,
          maxLength: levels,
        });
      });
    fc.assert(
      fc.property(groups, (all) => {
        for (const [i, { low, high }] of leastMeanBands(all).entries()) {
          const least = Math.min(...all[i].map(mean));
          expect(low).toBeLessThanOrEqual(least);
          expect(high).toBeGreaterThanOrEqual(least);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it("are the value itself where nothing varies, and refuse what they cannot estimate from", () => {
    expect(ends([0.25, 0.25], [0.75, 0.75])).toEqual({ low: 0.25, high: 0.25 });
    expect(ends([0.25, 0.25, 0.25], [0.25, 0.75, 1]).high).toBe(0.25);
    expect(() => ends([1])).toThrow(RangeError);
    expect(() => ends([1, 2], [1, 2, 3])).toThrow("got columns of 2 and 3 runs");
    expect(() => leastMeanBands([[[1, 2]], [[1, Number.NaN]]])).toThrow(RangeError);
    expect(() => leastMeanBands([[[1, 2]]], 1)).toThrow(RangeError);
    expect(() => leastMeanBands([[[1, 2]], []])).toThrow("no columns");
  });
});
