import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argmaxMasked,
  logProbability,
  normalLogDensity,
  sampleCategorical,
  softmaxMasked,
} from "../../src/policy/network/categorical.ts";
import { Rng } from "../../src/random/rng.ts";

/** Logits and mask of one row, placed among other rows. */
const row = fc
  .integer({ min: 1, max: 9 })
  .chain((n) =>
    fc.record({
      n: fc.constant(n),
      logits: fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: n, maxLength: n }),
      allowed: fc.array(fc.boolean(), { minLength: n, maxLength: n }).filter((mask) => mask.some(Boolean)),
      before: fc.integer({ min: 0, max: 3 }),
    }),
  )
  .map(({ n, logits, allowed, before }) => ({
    n,
    allowed,
    logits: Float32Array.from([...Array(before).fill(99), ...logits, 99]),
    offset: before,
    mask: Uint8Array.from([1, ...allowed.map(Number), 1]),
    maskOffset: 1,
  }));

describe("categorical", () => {
  it("has probabilities that are the softmax over the allowed choices", () => {
    fc.assert(
      fc.property(row, ({ n, logits, offset, mask, maskOffset, allowed }) => {
        const out = new Float64Array(n);
        softmaxMasked(logits, offset, n, mask, maskOffset, out, 0);
        const total = allowed.reduce((sum, is, i) => sum + (is ? Math.exp(logits[offset + i]) : 0), 0);
        for (let i = 0; i < n; i++) {
          expect(out[i]).toBeCloseTo(allowed[i] ? Math.exp(logits[offset + i]) / total : 0, 12);
          const logp = logProbability(logits, offset, n, mask, maskOffset, i);
          if (allowed[i]) expect(logp).toBeCloseTo(logits[offset + i] - Math.log(total), 10);
          else expect(logp).toBe(Number.NEGATIVE_INFINITY);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("draws only what is allowed, and takes one number from the stream", () => {
    fc.assert(
      fc.property(row, fc.integer(), ({ n, logits, offset, mask, maskOffset, allowed }, seed) => {
        const rng = new Rng(seed);
        const twin = new Rng(seed);
        const choice = sampleCategorical(logits, offset, n, mask, maskOffset, rng);
        expect(allowed[choice]).toBe(true);
        expect(allowed[argmaxMasked(logits, offset, n, mask, maskOffset)]).toBe(true);
        twin.float();
        expect(rng.state()).toEqual(twin.state());
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it("draws with the stated frequencies", () => {
    const rng = new Rng(5, "frequencies");
    const logits = Float32Array.from([0.5, -1, 3, 1.2, 0]);
    const mask = Uint8Array.from([1, 1, 0, 1, 1]);
    const p = new Float64Array(5);
    softmaxMasked(logits, 0, 5, mask, 0, p, 0);
    const counts = new Float64Array(5);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) counts[sampleCategorical(logits, 0, 5, mask, 0, rng)]++;
    // Five deviations of a binomial.
    for (let i = 0; i < 5; i++) {
      expect(Math.abs(counts[i] / draws - p[i])).toBeLessThanOrEqual(5 * Math.sqrt((p[i] * (1 - p[i])) / draws));
    }
  });

  it("takes the first of equal logits as the greatest", () => {
    expect(argmaxMasked([1, 2, 2], 0, 3, null, 0)).toBe(1);
    expect(argmaxMasked([1, 2, 2], 0, 3, [1, 0, 1], 0)).toBe(2);
    expect(argmaxMasked([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 0, 2, null, 0)).toBe(0);
  });

  it("says what is wrong", () => {
    const rng = new Rng(1);
    expect(() => sampleCategorical([1, 2], 0, 2, [0, 0], 0, rng)).toThrow(/mask forbids all 2 choices/);
    expect(() => sampleCategorical([1, Number.NaN], 0, 2, null, 0, rng)).toThrow(/logit 1 of 2 is NaN/);
    expect(() => argmaxMasked([Number.POSITIVE_INFINITY], 0, 1, null, 0)).toThrow(RangeError);
    expect(argmaxMasked([1, Number.NaN], 0, 2, [1, 0], 0)).toBe(0);
  });

  it("knows the density of independent normals", () => {
    const density = normalLogDensity([9, 1, -2], 1, [Math.log(2), 0], 2, [7, 7, 2, -2], 2);
    expect(density).toBeCloseTo(-0.5 * 0.25 - Math.log(2) - Math.log(2 * Math.PI), 12);
  });
});
