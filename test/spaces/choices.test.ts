import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import { discrete, explain, multiBinary, multiDiscrete } from "../../src/spaces/index.ts";
import { anyRng, SEED } from "./arbitrary.ts";

const bit = fc.integer({ min: 0, max: 1 });

describe("discrete", () => {
  it("accepts the whole numbers from start on, and nothing else", () => {
    const space = discrete(5, { start: -2 });
    for (const x of [-2, -1, 0, 1, 2]) expect(space.contains(x)).toBe(true);
    const others = [
      -3,
      3,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "0",
      0n,
      null,
      undefined,
      true,
      [0],
      {},
      Object(0),
    ];
    for (const x of others) expect(space.contains(x)).toBe(false);
    expect(explain(discrete(5), 7)).toBe("got 7, expected a whole number from 0 to 4");
    expect(explain(discrete(5), "up")).toBe('got "up", expected a whole number from 0 to 4');
  });

  it("draws every choice, and only allowed ones", () => {
    fc.assert(
      fc.property(fc.array(bit, { minLength: 1, maxLength: 8 }), fc.integer(), anyRng, (mask, start, rng) => {
        const space = discrete(mask.length, { start });
        const allowed = new Set(mask.flatMap((one, i) => (one ? [start + i] : [])));
        const seen = new Set<number>();
        for (let i = 0; i < 200; i++) seen.add(space.sample(rng, i % 2 ? mask : Uint8Array.from(mask)));
        expect(seen).toEqual(allowed.size === 0 ? new Set([start]) : allowed);
      }),
      { ...SEED, numRuns: 50 },
    );
  });

  it("draws allowed choices alike", () => {
    const rng = new Rng(1, "discrete");
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 30_000; i++) counts[discrete(4).sample(rng, [1, 0, 1, 1])]++;
    // 10⁴ expected, standard deviation 82.
    for (const i of [0, 2, 3]) expect(Math.abs(counts[i] - 10_000)).toBeLessThan(4 * 82);
  });

  it.each([
    [[1, 1], "got a mask of 2 values, expected 3"],
    [[1, 1, 2], "got 2 at index 2 of the mask, expected 0 or 1"],
    [[1, 1, true], "got true at index 2 of the mask"],
    [[1, 1, Number.NaN], "got NaN at index 2 of the mask"],
    [new BigInt64Array(3), "index 0 of the mask"],
    ["111", 'got mask "111", expected a list of 3 values 0 or 1'],
    [0, "got mask 0"],
  ])("refuses the mask %o, and draws nothing", (mask, why) => {
    const rng = new Rng(1);
    expect(() => discrete(3).sample(rng, mask as never)).toThrow(why);
    expect(rng.state()).toEqual(new Rng(1).state());
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 21 + 1, "3", null])("refuses %j choices", (n) => {
    expect(() => discrete(n as never)).toThrow(/discrete: n: got .* expected a whole number from 1 to 2097152/);
  });
  it.each([0.5, Number.NaN, 2 ** 53 - 2, -(2 ** 53), "0"])("refuses to start at %j", (start) => {
    expect(() => discrete(3, { start: start as never })).toThrow(/discrete: start: got/);
  });
});

