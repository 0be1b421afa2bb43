import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/benchmark/formula.ts";
import { type Cloud, estimateOf } from "../../src/frontier/cloud.ts";
import { formulaAt, frontOf, standings } from "../../src/frontier/hypervolume.ts";
import { mean, type Points, studentQuantile } from "../../src/stats/index.ts";

const AXES = [
  { metric: "utility", arm: "clean" },
  { metric: "security", arm: "attacked" },
  { metric: "oversight", arm: "attacked" },
] as const;

/** A cloud of runs that were each resampled once: its means are theirs. */
function cloudOf(byRun: readonly Points[], samples: readonly Points[] = byRun): Cloud {
  const means = byRun[0].map((point, p) => Array.from(point, (_, a) => mean(byRun.map((run) => run[p][a]))));
  return { runs: byRun.length, axes: AXES.slice(0, byRun[0][0].length), means, byRun, samples, ofRuns: samples };
}

const places = { declared: 3, anchors: [0, 2], pair: [0, 1] };
const still = (points: Points, runs = 5) => cloudOf(Array.from({ length: runs }, () => points));

describe("standings", () => {
  it("leave points that tie exactly on the front, and dominate those that tie on one axis only", () => {
    const points = [
      [0.5, 0.5],
      [0.5, 0.5],
      [0.5, 0.4],
      [0.9, 0.1],
    ];
    const labels = standings(still(points), 4, [0, 1]).map(({ label }) => label);
    expect(labels).toEqual(["frontier", "frontier", "dominated", "frontier"]);
  });

  it("count resamples, in the axes asked for", () => {
    const a = [
      [0.5, 0.5, 0.1],
      [0.6, 0.6, 0],
    ];
    const b = [
      [0.7, 0.5, 0.1],
      [0.6, 0.6, 0],
    ];
    const cloud = cloudOf([a, b], [a, a, a, b]);
    expect(standings(cloud, 2, [0, 1]).map(({ probability }) => probability)).toEqual([0.25, 1]);
    expect(standings(cloud, 2, [0, 1, 2]).map(({ probability }) => probability)).toEqual([1, 1]);
  });
});

describe("the front", () => {
  const points = [
    [1, 0, 0.5],
    [0.6, 0.8, 0.5],
    [0.2, 1, 1],
  ];

  it("has hypervolume in two axes and in all", () => {
    const front = frontOf(still(points), { ...places, all: [0, 1, 2] }, null);
    expect(front.hypervolume).toBeCloseTo(0.6 * 0.8 + 0.2 * 0.2, 12);
    expect(front.anchors).toBeCloseTo(0.2, 12);
    // By slices of oversight: 0.6 × 0.8 ∪ 0.2 × 1 up to 0.5, 0.2 × 1 beyond.
    expect(front.all).toEqual({
      axes: ["utility", "security", "oversight"],
      hypervolume: expect.closeTo(0.5 * 0.52 + 0.5 * 0.2, 12),
      anchors: expect.closeTo(0.2, 12),
      score: { mean: expect.closeTo(0.16, 12), low: expect.closeTo(0.16, 12), high: expect.closeTo(0.16, 12) },
    });
    expect(frontOf(still(points), places, null).all).toBeUndefined();
  });

  it("says which utility is left at a security, and how surely", () => {
    const lower = points.map(([u, s, o]) => [u, Math.min(s, 0.79), o]);
    const front = frontOf(cloudOf([points, points, points, points], [points, points, points, lower]), places, null);
    expect(front.utilityAtSecurity).toEqual({ "0.8": 0.6, "0.9": 0.2, "0.95": 0.2 });
    expect(front.atSecurity![0]).toMatchObject({ level: 0.8, utility: 0.6, reached: 0.75 });
    expect(front.atSecurity![0].low).toBe(0);
    expect(frontOf(still(points.slice(0, 1)), { ...places, declared: 1, anchors: [0] }, null).atSecurity![0]).toEqual({
      level: 0.8,
      utility: null,
      low: 0,
      high: 0,
      reached: 0,
    });
  });

  it("shows what 95, 50 and 5 % of runs attain, from 20 runs on", () => {
    const runs = Array.from({ length: 20 }, (_, run) => [
      [0.5, (40 + run) / 100],
      [0.25, run === 19 ? 1 : 0.5],
    ]);
    const flat = { declared: 2, anchors: [], pair: [0, 1] };
    const { utility, low, median, high } = frontOf(cloudOf(runs), flat, null).attainment!;
    expect([utility.length, utility[0], utility[100]]).toEqual([101, 0, 1]);
    // 19 of 20 runs attain the second least, 10 the eleventh least, one the greatest.
    expect([low[50], median[50], high[50]]).toEqual([0.41, 0.5, 0.59]);
    expect([low[25], median[25], high[25]]).toEqual([0.5, 0.5, 1]);
    expect([low[51], median[51], high[51]]).toEqual([0, 0, 0]);
    expect(frontOf(cloudOf(runs.slice(1)), flat, null).attainment).toBeUndefined();
  });

  it("is scored by a formula at its best point, chosen anew in each resample", () => {
    const expression = parseExpression("min(utility, security)", ["utility", "security"]);
    const score = { expression, axes: [0, 1] };
    const other = [points[0], [0.6, 0.1, 0], [0.9, 0.7, 0]];
    const cloud = cloudOf([points, points, points], [points, other]);
    const front = frontOf(cloud, places, score);
    expect(front.score).toMatchObject({ expression: "min(utility, security)", mean: 0.6, best: 1 });
    // Resamples have 0.6 and 0.7: at the same point they would have 0.6 and 0.1.
    const reach = -studentQuantile(0.025, 2) * Math.sqrt(0.005) * Math.sqrt(3 / 2);
    expect(front.score.high! - 0.6).toBeCloseTo(reach, 12);
    expect(formulaAt(cloud, 2, score).mean).toBeCloseTo(0.2, 12);
    expect(front.hypervolume).toBeCloseTo(0.52, 12);
  });
});

describe("intervals of functions of all points", () => {
  const runs = [0.2, 0.4, 0.9].map((x) => [[x, 0]]);
  const of = (points: Points) => points[0][0];

  it("are Student's t with the bootstrap's standard error, cut to where values can lie", () => {
    const error = Math.sqrt(0.13) * Math.sqrt(3 / 2);
    const reach = -studentQuantile(0.025, 2) * error;
    const { mean, low, high } = estimateOf(cloudOf(runs), of, { low: -9, high: 9 });
    expect([mean, low, high]).toEqual([0.5, expect.closeTo(0.5 - reach, 12), expect.closeTo(0.5 + reach, 12)]);
    expect(estimateOf(cloudOf(runs), of, { low: 0, high: 1 })).toEqual({ mean: 0.5, low: 0, high: 1 });
  });

  it("are missing for a single run", () => {
    expect(estimateOf(cloudOf(runs.slice(0, 1)), of, { low: 0, high: 1 })).toEqual({
      mean: 0.2,
      low: null,
      high: null,
    });
  });
});
