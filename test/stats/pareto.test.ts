import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  additiveEpsilon,
  bestGiven,
  dominates,
  frontierLabels,
  hypervolume,
  nonDominated,
  paretoProbability,
} from "../../src/stats/index.ts";

const settings = { seed: 20265, numRuns: 200 };
/** Points on a coarse grid, so that ties and duplicates are common. */
const cloud = (axes: number, most: number) =>
  fc.array(fc.array(fc.nat({ max: 5 }), { minLength: axes, maxLength: axes }), { minLength: 1, maxLength: most });
const origin = (axes: number) => new Array<number>(axes).fill(0);

/** Volume by inclusion and exclusion over all subsets: slow, and independent of the sweep. */
function volumeBySubsets(points: number[][]): number {
  let volume = 0;
  for (let subset = 1; subset < 1 << points.length; subset++) {
    const chosen = points.filter((_, i) => (subset >> i) & 1);
    const corner = chosen[0].map((_, axis) => Math.min(...chosen.map((point) => point[axis])));
    volume += (chosen.length % 2 === 1 ? 1 : -1) * corner.reduce((product, side) => product * side, 1);
  }
  return volume;
}

test("non-dominated points, with ties and duplicates", () => {
  const points = [
    [0.9, 0.1],
    [0.9, 0.2],
    [0.5, 0.5],
    [0.5, 0.5],
    [0.5, 0.4],
    [0.1, 0.9],
    [0, 0.9],
  ];
  expect(nonDominated(points)).toEqual([false, true, true, true, false, true, false]);
  expect(dominates([1, 1], [1, 1])).toBe(false);
  expect(nonDominated([])).toEqual([]);
});

test("every dominated point has a non-dominated one above it", () => {
  fc.assert(
    fc.property(cloud(3, 12), (points) => {
      const keep = nonDominated(points);
      expect(keep.some(Boolean)).toBe(true);
      for (const [i, point] of points.entries()) {
        expect(points.some((other, j) => keep[j] && dominates(other, point))).toBe(!keep[i]);
      }
    }),
    settings,
  );
});

test("hypervolume of known fronts", () => {
  expect(hypervolume([], [0, 0])).toBe(0);
  expect(
    hypervolume(
      [
        [1, 0],
        [0, 1],
      ],
      [0, 0],
    ),
  ).toBe(0);
  expect(
    hypervolume(
      [
        [3, 1],
        [2, 2],
        [1, 3],
      ],
      [0, 0],
    ),
  ).toBe(6);
  expect(
    hypervolume(
      [
        [3, 1],
        [2, 2],
        [1, 3],
        [1, 1],
        [2, 2],
      ],
      [0, 0],
    ),
  ).toBe(6);
  expect(hypervolume([[2, 5]], [1, 1])).toBe(4);
  expect(
    hypervolume(
      [
        [-1, 9],
        [2, 2],
      ],
      [0, 0],
    ),
  ).toBe(4);
  expect(
    hypervolume(
      [
        [1, 2, 3],
        [3, 2, 1],
      ],
      [0, 0, 0],
    ),
  ).toBe(10);
  expect(hypervolume([[4]], [1])).toBe(3);
});

test("a point below the reference on any axis adds nothing", () => {
  expect(
    hypervolume(
      [
        [9, -1],
        [2, 2],
      ],
      [0, 0],
    ),
  ).toBe(4);
  expect(
    hypervolume(
      [
        [9, -1, 9],
        [9, 9, -1],
        [-1, 9, 9],
        [2, 2, 2],
      ],
      [0, 0, 0],
    ),
  ).toBe(8);
});

test("hypervolume equals inclusion and exclusion in 2, 3 and 4 axes", () => {
  for (const axes of [2, 3, 4]) {
    fc.assert(
      fc.property(cloud(axes, 7), (points) => {
        expect(hypervolume(points, origin(axes))).toBe(volumeBySubsets(points));
      }),
      settings,
    );
  }
});

