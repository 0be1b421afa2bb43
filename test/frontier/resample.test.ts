import { expect, test } from "vitest";
import { z } from "zod";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { cloudStatistic } from "../../src/frontier/resample.ts";
import { metricOf, type PointTables, type Split, scoreRuns, worstAttack } from "../../src/frontier/scores.ts";
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

/** The plainest form: every counter of every table, added up by `addCounters`. */
function plainStatistic(points: readonly PointTables[]): Statistic<Split> {
  const sum = (...args: [PointTables["test"][number], Parameters<Statistic<Split>>[0], Split, number]) => {
    const sums = new Float64Array(env.counters.length);
    addCounters(...args, sums);
    return Object.fromEntries(env.counters.map((name, c) => [name, sums[c]]));
  };
  return (sample, out) => {
    const runs = sample.runs.length;
    out.fill(0);
    for (let slot = 0; slot < runs; slot++) {
      for (const [p, { select, test, brought }] of points.entries()) {
        const clean = sum(select[0], sample, "select", slot);
        const security = select.map((table) => metricOf(env, "safe", sum(table, sample, "select", slot), clean));
        const without = sum(test[0], sample, "test", slot);
        const left = test.map((table) => metricOf(env, "safe", sum(table, sample, "test", slot), without));
        const own = security.indexOf(Math.min(...security.filter((_, a) => !brought[a])));
        const rivals = brought.flatMap((is, a) => (is && security[a] < security[own] ? [a] : []));
        const worst = left.indexOf(Math.min(...[own, ...rivals].map((a) => left[a])));
        const attacked = sum(test[worst], sample, "test", slot);
        out[3 * p] += metricOf(env, "use", without, without) / runs;
        out[3 * p + 1] += metricOf(env, "safe", attacked, without) / runs;
        out[3 * p + 2] += metricOf(env, "use", attacked, without) / runs;
      }
    }
  };
}

function randomPoints(runs: number, episodes: Record<Split, number>, attacks: number, points: number): PointTables[] {
  const rng = new Rng(runs, "points");
  const tables = (split: Split) =>
    Array.from({ length: attacks }, () => {
      const values = Float64Array.from({ length: runs * episodes[split] * 6 }, () => rng.float() / 7);
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
    const fast = draw(cloudStatistic({ env, axes, security: "safe", points }));
    expect(fast).toEqual(draw(plainStatistic(points)));
    expect(new Set(fast).size).toBeGreaterThan(100);
  }
});

test("a policy that was brought along can only lower security, however strong it looks on the select split", () => {
  const worst = (select: number[], test: number[], brought: number[]) =>
    worstAttack(
      select.map((_, a) => brought.includes(a)),
      (a) => select[a],
      (a) => test[a],
    );
  expect(worst([1, 0.4, 0.3], [1, 0.4, 0.5], [])).toBe(2); // trained and scripted: select decides
  expect(worst([1, 0.4, 0.1], [1, 0.4, 0.9], [2])).toBe(1); // a decoy
  expect(worst([1, 0.4, 0.3], [1, 0.4, 0.2], [2])).toBe(2); // the real thing
  expect(worst([1, 0.4, 0.1, 0.3], [1, 0.4, 0.9, 0.2], [2, 3])).toBe(3); // nor does a decoy hide it
  expect(worst([1, 0.4, 0.5], [1, 0.4, 0.1], [2])).toBe(1); // test alone decides nothing
});

test("tails are CVaR over single episodes, each beside the same episode of the clean arm", () => {
  const [tables] = randomPoints(3, { select: 9, test: 40 }, 4, 1);
  const scores = scoreRuns(env, tables, "safe");
  const episode = (attack: number, run: number, e: number) =>
    Object.fromEntries(env.counters.map((name, c) => [name, tables.test[attack].values[(run * 40 + e) * 6 + c]]));
  for (const arm of ["clean", "attacked"] as const) {
    const expected = [0, 1, 2].map((run) => {
      const attack = arm === "clean" ? 0 : tables.attacks.indexOf(scores.worst[run]);
      const values = Array.from({ length: 40 }, (_, e) =>
        env.metrics.safe.of(episode(attack, run, e) as never, { clean: episode(0, run, e) as never }),
      );
      return cvar(values, 0.1);
    });
    expect(scores.tail("safe", arm)).toEqual(expected);
    expect(Math.max(...scores.tail("safe", arm))).toBeLessThan(Math.min(...scores.of(scores.worst[0], "safe")));
  }
});
