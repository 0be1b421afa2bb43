import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import { box, dict, discrete, fromJSON, multiBinary, multiDiscrete, tuple } from "../../src/spaces/index.ts";
import { SEED } from "./arbitrary.ts";

/** fromJSON of JSON text, where anything but a space or an InputError is a fault. */
function refusal(json: unknown): string {
  try {
    fromJSON(json);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("toJSON", () => {
  it("is short, plain and readable", () => {
    expect(box([2], Number.NEGATIVE_INFINITY, [1, Number.POSITIVE_INFINITY]).toJSON()).toEqual({
      kind: "box",
      shape: [2],
      low: "-Infinity",
      high: [1, "Infinity"],
    });
    const space = dict({ b: discrete(2), a: tuple(multiDiscrete([2]), multiBinary(1)) });
    expect(JSON.stringify(space)).toBe(
      '{"kind":"dict","spaces":{"b":{"kind":"discrete","n":2,"start":0},"a":{"kind":"tuple","spaces":' +
        '[{"kind":"multi-discrete","nvec":[2]},{"kind":"multi-binary","n":1}]}}}',
    );
  });
});

describe("fromJSON", () => {
  it("fills in what may be left out, and keeps names", () => {
    expect(fromJSON({ kind: "discrete", n: 3 }).equals(discrete(3))).toBe(true);
    const named = box([1], 0, 1, { names: ["fuel"] });
    expect(fromJSON(named.toJSON())).toMatchObject({ names: ["fuel"] });
  });

  it.each([
    [null, "space: got null, expected an object with a kind: box, discrete"],
    [[], "space: got a list of 0 []"],
    ["box", 'space: got "box"'],
    [{}, "space.kind: got undefined, expected one of box, discrete, multi-discrete, multi-binary, tuple, dict"],
    [{ kind: "constructor" }, 'space.kind: got "constructor"'],
    [{ kind: ["box"] }, "space.kind: got a list"],
    [{ kind: "box", shape: [1], low: 0 }, 'space: "high" is missing in a box space'],
    [{ kind: "discrete", n: 2, stop: 5 }, 'space: got the key "stop", expected only kind, n, start'],
    [JSON.parse('{"kind":"discrete","n":2,"__proto__":{"start":1}}'), 'got the key "__proto__"'],
    [Object.create({ kind: "discrete", n: 2 }), "space.kind: got undefined"],
    [{ kind: "discrete", n: "2" }, 'space: discrete: n: got "2"'],
    [{ kind: "discrete", n: 1e9 }, "space: discrete: n: got 1000000000"],
    [{ kind: "discrete", n: 2, start: null }, "space: discrete: start: got null"],
    [{ kind: "multi-discrete", nvec: { length: 3 } }, "space.nvec: got an object { length }, expected a list"],
    [{ kind: "multi-binary", n: 1e300 }, "space: more than 16777216 numbers in all"],
    [{ kind: "box", shape: 3, low: 0, high: 1 }, "space.shape: got 3, expected a list"],
    [{ kind: "box", shape: [-1], low: 0, high: 1 }, "space: box: shape[0]: got -1"],
    [{ kind: "box", shape: [1e5, 1e5], low: 0, high: 1 }, "space: more than 16777216 numbers in all"],
    [{ kind: "box", shape: [1], low: Number.NaN, high: 1 }, "space.low: got NaN, expected a finite number"],
    [{ kind: "box", shape: [1], low: null, high: 1 }, "space.low: got null"],
    [{ kind: "box", shape: [1], low: Number.NEGATIVE_INFINITY, high: 1 }, "space.low: got -Infinity"],
    [{ kind: "box", shape: [2], low: [0, "-inf"], high: 1 }, 'space.low[1]: got "-inf"'],
    [{ kind: "box", shape: [1], low: 2, high: 1 }, "space: box: at index 0 got low 2 and high 1"],
    [{ kind: "box", shape: [1], low: 0, high: 1, names: [5] }, "space: box: got names a list of 1 [5]"],
    [{ kind: "tuple", spaces: {} }, "space.spaces: got an object {  }, expected a list"],
    [{ kind: "tuple", spaces: [{ kind: "discrete", n: 0 }] }, "space.spaces[0]: discrete: n: got 0"],
    [{ kind: "dict", spaces: [] }, "space.spaces: got a list of 0 []"],
    [{ kind: "dict", spaces: { a: { kind: "box" } } }, 'space.spaces.a: "shape" is missing'],
    [{ kind: "dict", spaces: { 7: { kind: "discrete", n: 2 } } }, 'dict: got the name "7"'],
    [JSON.parse('{"kind":"dict","spaces":{"__proto__":{"kind":"discrete","n":2}}}'), 'dict: got the name "__proto__"'],
  ])("refuses %j", (json, why) => {
    expect(refusal(json)).toContain(why);
  });

  it("refuses what is too deep, too wide or too big in all", () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? { kind: "discrete", n: 2 } : { kind: "tuple", spaces: [nested(depth - 1)] };
    expect(refusal(nested(16))).toBe("accepted");
    expect(refusal(nested(17))).toContain("nested more than 16 spaces deep");
    expect(refusal(JSON.parse(`${'{"kind":"tuple","spaces":['.repeat(5000)}${"]}".repeat(5000)}`))).toContain("nested");
    const circle: { kind: string; spaces: unknown[] } = { kind: "tuple", spaces: [] };
    circle.spaces.push(circle);
    expect(refusal(circle)).toContain("nested more than 16 spaces deep");
    const wide = (parts: number, part: unknown) => ({ kind: "tuple", spaces: new Array(parts).fill(part) });
    expect(refusal(wide(4095, { kind: "discrete", n: 2 }))).toBe("accepted");
    expect(refusal(wide(4096, { kind: "discrete", n: 2 }))).toContain("more than 4096 spaces in all");
    expect(refusal(wide(64, wide(64, { kind: "discrete", n: 2 })))).toContain("more than 4096 spaces in all");
    const million = { kind: "box", shape: [1000, 1000], low: 0, high: 1 };
    expect(refusal(wide(17, { ...million, low: "0" }))).toContain("spaces[0].low");
    expect(refusal(wide(17, { kind: "multi-binary", n: 1_000_000 }))).toContain(
      "spaces[16]: more than 16777216 numbers",
    );
  });

  it("never fails in another way", () => {
    const kind = fc.constantFrom("box", "discrete", "multi-discrete", "multi-binary", "tuple", "dict");
    const value = fc.jsonValue({ maxDepth: 2 });
    const keys = ["shape", "low", "high", "names", "n", "start", "nvec", "spaces"] as const;
    const body = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(value, fc.tuple(kind, body)), (json) => {
        const data = Array.isArray(json) ? { kind: json[0], ...(json[1] as object) } : json;
        expect(typeof refusal(data)).toBe("string");
      }),
      { ...SEED, numRuns: 2000 },
    );
  });
});
