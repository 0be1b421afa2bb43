import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import { box, explain } from "../../src/spaces/index.ts";

const { NEGATIVE_INFINITY: MINUS, POSITIVE_INFINITY: PLUS, NaN: NAN } = Number;

describe("box", () => {
  it("takes one bound for all numbers, or one for each", () => {
    const space = box([2, 3], 0, [1, 2, 3, 4, 5, 6]);
    expect(space).toMatchObject({ kind: "box", dtype: "float32", shape: [2, 3], size: 6 });
    expect(space.low).toEqual([0, 0, 0, 0, 0, 0]);
    expect(space.high).toEqual([1, 2, 3, 4, 5, 6]);
    expect(box([], 0, 1).size).toBe(1);
    expect(box([2], 0.1, 0.2).low).toEqual([Math.fround(0.1), Math.fround(0.1)]);
  });

  it("accepts Float32Arrays and plain lists within the bounds, ends included", () => {
    const space = box([3], [0, MINUS, 0.1], [8, 0, PLUS]);
    for (const x of [[0, 0, 0.1], [8, -1e30, 1e30], new Float32Array([4, -1, 0.1])])
      expect(explain(space, x)).toBeNull();
  });

  it.each([
    [[0, 0], "got 2 numbers, expected 3 (shape 3)"],
    [[0, 0, 0, 0], "got 4 numbers, expected 3 (shape 3)"],
    [new Float32Array(0), "got 0 numbers, expected 3 (shape 3)"],
    [[0, 0, 8.001], "got 8.001 at index 2, expected a number from 0 to 8"],
    [[-1e-30, 0, 0], "got -1e-30 at index 0, expected a number from 0 to 8"],
    [[0, NAN, 0], "got NaN at index 1, expected a number from 0 to 8"],
    [new Float32Array([0, NAN, 0]), "got NaN at index 1, expected a number from 0 to 8"],
    [[0, "1", 0], 'got "1" at index 1, expected a number from 0 to 8'],
    [[0, null, 0], "got null at index 1, expected a number from 0 to 8"],
    [new Array(3), "got undefined at index 0, expected a number from 0 to 8"],
    [[0, 1n, 0], "got a bigint at index 1, expected a number from 0 to 8"],
    [[[0], [0], [0]], "got a list of 1 [0] at index 0, expected a number from 0 to 8"],
    [new Float64Array(3), "got a list of 3 [0, 0, 0], expected a Float32Array or list of 3 numbers"],
    [{ length: 3, 0: 0, 1: 0, 2: 0 }, "expected a Float32Array or list of 3 numbers"],
    [Object.create(Float32Array.prototype), "expected a Float32Array or list of 3 numbers"],
    ["000", 'got "000", expected a Float32Array or list of 3 numbers'],
    [5, "got 5, expected a Float32Array or list of 3 numbers"],
    [null, "got null, expected a Float32Array or list of 3 numbers"],
    [undefined, "got undefined, expected a Float32Array or list of 3 numbers"],
  ])("refuses %o", (x, why) => {
    const space = box([3], 0, 8);
    expect(space.contains(x)).toBe(false);
    expect(explain(space, x)).toContain(why);
  });

  it("refuses infinity even where there is no bound, and numbers that float32 cannot hold", () => {
    const space = box([1], MINUS, PLUS);
    for (const x of [PLUS, MINUS, 1e39, NAN]) expect(space.contains([x])).toBe(false);
    expect(explain(space, [1e39])).toBe("got 1e+39 at index 0, expected a finite number");
    expect(explain(box([1], 2, PLUS), [1])).toBe("got 1 at index 0, expected a finite number, at least 2");
    expect(explain(box([1], MINUS, 2), [3])).toBe("got 3 at index 0, expected a finite number, at most 2");
  });

  it("names numbers, if names were given, without being another space", () => {
    const space = box([2], 0, 1, { names: ["speed", "fuel"] });
    expect(explain(space, [0, 2])).toBe("got 2 at index 1 (fuel), expected a number from 0 to 1");
    expect(space.equals(box([2], 0, 1))).toBe(true);
    expect(space.toJSON()).toEqual({ kind: "box", shape: [2], low: 0, high: 1, names: ["speed", "fuel"] });
  });

  it("draws as Gymnasium does: uniform, exponential, normal", () => {
    const n = 20_000;
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / n;
    const space = box([4], [2, 5, MINUS, MINUS], [4, PLUS, -5, PLUS]);
    const rng = new Rng(1, "box");
    const samples = Array.from({ length: n }, () => space.sample(rng));
    // Mean and variance of U(2, 4), 5 + Exp(1), −5 − Exp(1) and N(0, 1); kurtosis 1.8, 9, 9 and 3.
    const expected = [
      [3, 1 / 3, 1.8],
      [6, 1, 9],
      [-6, 1, 9],
      [0, 1, 3],
    ];
    expected.forEach(([center, variance, kurtosis], i) => {
      const column = samples.map((sample) => sample[i]);
      const spread = mean(column.map((x) => (x - center) ** 2));
      expect(Math.abs(mean(column) - center) / Math.sqrt(variance / n)).toBeLessThan(4);
      expect(Math.abs(spread / variance - 1) / Math.sqrt((kurtosis - 1) / n)).toBeLessThan(4);
    });
  });

  it("draws inside the narrowest and the widest bounds", () => {
    const wide = 3.4028234663852886e38;
    const space = box([4], [1, -wide, 0.1, wide], [1 + 2 ** -23, wide, 0.1, PLUS]);
    const rng = new Rng(2, "box");
    for (let i = 0; i < 1000; i++) expect(explain(space, space.sample(rng))).toBeNull();
  });

  it("has no masks", () => {
    const space = box([1], 0, 1);
    expect(space.sample(new Rng(1), null)).toHaveLength(1);
    expect(() => space.sample(new Rng(1), [1] as never)).toThrow("a Box cannot be masked");
  });

  it.each([
    ["an empty dimension", () => box([0], 0, 1), "shape[0]: got 0, expected a whole number from 1 to 16777216"],
    ["a fraction", () => box([1.5], 0, 1), "shape[0]: got 1.5"],
    ["NaN", () => box([NAN], 0, 1), "shape[0]: got NaN"],
    ["no list", () => box(3 as never, 0, 1), "shape: got 3, expected a list"],
    ["far too much", () => box([1e5, 1e5], 0, 1), "holds more than 16777216 numbers"],
    ["a NaN bound", () => box([1], NAN, 1), "got NaN as low bound 0"],
    ["a string bound", () => box([1], "0" as never, 1), 'low: got "0", expected a list'],
    ["a bound beyond float32", () => box([1], 0, 1e39), "got 1e+39 as high bound 0"],
    ["too few bounds", () => box([3], [0, 0], 1), "got 2 low bounds, expected one number or a list of 3"],
    ["bounds upside down", () => box([2], [0, 2], 1), "at index 1 got low 2 and high 1, expected low ≤ high"],
    ["nothing inside", () => box([1], PLUS, PLUS), "got low Infinity and high Infinity"],
    ["nothing inside", () => box([1], MINUS, MINUS), "got low -Infinity and high -Infinity"],
    ["too few names", () => box([2], 0, 1, { names: ["a"] }), "expected 2 strings"],
  ])("refuses to be made of %s", (_, make, why) => {
    expect(make).toThrow(why);
  });
});
