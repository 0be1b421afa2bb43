import type { Counts, Environment } from "../env/define.ts";
import type { EpisodeTable, Resample, Statistic } from "../stats/index.ts";
import { metricOf, type PointScores, type PointTables, type Split } from "./scores.ts";

/** One coordinate of a point: a metric in one of the arms. */
export interface Axis {
  readonly metric: string;
  readonly arm: "clean" | "attacked";
}

/** What is resampled: points of one benchmark, each under the attack of least security. */
export interface Counted {
  readonly env: Environment;
  readonly axes: readonly Axis[];
  readonly security: string;
  readonly points: readonly PointTables[];
  /** Of each point: see `PointScores`. */
  readonly scores: readonly Pick<PointScores, "attacks" | "costliest" | "splits">[];
}

const SPLITS = ["select", "test"] as const;
const CLEAN: readonly Split[] = SPLITS;

/**
 * Every point's coordinates in a resample, `[points × axes]`: means over the runs drawn, of security the least over
 * attacks. It adds up only the counters that the metrics read, for all attacks in one pass, over the episodes drawn:
 * the same bits as `sumCounters` of every table, about twice as fast.
 */
export function cloudStatistic({ env, axes, security, points, scores }: Counted): Statistic<Split> {
  const [{ select, test }] = points;
  const metrics = [...new Set([security, ...axes.map(({ metric }) => metric)])];
  const read = countersRead(env, metrics, [...select, ...test]);
  const blocks = points.map((tables) => ({ select: pack(tables.select, read), test: pack(tables.test, read) }));
  const draws = { select: emptyDraw(select[0].episodes), test: emptyDraw(test[0].episodes) };
  const clean = sumsView(env, read, draws);
  const attacked = sumsView(env, read, draws);
  const costliest = scores.map(({ attacks, costliest }) => attacks.indexOf(costliest));
  const left = points.map(({ attacks }) => new Float64Array(attacks.length));
  const isSecurity = axes.map(({ metric, arm }) => metric === security && arm === "attacked");

  return (sample, out) => {
    const runs = sample.runs.length;
    out.fill(0);
    for (const sums of left) sums.fill(0);
    for (let slot = 0; slot < runs; slot++) {
      for (const split of SPLITS) draw(sample, split, slot, draws[split]);
      for (let p = 0; p < points.length; p++) {
        for (const split of SPLITS) addUp(blocks[p][split], draws[split]);
        for (let a = 0; a < left[p].length; a++) {
          attacked.show(blocks[p], a, scores[p].splits[a]);
          clean.show(blocks[p], 0, scores[p].splits[a]);
          left[p][a] += metricOf(env, security, attacked.counts, clean.counts);
        }
        attacked.show(blocks[p], costliest[p], scores[p].splits[costliest[p]]);
        clean.show(blocks[p], 0, scores[p].splits[costliest[p]]);
        for (let i = 0; i < axes.length; i++) {
          const { metric, arm } = axes[i];
          if (isSecurity[i] || arm === "clean") continue;
          out[p * axes.length + i] += metricOf(env, metric, attacked.counts, clean.counts) / runs;
        }
        clean.show(blocks[p], 0, CLEAN);
        for (let i = 0; i < axes.length; i++) {
          const { metric, arm } = axes[i];
          if (arm === "clean") out[p * axes.length + i] += metricOf(env, metric, clean.counts, clean.counts) / runs;
        }
      }
    }
    for (let p = 0; p < points.length; p++) {
      for (let i = 0; i < axes.length; i++) if (isSecurity[i]) out[p * axes.length + i] = Math.min(...left[p]) / runs;
    }
  };
}

/** The episodes that a resample holds of one run, and how often; those left out add nothing to any sum. */
interface Draw {
  run: number;
  count: number;
  readonly episodes: Int32Array;
  readonly weights: Float64Array;
}

function emptyDraw(episodes: number): Draw {
  return { run: 0, count: 0, episodes: new Int32Array(episodes), weights: new Float64Array(episodes) };
}

function draw(sample: Resample<Split>, split: Split, slot: number, into: Draw): void {
  const total = into.episodes.length;
  const weights = sample.weights[split];
  into.run = sample.runs[slot];
  into.count = 0;
  for (let e = 0; e < total; e++) {
    const weight = weights[slot * total + e];
    if (weight === 0) continue;
    into.episodes[into.count] = e;
    into.weights[into.count++] = weight;
  }
}

