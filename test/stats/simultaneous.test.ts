import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import { leastMean, simultaneousQuantile, studentQuantile } from "../../src/stats/index.ts";

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
