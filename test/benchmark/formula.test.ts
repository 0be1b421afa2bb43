import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/benchmark/formula.ts";
import { InputError } from "../../src/data/errors.ts";

const METRICS = ["utility", "security", "privacy", "oversight"];
const value = (text: string, values: Record<string, number>) => {
  const formula = parseExpression(text, METRICS);
  return formula.of(formula.names.map((name) => values[name]));
};
const at = { utility: 0.5, security: 0.25, privacy: 0.8, oversight: 0.1 };

describe("a formula", () => {
  it.each<[string, number]>([
    ["0.5*utility + 0.5*security", 0.375],
    ["min(utility, privacy*oversight)", 0.8 * 0.1],
    ["max(utility, security, privacy)", 0.8],
    ["utility - security - 0.125", 0.125],
    ["utility / (1 + security) / 2", 0.2],
    ["2 ^ utility ^ 2", 2 ** 0.25],
    ["-utility ^ 2", -0.25],
    ["(utility - 1) ^ 2", 0.25],
    ["utility − security × 2 ÷ 4", 0.375],
    ["utility ^ 0", 1],
    ["+utility", 0.5],
    ["min(utility)", 0.5],
    [".5e0 * utility\n+ 0", 0.25],
  ])("%s", (text, expected) => {
    expect(value(text, at)).toBeCloseTo(expected, 14);
  });

  it("names each metric once, in order", () => {
    expect(parseExpression("security + utility*security", METRICS).names).toEqual(["security", "utility"]);
  });

  it("says between which numbers it lies", () => {
    expect(parseExpression("utility - security", METRICS).range).toEqual({ low: -1, high: 1 });
    expect(parseExpression("(utility - 0.5)^2", METRICS).range).toEqual({ low: 0, high: 0.25 });
    expect(parseExpression("1 / (0.5 + utility)", METRICS).range).toEqual({ low: 1 / 1.5, high: 2 });
  });
});

it("is finite and within its range for all metrics in [0,1], or refused", () => {
  const leaf = fc.constantFrom("utility", "security", "0.5", "1", "2", "3");
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc
        .tuple(tie("tree"), fc.constantFrom("+", "-", "*", "/", "^"), tie("tree"))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      fc.tuple(fc.constantFrom("min", "max"), tie("tree"), tie("tree")).map(([f, a, b]) => `${f}(${a}, ${b})`),
      tie("tree").map((a) => `-${a}`),
    ),
  }));
  const unit = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  let accepted = 0;
  fc.assert(
    fc.property(tree, unit, unit, (text, u, s) => {
      let formula: ReturnType<typeof parseExpression>;
      try {
        formula = parseExpression(text, ["utility", "security"]);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return;
      }
      accepted++;
      const result = formula.of(formula.names.map((name) => (name === "utility" ? u : s)));
      expect(Number.isFinite(result)).toBe(true);
      const slack = 1e-9 * Math.max(1, Math.abs(result));
      expect(result).toBeGreaterThanOrEqual(formula.range.low - slack);
      expect(result).toBeLessThanOrEqual(formula.range.high + slack);
    }),
    { seed: 20265, numRuns: 600 },
  );
  expect(accepted).toBeGreaterThan(200);
});

describe("what is no arithmetic over metrics", () => {
  it.each<[string, RegExp]>([
    ["utilty", /Unknown metric "utilty"\. Did you mean "utility"\?/],
    ["zeros(1e5,1e5)", /function zeros is not allowed/],
    ["cos(utility)", /function cos/],
    ["import({})", /character 8 is "\{"/],
    ["import", /Unknown metric "import"/],
    ["utility = 1", /character 9 is "="/],
    ["f(x) = x", /"="/],
    ["utility.constructor", /more than arithmetic/],
    ["max(utility, security).constructor", /more than arithmetic/],
    ['"utility"', /character 1/],
    ["2 cm", /side by side/],
    ["utility to cm", /Unknown metric "cm"|not allowed/],
    ["2 utility", /side by side/],
    ["(min)(utility)", /side by side/],
    ["utility(3)", /function utility is not allowed/],
    ["[utility, 1]", /"\["/],
    ["utility > 0.5", /">"/],
    ["utility > 0.5 ? 1 : 0", /">"/],
    ["utility; security", /";"/],
    ["utility mod 2", /"mod" is not allowed/],
    ["not utility", /"not" is not allowed/],
    ["utility and security", /"and" is not allowed/],
    ["true * utility", /true is no finite number/],
    ["NaN * utility", /NaN is no finite number/],
    ["1e999 * utility", /Infinity is no finite number/],
    ["pi * utility", /Unknown metric "pi"/],
    ["constructor", /Unknown metric/],
    ["__proto__", /Unknown metric/],
    ["toString", /Unknown metric/],
    ["min()", /empty/],
    ["", /empty/],
    ["  ", /empty/],
    ["utility +", /no formula/],
    [")", /no formula/],
    ["0.5", /names no metric/],
    ["utility / security", /below \/ may be 0/],
    ["utility / (security - 0.5)", /below \/ may be 0/],
    ["(utility - 1) ^ 0.5", /before \^/],
    ["utility ^ -1", /before \^/],
    ["10 ^ 400 * utility", /too large/],
    [`utility${" * 1e300".repeat(3)}`, /too large/],
    ["∑ utility", /character 1/],
    ["utility # comment", /"#"/],
  ])("%s is refused", (text, why) => {
    expect(() => parseExpression(text, METRICS)).toThrow(why);
    expect(() => parseExpression(text, METRICS)).toThrow(InputError);
  });

  it("is refused at once, however large", () => {
    const nested = (depth: number) => `${"(".repeat(depth)}utility${")".repeat(depth)}`;
    expect(value(nested(20), at)).toBe(0.5);
    const start = process.cpuUsage().user;
    expect(() => parseExpression(nested(1e7), METRICS)).toThrow(/characters/);
    expect(() => parseExpression(nested(200), METRICS)).toThrow(/nested more than 30 deep/);
    expect(() => parseExpression(`${"-".repeat(400)}utility`, METRICS)).toThrow(/nested more than 30 deep/);
    expect(() => parseExpression(`2${"^2".repeat(200)}`, METRICS)).toThrow(InputError);
    expect(() => parseExpression(`utility${"+1".repeat(240)}`, METRICS)).toThrow(InputError);
    expect(() => parseExpression(`min(${"1,".repeat(240)}utility)`, METRICS)).toThrow(/more than 200/);
    expect(process.cpuUsage().user - start).toBeLessThan(1e6);
  });
});
