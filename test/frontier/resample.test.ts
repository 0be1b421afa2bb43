import { expect, test } from "vitest";
import { z } from "zod";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { cloudStatistic } from "../../src/frontier/resample.ts";
import { metricOf, type PointTables, type Split, scoreRuns, splitsOf } from "../../src/frontier/scores.ts";
import { Rng } from "../../src/random/rng.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { addCounters, cvar, episodeTable, hierarchicalBootstrap, type Statistic } from "../../src/stats/index.ts";

/** Metrics that read few counters, one of them only where another allows it. */
const env = defineEnv({
  id: "counted-v0",
  summary: "Nothing happens: only its counters and metrics are used.",
  threat: "none",
  params: z.object({}),
  knobs: {},
  horizon: () => 1,
  roles: () => ({ one: { side: "attacker", count: 1, observation: box([1], 0, 1), action: discrete(2) } }),
  counters: ["a", "b", "c", "d", "e", "f"],
  metrics: {
    use: { axis: "utility", summary: "", of: (c) => ratio(c.a, c.a + c.e, 1) },
    safe: {
      axis: "security",
      summary: "",
      of: (c, { clean }) => ratio(c.b, c.b + clean.c, 1) * (c.b > 8 ? ratio(c.f, c.f + 1, 0) : 1),
    },
  },
  create: () => ({ reset() {}, step() {} }),
});

const AXES = { utility: "use", security: "safe" } as const;

/** The plainest form: every counter of every table, added up by `addCounters`. */
function plainStatistic(points: readonly PointTables[], costliest: readonly number[]): Statistic<Split> {
  return (sample, out) => {
    const runs = sample.runs.length;
    out.fill(0);
    const sum = (p: number, attack: number, splits: readonly Split[], slot: number) => {
      const sums = new Float64Array(env.counters.length);
      for (const split of splits) {
        const part = new Float64Array(env.counters.length);
        addCounters(points[p][split][attack], sample, split, slot, part);
        part.forEach((value, c) => {
          sums[c] += value;
        });
      }
      return Object.fromEntries(env.counters.map((name, c) => [name, sums[c]]));
    };
    for (const [p, { brought }] of points.entries()) {
      const scores = scoreRuns(env, points[p], AXES);
      const left = brought.map((_, a) => {
        let total = 0;
        for (let slot = 0; slot < runs; slot++) {
          const on = scores.splits[a];
          total += metricOf(env, "safe", sum(p, a, on, slot), sum(p, 0, on, slot));
        }
        return total / runs;
      });
      out[3 * p + 1] = Math.min(...left);
      for (let slot = 0; slot < runs; slot++) {
        const clean = sum(p, 0, ["select", "test"], slot);
        const on = scores.splits[costliest[p]];
        out[3 * p] += metricOf(env, "use", clean, clean) / runs;
        out[3 * p + 2] += metricOf(env, "use", sum(p, costliest[p], on, slot), sum(p, 0, on, slot)) / runs;
      }
    }
  };
}

function randomPoints(runs: number, episodes: Record<Split, number>, attacks: number, points: number): PointTables[] {
  const rng = new Rng(runs, "points");
  const tables = (split: Split) =>
    Array.from({ length: attacks }, (_, a) => {
      const rows = runs * episodes[split];
      const values = Float64Array.from({ length: rows * 6 }, () => rng.float() / 7);
      // Equal columns: b under pairs of attacks, and e, which differs in the last episode alone.
      const pair = new Rng(a >> 1, "pair", split);
      for (let row = 0; row < rows; row++) values[row * 6 + 1] = pair.float() / 7;
      for (let row = 0; row < rows - 1; row++) values[row * 6 + 4] = 1 / 7;
      return episodeTable(runs, episodes[split], 6, values);
    });
  const names = Array.from({ length: attacks }, (_, a) => `attack-${a}`);
  return Array.from({ length: points }, () => ({
    attacks: names,
    brought: names.map((_, a) => a === 2),
    select: tables("select"),
    test: tables("test"),
  }));
}

test("resampled points are those of plain sums, bit for bit, whatever the metrics read", () => {
  for (const [runs, attacks] of [
    [2, 1],
    [5, 4],
    [3, 7],
  ]) {
    const shape = { runs, episodes: { select: 9, test: 130 } };
    const points = randomPoints(runs, shape.episodes, attacks, 3);
    const axes = [
      { metric: "use", arm: "clean" },
      { metric: "safe", arm: "attacked" },
      { metric: "use", arm: "attacked" },
    ] as const;
    const draw = (statistic: Statistic<Split>) =>
      hierarchicalBootstrap(shape, statistic, { resamples: 60, outputs: 9, rng: new Rng(3) });
    const scores = points.map((tables) => scoreRuns(env, tables, AXES));
    const fast = draw(cloudStatistic({ env, axes, security: "safe", points, scores }));
    const costliest = scores.map(({ attacks, costliest }) => attacks.indexOf(costliest));
    expect(fast).toEqual(draw(plainStatistic(points, costliest)));
    expect(new Set(fast).size).toBeGreaterThan(100);
  }
});

test("a policy that was brought along counts by the split on which it is weaker", () => {
  const on = (select: number[], test: number[]) => (split: Split) => ({ select, test })[split];
  expect(splitsOf(false, on([0.1], [0.9]))).toEqual(["select", "test"]);
  expect(splitsOf(true, on([0.1, 0.2], [0.9, 0.8]))).toEqual(["test"]); // a decoy that was made for the select split
  expect(splitsOf(true, on([0.4], [0.1]))).toEqual(["select"]);
});

test("tails are CVaR over single episodes, each beside the same episode of the clean arm", () => {
  const [tables] = randomPoints(3, { select: 9, test: 40 }, 4, 1);
  const scores = scoreRuns(env, tables, AXES);
  const episode = (attack: number, run: number, e: number) =>
    Object.fromEntries(env.counters.map((name, c) => [name, tables.test[attack].values[(run * 40 + e) * 6 + c]]));
  for (const arm of ["clean", "attacked"] as const) {
    const expected = [0, 1, 2].map((run) => {
      const attack = arm === "clean" ? 0 : tables.attacks.indexOf(scores.worst);
      const values = Array.from({ length: 40 }, (_, e) =>
        env.metrics.safe.of(episode(attack, run, e) as never, { clean: episode(0, run, e) as never }),
      );
      return cvar(values, 0.1);
    });
    expect(scores.tail("safe", arm)).toEqual(expected);
    expect(Math.max(...scores.tail("safe", arm))).toBeLessThan(Math.min(...scores.of(scores.worst, "safe")));
  }
});
