import type { Counts, Environment } from "../env/define.ts";
import type { EpisodeTable, Resample, Statistic } from "../stats/index.ts";
import { metricOf, type PointTables, type Split, worstAttack } from "./scores.ts";

/** One coordinate of a point: a metric in one of the arms. */
export interface Axis {
  readonly metric: string;
  readonly arm: "clean" | "attacked";
}

/** What is resampled: points of one benchmark, under the attacks that lower `security` most. */
export interface Counted {
  readonly env: Environment;
  readonly axes: readonly Axis[];
  readonly security: string;
  readonly points: readonly PointTables[];
}

/**
 * Every point's coordinates in a resample, `[points × axes]`: means over the runs drawn, the worst attack chosen anew
 * in each. It adds up only the counters that the metrics read, for all attacks in one pass, over the episodes drawn:
 * the same bits as `sumCounters` of every table, several times faster.
 */
export function cloudStatistic({ env, axes, security, points }: Counted): Statistic<Split> {
  const [{ select, test }] = points;
  const metrics = [...new Set([security, ...axes.map(({ metric }) => metric)])];
  const read = { select: countersRead(env, [security], select), test: countersRead(env, metrics, test) };
  const blocks = points.map((tables) => ({
    select: pack(tables.select, read.select),
    test: tables.test.map((table) => pack([table], read.test)),
  }));
  const draws = { select: emptyDraw(select[0].episodes), test: emptyDraw(test[0].episodes) };
  const ofSelect = { clean: sumsView(env, read.select), attacked: sumsView(env, read.select) };
  const ofTest = { clean: sumsView(env, read.test), attacked: sumsView(env, read.test) };

  /** The worst attack on point p in the resample that is drawn; leaves the clean arm of its test split shown. */
  const worst = (p: number): number => {
    const { select, test } = blocks[p];
    addUp(select, draws.select);
    ofSelect.clean.show(select, 0, draws.select);
    addUp(test[0], draws.test);
    ofTest.clean.show(test[0], 0, draws.test);
    return worstAttack(
      points[p].brought,
      (a) => {
        ofSelect.attacked.show(select, a, draws.select);
        return metricOf(env, security, ofSelect.attacked.counts, ofSelect.clean.counts);
      },
      (a) => {
        showAttacked(p, a);
        return metricOf(env, security, ofTest.attacked.counts, ofTest.clean.counts);
      },
    );
  };
  const showAttacked = (p: number, attack: number): void => {
    const block = blocks[p].test[attack];
    if (attack > 0) addUp(block, draws.test);
    ofTest.attacked.show(block, 0, draws.test);
  };

  return (sample, out) => {
    const runs = sample.runs.length;
    out.fill(0);
    for (let slot = 0; slot < runs; slot++) {
      for (const split of ["select", "test"] as const) draw(sample, split, slot, draws[split]);
      for (let p = 0; p < points.length; p++) {
        showAttacked(p, worst(p));
        for (let i = 0; i < axes.length; i++) {
          const { metric, arm } = axes[i];
          out[p * axes.length + i] += metricOf(env, metric, ofTest[arm].counts, ofTest.clean.counts) / runs;
        }
      }
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

/** Σ weight · counter for every column, episodes in order; four sums at a time stay in registers. */
function addUp({ values, width, sums }: Block, { run, count, episodes, weights }: Draw): void {
  const first = run * episodes.length * width;
  let c = 0;
  for (; c + 4 <= width; c += 4) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let i = 0; i < count; i++) {
      const at = first + episodes[i] * width + c;
      const weight = weights[i];
      sum0 += weight * values[at];
      sum1 += weight * values[at + 1];
      sum2 += weight * values[at + 2];
      sum3 += weight * values[at + 3];
    }
    sums[c] = sum0;
    sums[c + 1] = sum1;
    sums[c + 2] = sum2;
    sums[c + 3] = sum3;
  }
  for (; c < width; c++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[i] * values[first + episodes[i] * width + c];
    sums[c] = sum;
  }
}

/** Summed counters by name, as metrics take them. Those not added up beforehand are when they are asked for. */
function sumsView(env: Environment, read: readonly number[]) {
  const counts: Counts<string> = {};
  let table: EpisodeTable;
  let drawn: Draw;
  env.counters.forEach((name, c) => {
    if (read.includes(c)) counts[name] = 0;
    else Object.defineProperty(counts, name, { enumerable: true, get: () => sumColumn(table, c, drawn) });
  });
  const names = read.map((c) => env.counters[c]);
  return {
    counts,
    show(block: Block, index: number, of: Draw): void {
      table = block.tables[index];
      drawn = of;
      for (let i = 0; i < names.length; i++) counts[names[i]] = block.sums[index * block.read + i];
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
