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

/** Counters of tables side by side: `values[((run · episodes) + e) · width + table · read + counter]`. */
interface Block {
  readonly tables: readonly EpisodeTable[];
  readonly read: number;
  readonly width: number;
  readonly values: Float64Array;
  /** One a column: of the resample last added up. */
  readonly sums: Float64Array;
}

function pack(tables: readonly EpisodeTable[], read: readonly number[]): Block {
  const [{ runs, episodes, counters }] = tables;
  const width = tables.length * read.length;
  const values = new Float64Array(runs * episodes * width);
  for (let row = 0; row < runs * episodes; row++) {
    for (const [t, table] of tables.entries()) {
      for (const [i, c] of read.entries()) values[row * width + t * read.length + i] = table.values[row * counters + c];
    }
  }
  return { tables, read: read.length, width, values, sums: new Float64Array(width) };
}

/**
 * Σ weight · counter for every column, episodes in order. Four episodes at a time pass by side by side, each read from its
 * beginning to its end: wide blocks do not fit the first cache, and columns by themselves would be fetched line by line.
 */
function addUp({ values, width, sums }: Block, { run, count, episodes, weights }: Draw): void {
  const first = run * episodes.length * width;
  sums.fill(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const [a, b] = [first + episodes[i] * width, first + episodes[i + 1] * width];
    const [c, d] = [first + episodes[i + 2] * width, first + episodes[i + 3] * width];
    const [u, v, w, x] = [weights[i], weights[i + 1], weights[i + 2], weights[i + 3]];
    for (let k = 0; k < width; k++)
      sums[k] = sums[k] + u * values[a + k] + v * values[b + k] + w * values[c + k] + x * values[d + k];
  }
  for (; i < count; i++) {
    const at = first + episodes[i] * width;
    for (let k = 0; k < width; k++) sums[k] += weights[i] * values[at + k];
  }
}

/** Summed counters by name, as metrics take them. Those not added up beforehand are when they are asked for. */
function sumsView(env: Environment, read: readonly number[], drawn: Readonly<Record<Split, Draw>>) {
  const counts: Counts<string> = {};
  let tables: readonly [EpisodeTable, Draw][] = [];
  env.counters.forEach((name, c) => {
    const get = () => tables.reduce((sum, [table, draw]) => sum + sumColumn(table, c, draw), 0);
    if (read.includes(c)) counts[name] = 0;
    else Object.defineProperty(counts, name, { enumerable: true, get });
  });
  const names = read.map((c) => env.counters[c]);
  return {
    counts,
    show(blocks: Readonly<Record<Split, Block>>, index: number, splits: readonly Split[]): void {
      tables = splits.map((split) => [blocks[split].tables[index], drawn[split]]);
      for (let i = 0; i < names.length; i++) {
        const at = index * read.length + i;
        counts[names[i]] =
          splits.length === 2 ? blocks.select.sums[at] + blocks.test.sums[at] : blocks[splits[0]].sums[at];
      }
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
