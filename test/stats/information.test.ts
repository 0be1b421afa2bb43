import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  binaryEntropy,
  channelCapacity,
  chiSquareDivergence,
  conditionalEntropy,
  entropy,
  entropyFromCounts,
  klDivergence,
  mean,
  mutualInformation,
  mutualInformationFromCounts,
} from "../../src/stats/index.ts";

const settings = { seed: 20266, numRuns: 200 };
const normalise = (rows: number[][]) => {
  const total = rows.flat().reduce((a, b) => a + b);
  return rows.map((row) => row.map((weight) => weight / total));
};
const joint = fc
  .array(fc.array(fc.nat({ max: 9 }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .filter((rows) => rows.flat().some((weight) => weight > 0))
  .map(normalise);
const rowSums = (rows: number[][]) => rows.map((row) => row.reduce((a, b) => a + b));
const columnSums = (rows: number[][]) => rows[0].map((_, y) => rows.reduce((total, row) => total + row[y], 0));

test("entropies of known laws", () => {
  expect(entropy([0.5, 0.5], "bits")).toBe(1);
  expect(entropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4), 14);
  expect(entropy([1, 0])).toBe(0);
  const cover = [20, 14, 10, 8, 5, 3, 2, 2].map((weight) => weight / 64);
  expect(entropy(cover, "bits")).toBeCloseTo(2.604, 3);
  expect(binaryEntropy(0.11, "bits")).toBeCloseTo(0.499915958164528, 14);
  expect(binaryEntropy(0.3)).toBeCloseTo(entropy([0.3, 0.7]), 14);
  expect([binaryEntropy(0), binaryEntropy(1)]).toEqual([0, 0]);
});

test("chain rule: I = H(X) − H(X|Y) = H(X) + H(Y) − H(X,Y) = D(joint ‖ product), symmetric", () => {
  fc.assert(
    fc.property(joint, (rows) => {
      const x = rowSums(rows);
      const y = columnSums(rows);
      const information = mutualInformation(rows);
      expect(information).toBeCloseTo(entropy(x) - conditionalEntropy(rows), 12);
      expect(information).toBeCloseTo(entropy(x) + entropy(y) - entropy(rows.flat()), 12);
      const product = x.flatMap((p) => y.map((q) => p * q));
      expect(information).toBeCloseTo(klDivergence(rows.flat(), product), 12);
      const transposed = y.map((_, j) => rows.map((row) => row[j]));
      expect(information).toBeCloseTo(mutualInformation(transposed), 12);
      expect(mutualInformation(rows, "bits") * Math.LN2).toBeCloseTo(information, 12);
    }),
    settings,
  );
});

test("divergences: known values, infinite where q lacks a value, and Pinsker's and Jensen's inequalities", () => {
  expect(klDivergence([1, 0], [0.5, 0.5], "bits")).toBe(1);
  expect(klDivergence([0.5, 0.5], [1, 0])).toBe(Number.POSITIVE_INFINITY);
  expect(chiSquareDivergence([1, 0], [0.5, 0.5])).toBe(1);
  expect(chiSquareDivergence([0.5, 0.5], [1, 0])).toBe(Number.POSITIVE_INFINITY);
  // BSC(p), a flipped input: (1 − 2p) log((1 − p)/p) nats, and χ² = (1 − 2p)²/(p(1 − p)).
  expect(klDivergence([0.9, 0.1], [0.1, 0.9])).toBeCloseTo(0.8 * Math.log(9), 14);
  expect(chiSquareDivergence([0.9, 0.1], [0.1, 0.9])).toBeCloseTo(0.64 / 0.09, 12);
  fc.assert(
    fc.property(joint, joint, (a, b) => {
      const p = columnSums(a);
      const q = columnSums(b);
      const distance = p.reduce((total, value, i) => total + Math.abs(value - q[i]), 0) / 2;
      expect(klDivergence(p, q)).toBeGreaterThanOrEqual(2 * distance * distance - 1e-12);
      expect(klDivergence(p, q)).toBeLessThanOrEqual(Math.log1p(chiSquareDivergence(p, q)) + 1e-12);
      expect(klDivergence(p, p)).toBe(0);
    }),
    settings,
  );
});

test("estimates from counts: known values", () => {
  expect(entropyFromCounts([5, 5], "plug-in", "bits")).toBe(1);
  expect(entropyFromCounts([5, 5, 0])).toBeCloseTo(Math.log(2) + 1 / 20, 14);
  const counts = [
    [10, 0],
    [0, 10],
  ];
  expect(mutualInformationFromCounts(counts, "plug-in", "bits")).toBe(1);
  expect(mutualInformationFromCounts(counts)).toBeCloseTo(Math.log(2) + (2 + 2 - 2 - 1) / 40, 14);
});

test("the plug-in estimates are biased as documented, and Miller–Madow removes nearly all of it", () => {
  const rng = new Rng(5, "bias");
  const samples = 200;
  const entropies = { plugIn: [] as number[], corrected: [] as number[] };
  const leaks = { plugIn: [] as number[], corrected: [] as number[] };
  for (let i = 0; i < 2000; i++) {
    const counts = Array.from({ length: 4 }, () => new Float64Array(4));
    for (let n = 0; n < samples; n++) counts[rng.int(0, 4)][rng.int(0, 4)]++;
    const marginal = counts.map((row) => row.reduce((a, b) => a + b));
    entropies.plugIn.push(entropyFromCounts(marginal, "plug-in"));
    entropies.corrected.push(entropyFromCounts(marginal));
    leaks.plugIn.push(mutualInformationFromCounts(counts, "plug-in"));
    leaks.corrected.push(mutualInformationFromCounts(counts));
  }
  // Truth: log 4, and no information at all. Standard errors are below 0.0003.
  expect(Math.abs(mean(entropies.plugIn) - Math.log(4) + 3 / (2 * samples))).toBeLessThan(0.001);
  expect(Math.abs(mean(entropies.corrected) - Math.log(4))).toBeLessThan(0.001);
  expect(Math.abs(mean(leaks.plugIn) - 9 / (2 * samples))).toBeLessThan(0.002);
  expect(Math.abs(mean(leaks.corrected))).toBeLessThan(0.002);
});

test("capacity of known channels", () => {
  const symmetric = channelCapacity(
    [
      [0.9, 0.1],
      [0.1, 0.9],
    ],
    { unit: "bits" },
  );
  expect(symmetric.capacity).toBeCloseTo(1 - binaryEntropy(0.1, "bits"), 12);
  const erasure = channelCapacity(
    [
      [0.7, 0.3, 0],
      [0, 0.3, 0.7],
    ],
    { unit: "bits" },
  );
  expect(erasure.capacity).toBeCloseTo(0.7, 12);
  // Z-channel with p = 1/2: log₂(5/4) bits, input 1 used 2/5 of the time.
  const z = channelCapacity(
    [
      [1, 0],
      [0.5, 0.5],
    ],
    { unit: "bits" },
  );
  expect(z.capacity).toBeCloseTo(Math.log2(1.25), 11);
  expect(z.input[1]).toBeCloseTo(0.4, 5);
  expect(
    channelCapacity([
      [0.3, 0.7],
      [0.3, 0.7],
    ]).capacity,
  ).toBeCloseTo(0, 14);
  expect(
    channelCapacity([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]).capacity,
  ).toBeCloseTo(Math.log(3), 12);
});

test("capacity bounds hold: no input law beats it, and the gap is honest when stopped early", () => {
  const channel = [
    [0.6, 0.3, 0.1],
    [0.2, 0.5, 0.3],
    [0.1, 0.2, 0.7],
  ];
  const full = channelCapacity(channel);
  expect(full.gap).toBeLessThanOrEqual(1e-12);
  const early = channelCapacity(channel, { iterations: 3 });
  expect(early.capacity).toBeLessThan(full.capacity);
  expect(early.capacity + early.gap).toBeGreaterThanOrEqual(full.capacity);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }), (weights) => {
      const total = weights.reduce((a, b) => a + b);
      fc.pre(total > 0);
      const law = channel.map((row, x) => row.map((p) => (p * weights[x]) / total));
      expect(mutualInformation(law)).toBeLessThanOrEqual(full.capacity + full.gap + 1e-12);
    }),
    settings,
  );
});

test("what is no law, count or channel is refused", () => {
  expect(() => entropy([0.5, 0.6])).toThrow("add up to 1.1");
  expect(() => mutualInformation([[0.5], [0.25, 0.25]])).toThrow("row 1 has 2 columns, expected 1");
  expect(() => entropyFromCounts([1.5])).toThrow("count 0: got 1.5");
  expect(() => entropyFromCounts([0, 0])).toThrow("all 2 counts are 0");
  expect(() => mutualInformationFromCounts([[1, -1]])).toThrow("count 1: got -1");
  expect(() => klDivergence([1], [0.5, 0.5])).toThrow("got 1 and 2 probabilities");
  expect(() => channelCapacity([[0.5, 0.4]])).toThrow("row 0: 2 probabilities add up to 0.9");
  expect(() => channelCapacity([])).toThrow("got no rows");
});
