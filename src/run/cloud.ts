import type { Environment } from "../env/define.ts";
import { Rng } from "../rng.ts";
import {
  bootstrapErrorInterval,
  hierarchicalBootstrap,
  type Interval,
  mean,
  type Points,
  type SampleShape,
} from "../stats/index.ts";
import type { Estimate } from "./frontier.ts";
import { type Axis, cloudStatistic } from "./resample.ts";
import type { PointTables, Scores, Split } from "./scores.ts";

export const RESAMPLES = 1000;

/** Points in the space of some axes: as observed, run by run, and in every resample. */
export interface Cloud {
  readonly runs: number;
  readonly axes: readonly Axis[];
  /** Means over runs, `[points][axes]`. */
  readonly means: Points;
  /** Of each run by itself, `[runs][points][axes]`. */
  readonly byRun: readonly Points[];
  /** `[resamples][points][axes]`; all points and axes of one resample belong together. */
  readonly samples: readonly Points[];
}

/** Axes that something is computed on, and where a metric stands among them. */
export interface Drawn {
  readonly utility: string;
  readonly security: string;
  readonly more?: readonly string[];
}

/** A metric in the arm it is drawn in: the axes as they are called, others utility in the clean arm, security attacked. */
export function axisOf(env: Environment, { utility, security }: Drawn, metric: string): Axis {
  if (metric === utility) return { metric, arm: "clean" };
  if (metric === security) return { metric, arm: "attacked" };
  return { metric, arm: env.metrics[metric].axis === "utility" ? "clean" : "attacked" };
}

/** A metric's values by run. */
export function valuesOf(scores: Scores, { metric, arm }: Axis): number[] {
  return arm === "clean" ? scores.cleanUtility(metric) : scores.attacked(metric);
}

/**
 * Resamples points jointly, as `hierarchicalBootstrap` does.
 * @param points tables and scores of each
 * @param stream what names the stream of random numbers
 */
export function makeCloud(
  task: {
    readonly env: Environment;
    readonly axes: readonly Axis[];
    readonly security: string;
    readonly shape: SampleShape<Split>;
    readonly root: number;
  },
  points: readonly { readonly tables: PointTables; readonly scores: Scores }[],
): Cloud {
  const { env, axes, security, shape, root } = task;
  const width = axes.length;
  const statistic = cloudStatistic({ env, axes, security, points: points.map(({ tables }) => tables) });
  const outputs = points.length * width;
  const rng = new Rng(root, "bootstrap");
  const flat = hierarchicalBootstrap(shape, statistic, { resamples: RESAMPLES, outputs, rng });
  return observedCloud(
    axes,
    points.map(({ scores }) => scores),
    unflatten(flat, points.length, width),
  );
}

/** A cloud of resamples that were made together with others. */
export function observedCloud(axes: readonly Axis[], scores: readonly Scores[], samples: readonly Points[]): Cloud {
  const values = scores.map((one) => axes.map((axis) => valuesOf(one, axis)));
  const runs = values[0][0].length;
  return {
    runs,
    axes,
    means: values.map((point) => point.map(mean)),
    byRun: Array.from({ length: runs }, (_, run) => values.map((point) => point.map((axis) => axis[run]))),
    samples,
  };
}

/** `[resamples × points × axes]` as lists of points. */
export function unflatten(flat: Float64Array, points: number, axes: number): Points[] {
  const size = points * axes;
  return Array.from({ length: flat.length / size }, (_, b) =>
    Array.from({ length: points }, (_, p) => flat.subarray(b * size + p * axes, b * size + (p + 1) * axes)),
  );
}

/** A function of all points, with a 95 % interval cut to `within`; none for a single run. */
export function estimateOf(cloud: Cloud, of: (points: Points) => number, within: Interval): Estimate {
  return boundedEstimate(of(cloud.means), cloud.samples.map(of), cloud.runs, within);
}

export function boundedEstimate(value: number, samples: readonly number[], runs: number, within: Interval): Estimate {
  if (runs < 2) return { mean: value, low: null, high: null };
  const { low, high } = bootstrapErrorInterval(value, samples, runs);
  return { mean: value, low: Math.max(within.low, low), high: Math.min(within.high, high) };
}

/** The points with these numbers, on these axes. */
export function pick(points: Points, numbers: readonly number[], axes: readonly number[]): number[][] {
  return numbers.map((p) => axes.map((axis) => points[p][axis]));
}
