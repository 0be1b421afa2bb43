import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts, Environment } from "../env/define.ts";
import type { Episodes } from "../play/evaluate.ts";
import { Rng } from "../random/rng.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";
import type { Estimate } from "../stats/estimate.ts";
import {
  addCounters,
  cvar,
  type EpisodeTable,
  episodeTable,
  hierarchicalBootstrap,
  observedSample,
  outputSamples,
  percentileInterval,
  type Resample,
  type Statistic,
} from "../stats/index.ts";

export type Split = "select" | "test";

/** What was counted at one point: a table of all runs' episodes for every attack and split. */
export interface PointTables {
  /** In the portfolio's order; `none`, the clean arm, comes first. */
  readonly attacks: readonly string[];
  /** Which of them are policies that somebody brought along: see `worstAttack`. */
  readonly brought: readonly boolean[];
  readonly select: readonly EpisodeTable[];
  readonly test: readonly EpisodeTable[];
}

/** One point's metrics on the test split, one value a run. */
export interface PointScores {
  readonly attacks: readonly string[];
  /** Each run's worst attack, chosen on the select split. */
  readonly worst: readonly string[];
  /** Of the security axis under the worst attack. */
  readonly security: readonly number[];
  cleanUtility(metric: string): number[];
  attacked(metric: string): number[];
  of(attack: string, metric: string): number[];
  /** CVaR₁₀ over episodes, one value a run: a metric of each episode by itself, and of these the mean of the worst tenth. */
  tail(metric: string, arm: "clean" | "attacked"): number[];
}

/** Reads every played cell into tables, by point. */
export function tabulate(benchmark: Benchmark, plan: Plan, read: (cell: Cell) => PlayResult): PointTables[] {
  const { env, points, attacks, config } = benchmark;
  const { runs } = config.seeds;
  const width = env.counters.length;
  const table = (split: Split, point: number, attack: string) => {
    const episodes = config.episodes[split];
    const values = new Float64Array(runs * episodes * width);
    for (let run = 0; run < runs; run++) {
      const { counters } = read(plan.play(split, point, attack, run));
      env.counters.forEach((name, c) => {
        const column = counters[name];
        for (let e = 0; e < episodes; e++) values[(run * episodes + e) * width + c] = column[e];
      });
    }
    return episodeTable(runs, episodes, width, values);
  };
  return points.map(({ index }) => ({
    attacks: attacks.map(({ name }) => name),
    brought: attacks.map(({ kind }) => kind === "stored"),
    select: attacks.map(({ name }) => table("select", index, name)),
    test: attacks.map(({ name }) => table("test", index, name)),
  }));
}

/** A run's summed counters, by name; the object is overwritten by the next call. */
function counter<S extends string = Split>(
  env: Environment,
): (table: EpisodeTable, sample: Resample<S>, split: S, slot: number) => Counts<string> {
  const sums = new Float64Array(env.counters.length);
  const counts: Counts<string> = {};
  return (table, sample, split, slot) => {
    addCounters(table, sample, split, slot, sums);
    env.counters.forEach((name, c) => {
      counts[name] = sums[c];
    });
    return counts;
  };
}

/** @throws Error for a metric outside [0,1]: then the environment is wrong, and so would every mean be. */
export function metricOf(env: Environment, metric: string, attacked: Counts<string>, clean: Counts<string>): number {
  const value = env.metrics[metric].of(attacked, { clean });
  if (value >= -1e-9 && value <= 1 + 1e-9) return Math.min(1, Math.max(0, value));
  throw new Error(
    `${env.id}: metric "${metric}" is ${value}, expected a number from 0 to 1; the environment has a mistake`,
  );
}

/**
 * Index of a run's worst attack: that under which security is least on the select split, the first of equals. The seeds
 * of both splits are public, so a policy that somebody brought along could be made to look strong on the one and be weak
 * on the other. Such policies may only lower what is left by the others: of those that select calls worse, and of the
 * worst of the others, the one counts that is worst on the test split.
 */
