import type { Benchmark } from "../benchmark/resolve.ts";
import { InputError } from "../data/errors.ts";
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
  mean,
  observedSample,
  outputSamples,
  pairedInterval,
  percentileInterval,
  type Resample,
  type Statistic,
} from "../stats/index.ts";

export type Split = "select" | "test";

/** Axes that something is computed on, and where a metric stands among them. */
export interface Axes {
  readonly utility: string;
  readonly security: string;
  readonly more?: readonly string[];
  /** Given where the utility is that under the worst attack, and not the clean one. */
  readonly arm?: "attacked";
  /** Where both axes are security: what a point must leave of a utility to count at all. */
  readonly floor?: Floor;
}

/** A metric, and the least of it in the clean arm at which a point counts. */
export interface Floor {
  readonly metric: string;
  readonly least: number;
}

/** What was counted at one point: a table of all runs' episodes for every attack and split. */
export interface PointTables {
  /** In the portfolio's order; `none`, the clean arm, comes first. */
  readonly attacks: readonly string[];
  /** Which of them are policies that somebody brought along: see `splitsOf`. */
  readonly brought: readonly boolean[];
  readonly select: readonly EpisodeTable[];
  readonly test: readonly EpisodeTable[];
}

/** One point's metrics, one value a run, over the episodes of both splits unless said otherwise. */
export interface PointScores {
  readonly attacks: readonly string[];
  /** The attack under which security is least, in the mean over runs. */
  readonly worst: string;
  /** Of those under which it cannot be told from that, the one that leaves the least utility. */
  readonly costliest: string;
  /** Which episodes an attack is scored on: of a policy that somebody brought along, those on which it is weaker. */
  readonly splits: readonly (readonly Split[])[];
  /** Of the security axis under every attack, `[attacks][runs]`. */
  readonly security: readonly (readonly number[])[];
  /** Each run's worst attack by its select split alone, and security under it on the test split: what to expect of a choice. */
  readonly chosen: readonly string[];
  readonly expected: readonly number[];
  cleanUtility(metric: string): number[];
  /** Of the security axis under `worst`, of other metrics under `costliest`. */
  attacked(metric: string): number[];
  of(attack: string, metric: string): number[];
  /** Security on the test split of the run whose attack was the strongest on the select split: the best of n trainings. */
  best(attack: string): number;
  /** CVaR₁₀ over episodes of the test split: a metric of each episode by itself, and of these the mean of the worst tenth. */
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
export function counter<S extends string = Split>(
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

/** @throws InputError for a metric outside [0,1]: then the environment is wrong, and so would every mean be. */
export function metricOf(env: Environment, metric: string, attacked: Counts<string>, clean: Counts<string>): number {
  const value = env.metrics[metric].of(attacked, { clean });
  if (value >= -1e-9 && value <= 1 + 1e-9) return Math.min(1, Math.max(0, value));
  throw new InputError(
    `${env.id}: metric "${metric}" is ${value}, expected a number from 0 to 1; its function \`of\` of counters is wrong.`,
  );
}

/**
 * The episodes on which an attack counts. The seeds of both splits are public, so a policy that somebody brought along
 * could be made to look strong on either: it counts by the one on which it is weaker.
 */
export function splitsOf(brought: boolean, security: (split: Split) => readonly number[]): readonly Split[] {
  if (!brought) return ["select", "test"];
  return mean(security("select")) > mean(security("test")) ? ["select"] : ["test"];
}

/** Number of the column with the least mean; the first of equals. */
export function leastOf(columns: readonly (readonly number[])[]): number {
  const means = columns.map(mean);
  return means.indexOf(Math.min(...means));
}

/** Scores every run of a point as it was observed. */
export function scoreRuns(
  env: Environment,
  tables: PointTables,
  axes: Pick<Axes, "utility" | "security">,
): PointScores {
  const { runs } = tables.test[0];
  const shape = { runs, episodes: { select: tables.select[0].episodes, test: tables.test[0].episodes } };
  const sample = observedSample(shape);
  const sum = counter(env);
  const sums = (split: Split) =>
    tables[split].map((table) => Array.from({ length: runs }, (_, run) => ({ ...sum(table, sample, split, run) })));
  const counted = { select: sums("select"), test: sums("test") };
  const added = (splits: readonly Split[], a: number, run: number) =>
    splits.length === 1
      ? counted[splits[0]][a][run]
      : Object.fromEntries(
          env.counters.map((name) => [name, splits.reduce((total, split) => total + counted[split][a][run][name], 0)]),
        );
  const on = (splits: readonly Split[], a: number, metric: string) =>
    Array.from({ length: runs }, (_, run) => metricOf(env, metric, added(splits, a, run), added(splits, 0, run)));
  const splits = tables.brought.map((is, a) => splitsOf(is, (split) => on([split], a, axes.security)));
  const of = (a: number, metric: string) => on(splits[a], a, metric);
  const security = tables.attacks.map((_, a) => of(a, axes.security));
  const worst = leastOf(security);
  const costliest = costliestOf(
    worst,
    security,
    tables.attacks.map((_, a) => of(a, axes.utility)),
  );

  const select = tables.attacks.map((_, a) => on(["select"], a, axes.security));
  const test = tables.attacks.map((_, a) => on(["test"], a, axes.security));
  const chosen = Array.from({ length: runs }, (_, run) => leastOf(select.map((values) => [values[run]])));
  return {
    attacks: tables.attacks,
    worst: tables.attacks[worst],
    costliest: tables.attacks[costliest],
    splits,
    security,
    chosen: chosen.map((a) => tables.attacks[a]),
    expected: chosen.map((a, run) => test[a][run]),
    cleanUtility: (metric) => of(0, metric),
    attacked: (metric) => of(metric === axes.security ? worst : costliest, metric),
    of: (attack, metric) => of(tables.attacks.indexOf(attack), metric),
    best(attack) {
      const a = tables.attacks.indexOf(attack);
      return test[a][leastOf(select[a].map((value) => [value]))];
    },
    tail: (metric, arm) =>
      Array.from({ length: runs }, (_, run) =>
        cvar(episodeMetrics(env, metric, tables.test[arm === "clean" ? 0 : worst], tables.test[0], run)),
      ),
  };
}

/**
 * Of attacks under which security cannot be told from the worst's, by Student's t on the runs' differences, the one with the
 * least utility: whoever pays for being attacked pays this, and not what chance made of ties.
 */
function costliestOf(
  worst: number,
  security: readonly (readonly number[])[],
  utility: readonly (readonly number[])[],
): number {
  const isTied = (values: readonly number[]) =>
    values.length < 2 ? mean(values) <= mean(security[worst]) : pairedInterval(security[worst], values).low <= 1e-12;
  const tied = security.flatMap((values, a) => (a === worst || isTied(values) ? [a] : []));
  return tied.reduce((least, a) => (mean(utility[a]) < mean(utility[least]) ? a : least), worst);
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
  return intervalsOver(env, [attacked, clean], seed, (metric, [counts, without]) =>
    metricOf(env, metric, counts, without),
  );
}

/**
 * How much of every metric one attack leaves more than another, `after` − `before`, each beside the same clean arm. All
 * three played the same episodes: they are drawn together, so that what chance does to all of them cancels.
 * @returns means with 95 % bootstrap intervals over episodes, by metric
 */
export function metricGains(
  env: Environment,
  { before, after, clean }: Readonly<Record<"before" | "after" | "clean", Episodes>>,
  seed: number,
): Record<string, Estimate> {
  return intervalsOver(
    env,
    [before, after, clean],
    seed,
    (metric, [a, b, quiet]) => metricOf(env, metric, b, quiet) - metricOf(env, metric, a, quiet),
  );
}

/** Something of every metric's, of arms that played the same episodes, by a bootstrap that draws those of all arms together. */
function intervalsOver(
  env: Environment,
  arms: readonly Episodes[],
  seed: number,
  of: (metric: string, counts: ReturnType<ReturnType<typeof counter<"test">>>[]) => number,
): Record<string, Estimate> {
  const names = Object.keys(env.metrics);
  const episodes = arms[0].counters.length / env.counters.length;
  const shape = { runs: 1, episodes: { test: episodes } };
  const sums = arms.map(({ counters }) => {
    const table = episodeTable(1, episodes, env.counters.length, counters);
    const sum = counter<"test">(env);
    return (sample: Parameters<Statistic<"test">>[0]) => sum(table, sample, "test", 0);
  });
  const statistic: Statistic<"test"> = (sample, out) => {
    const counts = sums.map((sum) => sum(sample));
    names.forEach((metric, m) => {
      out[m] = of(metric, counts);
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
