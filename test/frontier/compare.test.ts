import { describe, expect, it } from "vitest";
import { compareRuns, MARGIN, verdict } from "../../src/frontier/compare.ts";
import { frontierOf } from "../../src/frontier/frontier.ts";
import { cloudOf } from "../../src/frontier/measure.ts";
import { scoreRuns } from "../../src/frontier/scores.ts";
import { compareWords } from "../../src/report/compare-text.ts";
import { studentInterval } from "../../src/stats/index.ts";
import { madeRun } from "../run/made.ts";

/** Security 1 − over/100 under climb, by wall; utility 1 − wall². Runs differ by a few, alike in all. */
const play =
  (gain: (wall: number, run: number) => number, cost = 0) =>
  ({ wall, attack, run }: { wall: number; attack: string; run: number }) => ({
    over: attack === "climb" ? Math.round(80 - 60 * wall + run - gain(wall, run)) : 0,
    open: 100 - 100 * wall * wall - (wall > 0 && wall < 1 ? cost : 0),
  });

describe("two runs with common seeds", () => {
  it("are compared in pairs: what differs from run to run alike cancels", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const b = await madeRun(
      [],
      play((wall) => (wall > 0 ? 10 : 0)),
    );
    const comparison = compareRuns(a, b);
    expect(comparison.paired).toBe(true);
    expect(comparison.points.map(({ dominates }) => dominates)).toEqual(["equal", "B", "B"]);
    expect(comparison.points.map(({ knobs }) => knobs.wall)).toEqual([0, 0.5, 1]);
    const [, middle] = comparison.points;
    expect(middle.security.difference).toEqual({
      mean: expect.closeTo(0.1, 12),
      low: expect.closeTo(0.1, 12),
      high: expect.closeTo(0.1, 12),
    });
    // (1, 0.18), (0.75, 0.48), (0, …): 0.18 + 0.75 × 0.3 − 0, ten points more at the middle.
    expect(comparison.overall.hypervolume.a.mean).toBeCloseTo(0.18 + 0.75 * 0.3, 12);
    expect(comparison.overall.hypervolume.difference.mean).toBeCloseTo(0.075, 12);
    expect(comparison.overall.hypervolume.difference.low).toBeCloseTo(0.075, 9);
    expect(comparison.overall.hypervolume.a.high! - comparison.overall.hypervolume.a.low!).toBeGreaterThan(0.01);
    expect(comparison.overall.shared).toBeNull();
    expect(comparison.overall.epsilon.aCoversB.mean).toBeCloseTo(0.1, 12);
    expect(comparison.overall.epsilon.bCoversA.mean).toBeCloseTo(0, 12);
    const words = compareWords(comparison).join(" ");
    expect(words).toMatch(/B dominates A at 2 of 3 levels, A dominates B at 0; 1 are equal; at 0 it is unclear/);
    expect(words).toMatch(/Hypervolume \+0\.075 \[0\.075, 0\.075\]/);
    expect(comparison.warnings).toEqual([]);
  });

  it("differ by Student's t of the runs' differences", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const b = await madeRun(
      [],
      play((wall, run) => (wall > 0 ? [3, 9, 4, 8, 6][run] : 0)),
    );
    const { points } = compareRuns(a, b);
    const expected = studentInterval([0.03, 0.09, 0.04, 0.08, 0.06]);
    expect(points[1].security.difference.mean).toBeCloseTo(0.06, 12);
    expect(points[1].security.difference.low).toBeCloseTo(expected.low, 12);
    expect(points[1].security.difference.high).toBeCloseTo(expected.high, 12);
    // A's runs let 50 … 54 over, B's 47, 42, 48, 45, 48: all 25 pairs improve, which proves no certainty.
    expect(points[1].security.improvement.mean).toBe(1);
    expect(points[1].security.improvement.low).toBeLessThan(0.9);
  });

  it("swap places with the runs", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const b = await madeRun(
      [],
      play((wall, run) => 8 * wall + run, 3),
    );
    const [there, back] = [compareRuns(a, b), compareRuns(b, a)];
    expect(back.overall.hypervolume.difference.mean).toBe(-there.overall.hypervolume.difference.mean);
    expect(back.overall.hypervolume.difference.high).toBeCloseTo(-there.overall.hypervolume.difference.low!, 12);
    expect(back.overall.epsilon.aCoversB).toEqual(there.overall.epsilon.bCoversA);
    const other = { A: "B", B: "A", equal: "equal", unclear: "unclear" } as const;
    expect(back.points.map(({ dominates }) => dominates)).toEqual(there.points.map((one) => other[one.dominates]));
    expect(compareRuns(a, a).points.map(({ dominates }) => dominates)).toEqual(["equal", "equal", "equal"]);
    expect(compareRuns(a, a).overall.hypervolume.difference).toEqual({ mean: 0, low: 0, high: 0 });
  });
});