export function worstAttack(
  brought: readonly boolean[],
  select: (attack: number) => number,
  test: (attack: number) => number,
): number {
  const onSelect = brought.map((_, a) => select(a));
  let own = 0;
  for (let a = 1; a < brought.length; a++) if (!brought[a] && onSelect[a] < onSelect[own]) own = a;
  const worse = brought.flatMap((is, a) => (is && onSelect[a] < onSelect[own] ? [a] : []));
  return worse.reduce((worst, a) => (test(a) < test(worst) ? a : worst), own);
}

/** PointScores every run of a point as it was observed. */
export function scoreRuns(env: Environment, tables: PointTables, security: string): PointScores {
  const { runs } = tables.test[0];
  const shape = { runs, episodes: { select: tables.select[0].episodes, test: tables.test[0].episodes } };
  const sample = observedSample(shape);
  const sum = counter(env);
  const sums = (split: Split) =>
    tables[split].map((table) => Array.from({ length: runs }, (_, run) => ({ ...sum(table, sample, split, run) })));
  const select = sums("select");
  const test = sums("test");
  const worst = Array.from({ length: runs }, (_, run) =>
    worstAttack(
      tables.brought,
      (a) => metricOf(env, security, select[a][run], select[0][run]),
      (a) => metricOf(env, security, test[a][run], test[0][run]),
    ),
  );
  const attacked = (metric: string) => worst.map((a, run) => metricOf(env, metric, test[a][run], test[0][run]));
  const of = (a: number, metric: string) => test[a].map((counts, run) => metricOf(env, metric, counts, test[0][run]));
  return {
    attacks: tables.attacks,
    worst: worst.map((a) => tables.attacks[a]),
    security: attacked(security),
    cleanUtility: (metric) => of(0, metric),
    attacked,
    of: (attack, metric) => of(tables.attacks.indexOf(attack), metric),
    tail: (metric, arm) =>
      worst.map((a, run) =>
        cvar(episodeMetrics(env, metric, tables.test[arm === "clean" ? 0 : a], tables.test[0], run)),
      ),
  };
}

/** A metric of every episode of a run, each with the same episode of the clean arm. */
function episodeMetrics(
  env: Environment,
  metric: string,
  attacked: EpisodeTable,
  clean: EpisodeTable,
  run: number,
): Float64Array {
  const { episodes, counters } = attacked;
  const counts = ({ values }: EpisodeTable, e: number): Counts<string> =>
    Object.fromEntries(env.counters.map((name, c) => [name, values[(run * episodes + e) * counters + c]]));
  return Float64Array.from({ length: episodes }, (_, e) =>
    metricOf(env, metric, counts(attacked, e), counts(clean, e)),
  );
}

/**
 * Every metric of one evaluation with a 95 % bootstrap interval over its episodes; `clean` are the same episodes
 * without attack.
 */
export function metricIntervals(
  env: Environment,
  attacked: Episodes,
  clean: Episodes,
  seed: number,
): Record<string, Estimate> {
  const names = Object.keys(env.metrics);
  const episodes = attacked.counters.length / env.counters.length;
  const shape = { runs: 1, episodes: { test: episodes } };
  const tables = [attacked, clean].map(({ counters }) => episodeTable(1, episodes, env.counters.length, counters));
  const sumAttacked = counter<"test">(env);
  const sumClean = counter<"test">(env);
  const statistic: Statistic<"test"> = (sample, out) => {
    const counts = sumAttacked(tables[0], sample, "test", 0);
    const without = sumClean(tables[1], sample, "test", 0);
    names.forEach((metric, m) => {
      out[m] = metricOf(env, metric, counts, without);
    });
  };
  const means = new Float64Array(names.length);
  statistic(observedSample(shape), means);
  const options = { resamples: 1000, outputs: names.length, rng: new Rng(seed, "bootstrap") };
  const samples = hierarchicalBootstrap(shape, statistic, options);
  return Object.fromEntries(
    names.map((metric, m) => [
      metric,
      { mean: means[m], ...percentileInterval(outputSamples(samples, names.length, m)) },
    ]),
  );
}