/**
 * Counters of tables side by side, `values[((run · episodes) + e) · width + place[table · read + counter]]`. Columns that are
 * the same number for number, as of attacks that leave a counter alone, lie there once: half of them on the average.
 */
interface Block {
  readonly tables: readonly EpisodeTable[];
  readonly place: Int32Array;
  readonly width: number;
  readonly values: Float64Array;
  /** One a column: of the resample last added up. */
  readonly sums: Float64Array;
}

function pack(tables: readonly EpisodeTable[], read: readonly number[]): Block {
  const columns: Float64Array[] = [];
  const place = tables.flatMap((table) =>
    read.map((counter) => {
      const column = columnOf(table, counter);
      const known = columns.findIndex((other) => other.every((value, row) => value === column[row]));
      return known >= 0 ? known : columns.push(column) - 1;
    }),
  );
  const width = columns.length;
  const [{ runs, episodes }] = tables;
  const values = new Float64Array(runs * episodes * width);
  for (const [k, column] of columns.entries()) {
    for (let row = 0; row < column.length; row++) values[row * width + k] = column[row];
  }
  return { tables, place: Int32Array.from(place), width, values, sums: new Float64Array(width) };
}

const columnOf = ({ runs, episodes, counters, values }: EpisodeTable, counter: number): Float64Array =>
  Float64Array.from({ length: runs * episodes }, (_, row) => values[row * counters + counter]);

/**
 * Σ weight · counter for every column, episodes in order. Four episodes at a time pass by side by side, each read from its
 * beginning to its end: wide blocks do not fit the first cache, and columns by themselves would be fetched line by line.
 */
function addUp({ values, width, sums }: Block, { run, count, episodes, weights }: Draw): void {
  const first = run * episodes.length * width;
  sums.fill(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = first + episodes[i] * width;
    const b = first + episodes[i + 1] * width;
    const c = first + episodes[i + 2] * width;
    const d = first + episodes[i + 3] * width;
    const u = weights[i];
    const v = weights[i + 1];
    const w = weights[i + 2];
    const x = weights[i + 3];
    for (let k = 0; k < width; k++)
      sums[k] = sums[k] + u * values[a + k] + v * values[b + k] + w * values[c + k] + x * values[d + k];
  }
  for (; i < count; i++) {
    const at = first + episodes[i] * width;
    for (let k = 0; k < width; k++) sums[k] += weights[i] * values[at + k];
  }
}

/** Summed counters by name, as metrics take them, added up when they are read; those in `read` are beforehand. */
function sumsView(env: Environment, read: readonly number[], drawn: Readonly<Record<Split, Draw>>) {
  const counts: Counts<string> = {};
  let blocks: Readonly<Record<Split, Block>>;
  let index = 0;
  let splits: readonly Split[] = [];
  env.counters.forEach((name, c) => {
    const i = read.indexOf(c);
    const on =
      i >= 0
        ? (split: Split) => blocks[split].sums[blocks[split].place[index * read.length + i]]
        : (split: Split) => sumColumn(blocks[split].tables[index], c, drawn[split]);
    const get = () => (splits.length === 2 ? on("select") + on("test") : on(splits[0]));
    Object.defineProperty(counts, name, { enumerable: true, get });
  });
  return {
    counts,
    show(of: Readonly<Record<Split, Block>>, table: number, on: readonly Split[]): void {
      blocks = of;
      index = table;
      splits = on;
    },
  };
}

function sumColumn({ values, episodes, counters }: EpisodeTable, counter: number, drawn: Draw): number {
  let sum = 0;
  for (let i = 0; i < drawn.count; i++) {
    sum += drawn.weights[i] * values[(drawn.run * episodes + drawn.episodes[i]) * counters + counter];
  }
  return sum;
}

/** Counters that metrics look at, seen by letting them look: those worth adding up beforehand. */
function countersRead(env: Environment, metrics: readonly string[], tables: readonly EpisodeTable[]): number[] {
  const seen = new Set<number>();
  const spy = (table: EpisodeTable) => {
    const counts: Counts<string> = {};
    env.counters.forEach((name, c) => {
      const get = () => {
        seen.add(c);
        return table.values[c];
      };
      Object.defineProperty(counts, name, { enumerable: true, get });
    });
    return counts;
  };
  for (const table of tables) {
    for (const metric of metrics) env.metrics[metric].of(spy(table), { clean: spy(tables[0]) });
  }
  return [...seen].sort((a, b) => a - b);
}