describe("multiDiscrete", () => {
  const space = multiDiscrete([2, 3]);

  it("accepts one choice a component", () => {
    for (const x of [[0, 0], [1, 2], new Int32Array([1, 0])]) expect(space.contains(x)).toBe(true);
  });

  it.each([
    [[1], "got 1 numbers, expected 2"],
    [[1, 2, 0], "got 3 numbers, expected 2"],
    [[2, 0], "got 2 at index 0, expected a whole number from 0 to 1"],
    [[0, 3], "got 3 at index 1, expected a whole number from 0 to 2"],
    [new Int32Array([0, -1]), "got -1 at index 1"],
    [[0, 0.5], "got 0.5 at index 1"],
    [[0, Number.NaN], "got NaN at index 1"],
    [[0, "1"], 'got "1" at index 1'],
    [new Array(2), "got undefined at index 0"],
    [new Float32Array(2), "expected an Int32Array or list of 2 whole numbers"],
    [0, "got 0, expected an Int32Array or list of 2 whole numbers"],
    [null, "got null"],
  ])("refuses %o", (x, why) => {
    expect(space.contains(x)).toBe(false);
    expect(explain(space, x)).toContain(why);
  });

  it("masks each component by itself", () => {
    const rng = new Rng(1, "multi-discrete");
    const drawn = (masks?: ArrayLike<number>[] | (ArrayLike<number> | null)[]) =>
      new Set(Array.from({ length: 200 }, () => space.sample(rng, masks).join("")));
    expect(drawn()).toEqual(new Set(["00", "01", "02", "10", "11", "12"]));
    expect(
      drawn([
        [0, 1],
        [1, 0, 1],
      ]),
    ).toEqual(new Set(["10", "12"]));
    expect(drawn([null, [0, 1, 0]])).toEqual(new Set(["01", "11"]));
    expect(drawn([Uint8Array.of(0, 0), null])).toEqual(new Set(["00", "01", "02"]));
  });

  it.each([
    [[[1, 1]], "expected a list of 2 masks"],
    [
      [
        [1, 1],
        [1, 1],
      ],
      "component 1: got a mask of 2 values, expected 3",
    ],
    [[1, 1], "component 0: got mask 1"],
    ["", 'got masks "", expected a list of 2 masks'],
  ])("refuses the masks %j", (masks, why) => {
    expect(() => space.sample(new Rng(1), masks as never)).toThrow(why);
  });

  it.each([
    [[], "got no sizes"],
    [[2, 0], "nvec[1]: got 0, expected a whole number from 1 to 2097152"],
    [[Number.NaN], "nvec[0]: got NaN"],
    [[2 ** 22], "nvec[0]: got 4194304"],
    [5, "nvec: got 5, expected a list"],
  ])("refuses to be made of %j", (nvec, why) => {
    expect(() => multiDiscrete(nvec as never)).toThrow(why);
  });
});

describe("multiBinary", () => {
  const space = multiBinary(3);

  it("accepts lists of bits", () => {
    for (const x of [[0, 1, 0], new Uint8Array([1, 1, 1])]) expect(space.contains(x)).toBe(true);
  });

  it.each([
    [[0, 1], "got 2 values, expected 3"],
    [[0, 1, 2], "got 2 at index 2, expected 0 or 1"],
    [new Uint8Array([0, 255, 0]), "got 255 at index 1"],
    [[0, 1, true], "got true at index 2"],
    [[0, 1, Number.NaN], "got NaN at index 2"],
    [new Float32Array(3), "expected a Uint8Array or list of 3 values 0 or 1"],
    ["010", 'got "010"'],
    [undefined, "got undefined"],
  ])("refuses %o", (x, why) => {
    expect(space.contains(x)).toBe(false);
    expect(explain(space, x)).toContain(why);
  });

  it("fixes bits masked 0 or 1 and draws those masked 2", () => {
    const rng = new Rng(1, "multi-binary");
    const drawn = (mask?: number[]) => new Set(Array.from({ length: 100 }, () => space.sample(rng, mask).join("")));
    expect(drawn().size).toBe(8);
    expect(drawn([0, 1, 2])).toEqual(new Set(["010", "011"]));
    expect(drawn([2, 2, 0])).toEqual(new Set(["000", "010", "100", "110"]));
  });

  it("refuses masks that do not fit", () => {
    expect(() => space.sample(new Rng(1), [0, 1])).toThrow("got a mask of 2 values, expected 3");
    expect(() => space.sample(new Rng(1), [0, 1, 3])).toThrow("got 3 at index 2 of the mask, expected 0, 1 or 2");
    expect(() => space.sample(new Rng(1), 0 as never)).toThrow("got mask 0, expected a list of 3 values 0, 1 or 2");
    for (const n of [0, 0.5, Number.NaN, 2 ** 25]) expect(() => multiBinary(n)).toThrow("multiBinary: n: got");
  });
});