describe("other runs", () => {
  it("are compared as independent when seeds, runs or episodes differ", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    for (const override of ["seeds.root=2", "seeds.runs=6", "episodes.test=5"]) {
      const b = await madeRun(
        [override],
        play(() => 5),
      );
      const { paired, points, overall, warnings } = compareRuns(a, b);
      expect(paired).toBe(false);
      // The spread over runs no longer cancels.
      expect(points[1].security.difference.high! - points[1].security.difference.low!).toBeGreaterThan(0.02);
      expect(overall.hypervolume.difference.low).toBeLessThan(overall.hypervolume.difference.mean - 0.005);
      expect(warnings.length).toBe(override === "seeds.runs=6" ? 1 : 0);
    }
  });

  it("are matched where knobs and defence are the same, swept or not", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const b = await madeRun(
      ["defence.knobs.wall=[0.25, 0.5]"],
      play(() => 5),
    );
    const { points, unmatched, overall } = compareRuns(a, b);
    expect(points.map(({ knobs }) => knobs)).toEqual([{ wall: 0.5 }]);
    expect(unmatched).toEqual({ a: 2, b: 1 });
    expect(overall.shared!.difference.mean).toBeCloseTo(0.75 * 0.05, 12);
    const fixed = await madeRun(
      ["defence.knobs={}", "environment.params.wall=0.5"],
      play(() => 5),
    );
    expect(compareRuns(a, fixed).points).toHaveLength(1);
    const [benchmarkA, benchmarkB] = [a.benchmark, b.benchmark].map((benchmark, i) => ({
      ...benchmark,
      env: { ...benchmark.env, knobs: { ...benchmark.env.knobs, steps: { off: 9, lockdown: 4, grid: [4, 9] } } },
      points: benchmark.points.map((point) => ({ ...point, params: { ...point.params, steps: 4 + 5 * i } })),
    }));
    const other = compareRuns({ ...a, benchmark: benchmarkA }, { ...b, benchmark: benchmarkB });
    // Both sweep the wall only: another knob that is fixed leaves levels comparable, and is told.
    expect(other.points).toHaveLength(1);
    expect(other.warnings).toEqual(["At every level the defences differ in steps (4 in A, 9 in B)."]);
    const apart = compareRuns(
      a,
      await madeRun(
        ["defence.knobs.wall=[0.7]"],
        play(() => 5),
      ),
    );
    expect([apart.points, apart.overall.shared]).toEqual([[], null]);
    expect(compareWords(apart)[0]).toMatch(/No point has the same knobs/);
  });

  it("are matched by knobs alone where each run has one defence, whatever it is called", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const b = await madeRun(
      ["defence.policy=shut"],
      play(() => 5),
    );
    const { points, unmatched } = compareRuns(a, b);
    expect(points.map(({ defence }) => defence)).toEqual(points.map(() => "default and shut"));
    expect([points.length, unmatched]).toEqual([3, { a: 0, b: 0 }]);
    const two = await madeRun(
      ["defence.policy=[default, shut]"],
      play(() => 5),
    );
    expect(compareRuns(a, two).unmatched.b).toBe(3);
  });

  it("come with warnings where one was attacked harder, or the task is another", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const weak = await madeRun(
      ["portfolio=[random]"],
      play(() => 5),
    );
    expect(compareRuns(a, weak).warnings).toEqual([
      "Only A was attacked by climb: A was attacked harder, so its security may look lower for it.",
    ]);
    const learner = (budget: number) => [`portfolio=[random, scripted, {baseline: toy-learner, budget: ${budget}}]`];
    const little = await madeRun(
      learner(100),
      play(() => 0),
    );
    const much = await madeRun(
      learner(1000),
      play(() => 0),
    );
    expect(compareRuns(little, much).warnings.join(" ")).toMatch(/toy-learner.*500 .* 5000 .* B was attacked harder/);
    const longer = await madeRun(
      ["environment.params.steps=9"],
      play(() => 0),
    );
    expect(compareRuns(a, longer).warnings[0]).toMatch(/differ in steps \(4 in A, 9 in B\)/);
  });

  it("are refused on other axes and environments", async () => {
    const a = await madeRun(
      [],
      play(() => 0),
    );
    const swapped = await madeRun(
      ["axes={utility: closed, security: access}"],
      play(() => 0),
    );
    expect(() => compareRuns(a, swapped)).toThrow(/A is drawn on access and closed, B on closed and access.*--axes/);
    const other = { ...a, benchmark: { ...a.benchmark, env: { ...a.benchmark.env, id: "other-v0" } } };
    expect(() => compareRuns(a, other)).toThrow(/A is a run of toy-v0 and B of other-v0/);
    const changed = { ...a, benchmark: { ...a.benchmark, plugin: { ...a.benchmark.plugin, digest: "0" } } };
    expect(() => compareRuns(a, changed)).toThrow(/different definitions of toy-v0/);
  });

  it("say less the fewer runs there are", async () => {
    const a = await madeRun(
      ["seeds.runs=1"],
      play(() => 0),
    );
    const b = await madeRun(
      ["seeds.runs=1"],
      play(() => 5),
    );
    const { illustrative, points, overall } = compareRuns(a, b);
    expect(illustrative).toBe(true);
    expect(points.map(({ dominates }) => dominates)).toEqual(["unclear", "unclear", "unclear"]);
    expect(overall.hypervolume.difference).toMatchObject({ low: null, high: null });
  });
});