test("a dominated point adds no volume, a better one does, and the order of points does not matter", () => {
  fc.assert(
    fc.property(cloud(3, 8), fc.array(fc.nat({ max: 6 }), { minLength: 3, maxLength: 3 }), (points, extra) => {
      const before = hypervolume(points, origin(3));
      const after = hypervolume([extra, ...points], origin(3));
      const covered = points.some((point) => point.every((value, axis) => value >= extra[axis]));
      if (covered || extra.includes(0)) expect(after).toBe(before);
      else expect(after).toBeGreaterThan(before);
      expect(hypervolume([...points].reverse(), origin(3))).toBe(before);
    }),
    settings,
  );
});

test("additive epsilon: known values, zero against itself, and what it promises", () => {
  expect(additiveEpsilon([[0.5, 0.5]], [[0.75, 0.625]])).toBe(0.25);
  expect(additiveEpsilon([[0.75, 0.625]], [[0.5, 0.5]])).toBe(-0.125);
  expect(
    additiveEpsilon(
      [
        [1, 0],
        [0, 1],
      ],
      [[0.5, 0.5]],
    ),
  ).toBe(0.5);
  fc.assert(
    fc.property(cloud(2, 6), cloud(2, 6), (a, b) => {
      expect(additiveEpsilon(a, a)).toBeLessThanOrEqual(0);
      const epsilon = additiveEpsilon(a, b);
      const reaches = (shift: number) =>
        b.every((target) => a.some((point) => point.every((value, axis) => value + shift >= target[axis])));
      expect(reaches(epsilon)).toBe(true);
      expect(reaches(epsilon - 0.5)).toBe(false);
    }),
    settings,
  );
});

test("best utility at a level of security", () => {
  const points = [
    [0.95, 0.2],
    [0.8, 0.8],
    [0.6, 0.9],
    [0.7, 0.9],
  ];
  expect(bestGiven(points, 0, 1, 0.8)).toBe(0.8);
  expect(bestGiven(points, 0, 1, 0.9)).toBe(0.7);
  expect(bestGiven(points, 0, 1, 0.95)).toBeNull();
});

test("P(Pareto-optimal) and labels", () => {
  // Three points in four resamples: the first is always on the front, the second in one, the third never.
  // biome-ignore format: one resample a line
  const samples = new Float64Array([
    0.9, 0.5, 0.8, 0.4, 0.1, 0.1,
    0.9, 0.5, 0.9, 0.4, 0.1, 0.1,
    0.9, 0.5, 0.8, 0.6, 0.1, 0.1,
    0.9, 0.5, 0.8, 0.3, 0.1, 0.1,
  ]);
  const probabilities = paretoProbability(samples, 3, 2);
  expect([...probabilities]).toEqual([1, 0.25, 0]);
  expect(frontierLabels(probabilities)).toEqual(["frontier", "ambiguous", "dominated"]);
  expect(frontierLabels(probabilities, 0.75)).toEqual(["frontier", "dominated", "dominated"]);
});

test("P(Pareto-optimal) of a point that is better on one axis by d is Φ(d/√2 σ)", () => {
  // Equal on the first axis; noisy on the second with σ = 1 each and d = 1: Φ(1/√2) = .7602.
  const rng = new Rng(3, "pareto");
  const samples = new Float64Array(20_000 * 4);
  for (let i = 0; i < samples.length; i += 4) samples.set([1, 1 + rng.normal(), 1, rng.normal()], i);
  const [better, worse] = paretoProbability(samples, 2, 2);
  expect(Math.abs(better - 0.76025)).toBeLessThan(3 * Math.sqrt((0.76 * 0.24) / 20_000));
  expect(better + worse).toBeCloseTo(1, 12);
});

test("points that do not fit are refused", () => {
  expect(() => hypervolume([[1, 2, 3]], [0, 0])).toThrow("point 0 has 3 axes, expected 2");
  expect(() => hypervolume([[1, Number.NaN]], [0, 0])).toThrow("value 1 is NaN");
  expect(() => nonDominated([[1, 2], [1]])).toThrow("point 1 has 1 axes, expected 2");
  expect(() => additiveEpsilon([], [[1, 2]])).toThrow("got no points");
  expect(() => paretoProbability(new Float64Array(5), 2, 2)).toThrow("got 5 values, expected a multiple of 2 × 2");
  expect(() => frontierLabels([1], 0.4)).toThrow("got confidence 0.4");
});
