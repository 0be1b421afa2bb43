import * as fc from "fast-check";
import { expect, test } from "vitest";
import { binomialPmfTable, randomisedThreshold, rejectionProbability, totalVariation } from "../../src/stats/index.ts";

const settings = { seed: 20263, numRuns: 500 };
/** Laws over up to 12 values, some of them impossible. */
const law = fc
  .array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 12 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => {
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  });
const level = fc.oneof(fc.constantFrom(0, 1, 0.5, 0.05), fc.double({ min: 0, max: 1, noNaN: true }));

test("the level is exactly alpha, whatever the law", () => {
  fc.assert(
    fc.property(law, level, (pmf, alpha) => {
      const rule = randomisedThreshold(pmf, alpha);
      expect(rule.probabilityAtThreshold).toBeGreaterThanOrEqual(0);
      expect(rule.probabilityAtThreshold).toBeLessThanOrEqual(1);
      expect(Math.abs(rejectionProbability(pmf, rule) - alpha)).toBeLessThan(1e-12);
    }),
    settings,
  );
});

test("a known case: 16 coin tosses at 5 %", () => {
  // P(X > 11) = .03840637, P(X = 11) = .06665039.
  const { threshold, probabilityAtThreshold } = randomisedThreshold(binomialPmfTable(16, 0.5), 0.05);
  expect(threshold).toBe(11);
  expect(probabilityAtThreshold).toBeCloseTo((0.05 - 0.0384063720703125) / 0.066650390625, 13);
});

test("alpha 0 rejects nothing, not even what the null law excludes; alpha 1 rejects everything", () => {
  const never = randomisedThreshold([0.5, 0.5, 0, 0], 0);
  expect(rejectionProbability([0, 0, 0.2, 0.8], never)).toBe(0);
  const always = randomisedThreshold([0, 0.5, 0.5], 1);
  expect(rejectionProbability([1, 0, 0], always)).toBe(1);
  expect(rejectionProbability([0, 0, 1], randomisedThreshold([0.5, 0.5, 0], 1e-9))).toBe(1);
});

test("power grows with the level, and exceeds it by at most the total variation", () => {
  const twoLevels = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), twoLevels, (p, levels) => {
      const [low, high] = levels.sort((a, b) => a - b);
      const innocent = binomialPmfTable(12, 0.3);
      const guilty = binomialPmfTable(12, p);
      const power = (alpha: number) => rejectionProbability(guilty, randomisedThreshold(innocent, alpha));
      expect(power(high)).toBeGreaterThanOrEqual(power(low) - 1e-12);
      expect(power(low) - low).toBeLessThanOrEqual(totalVariation(innocent, guilty) + 1e-12);
    }),
    settings,
  );
});

test("total variation of known laws", () => {
  expect(totalVariation([0.5, 0.5], [0.5, 0.5])).toBe(0);
  expect(totalVariation([1, 0], [0, 1])).toBe(1);
  expect(totalVariation([0.5, 0.25, 0.25], [0.25, 0.25, 0.5])).toBe(0.25);
});

test("what is no law or level is refused", () => {
  expect(() => randomisedThreshold([0.5, 0.4], 0.1)).toThrow("2 probabilities add up to 0.9, expected 1");
  expect(() => randomisedThreshold([1.5, -0.5], 0.1)).toThrow("probability 1 is -0.5");
  expect(() => randomisedThreshold([], 0.1)).toThrow("add up to 0");
  expect(() => randomisedThreshold([0.5, Number.NaN], 0.1)).toThrow("probability 1 is NaN");
  expect(() => randomisedThreshold([1], 2)).toThrow("expected a probability");
  expect(() => totalVariation([1], [0.5, 0.5])).toThrow("got 1 and 2 probabilities");
});