it("tells the worst tenth of episodes only of metrics that are marked for it", async () => {
  const { benchmark, measured } = await madeRun(["episodes.test=20"], ({ attack, episode }) => ({
    over: attack === "climb" ? 20 + episode : 0,
    open: 50,
  }));
  const { env } = benchmark;
  const closed = { ...env.metrics.closed, perEpisode: true };
  const marked = { ...benchmark, env: { ...env, metrics: { ...env.metrics, closed } } };
  const { points } = frontierOf(marked, measured, cloudOf(measured, 1));
  // Of 20 … 39 over in 100, the worst tenth of episodes lets 38 and 39 over.
  const metrics = scoreRuns(marked.env, measured.subject.points[0], marked.axes).tail("closed", "attacked");
  expect(metrics).toEqual(new Array(5).fill(expect.closeTo(1 - 0.385, 12)));
  expect(points[0].metrics.closed.tail!.attacked.mean).toBeCloseTo(1 - 0.385, 12);
  expect(points[0].metrics.closed.tail!.clean.mean).toBe(1);
  expect(points[0].metrics.access.tail).toBeUndefined();
});

it("calls a point better where no axis may be more than the margin worse", () => {
  const between = (low: number, high: number) => ({ mean: (low + high) / 2, low, high });
  expect(verdict([between(-0.5 * MARGIN, 0.02), between(0.1, 0.2)])).toBe("B");
  expect(verdict([between(-2 * MARGIN, 0.02), between(0.1, 0.2)])).toBe("unclear");
  expect(verdict([between(-0.2, -0.1), between(0, 0)])).toBe("A");
  expect(verdict([between(-0.2, -0.1), between(0.1, 0.2)])).toBe("unclear");
  expect(verdict([between(-0.001, 0.001), between(-0.001, 0.001)])).toBe("unclear");
  expect(verdict([between(0, 0), between(0, 0)])).toBe("equal");
});
