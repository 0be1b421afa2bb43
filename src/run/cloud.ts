import type { Environment } from "../env/define.ts";
import { Rng } from "../rng.ts";
import {
  bootstrapErrorInterval,
  hierarchicalBootstrap,
  type Interval,
  mean,
  type Points,
  type SampleShape,
  type Statistic,
} from "../stats/index.ts";
import type { Estimate } from "./frontier.ts";
import { type Axis, type Counted, cloudStatistic } from "./resample.ts";
import type { Scores, Split } from "./scores.ts";

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

/** What is resampled, and what it was observed to be. */
export interface Subject extends Counted {
  /** Of each point. */
  readonly scores: readonly Scores[];
}

/** What names a stream of random numbers, and how many resamples are drawn from it. */
export interface Drawing {
  readonly root: number;
  readonly label?: string;
  readonly resamples?: number;
}

/** Resamples the points of one benchmark jointly. */
export function makeCloud(subject: Subject, shape: SampleShape<Split>, drawing: Drawing): Cloud {
  const [cloud] = makeClouds([subject], shape, drawing);
  return cloud;
}

/** Resamples several subjects by the same runs and episodes: what differs between them is not the luck of the draw. */
export function makeClouds(
  subjects: readonly Subject[],
  shape: SampleShape<Split>,
  { root, label, resamples = RESAMPLES }: Drawing,
): Cloud[] {
  const statistics = subjects.map(cloudStatistic);
  const sizes = subjects.map(({ points, axes }) => points.length * axes.length);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const outputs = sizes.reduce((sum, size) => sum + size, 0);
  const together: Statistic<Split> = (sample, out) => {
    statistics.forEach((statistic, i) => {
      statistic(sample, out.subarray(starts[i], starts[i] + sizes[i]));
    });
  };
  const rng = new Rng(root, "bootstrap", ...(label === undefined ? [] : [label]));
  const flat = hierarchicalBootstrap(shape, together, { resamples, outputs, rng });
  return subjects.map(({ axes, points, scores }, i) => {
    const samples = Array.from({ length: resamples }, (_, b) =>
      Array.from({ length: points.length }, (_, p) => {
        const at = b * outputs + starts[i] + p * axes.length;
        return flat.subarray(at, at + axes.length);
      }),
    );
    return observedCloud(axes, scores, samples);
  });
}

function observedCloud(axes: readonly Axis[], scores: readonly Scores[], samples: readonly Points[]): Cloud {
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
