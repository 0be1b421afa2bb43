import type { Environment } from "../env/define.ts";
import { Rng } from "../random/rng.ts";
import type { Estimate } from "../stats/estimate.ts";
import {
  bootstrapErrorInterval,
  hierarchicalBootstrap,
  type Interval,
  mean,
  type Points,
  type SampleShape,
} from "../stats/index.ts";
import { type Axis, type Counted, cloudStatistic } from "./resample.ts";
import type { Axes, PointScores, Split } from "./scores.ts";

export type { Axes };

export const RESAMPLES = 1000;

/** Points in the space of some axes: as observed, run by run, and with runs resampled. */
export interface Observed {
  readonly runs: number;
  readonly axes: readonly Axis[];
  /** Means over runs, `[points][axes]`. */
  readonly means: Points;
  /** Of each run by itself, `[runs][points][axes]`. */
  readonly byRun: readonly Points[];
  /** `[resamples][points][axes]`: means over runs drawn anew, each as it was. Their spread is that of `means`. */
  readonly ofRuns: readonly Points[];
}

/** The same with runs and episodes resampled. */
export interface Cloud extends Observed {
  /** `[resamples][points][axes]`; all points and axes of one resample belong together. */
  readonly samples: readonly Points[];
}

/** The axes as results name them. */
export const axesOf = (env: Environment, axes: Axes): Axes => ({
  ...axes,
  ...(env.metrics[axes.utility].arm === "attacked" && { arm: "attacked" }),
});

/**
 * A metric in the arm it is drawn in: the utility axis clean unless its metric says otherwise, the security axis attacked,
 * others as metrics of their kind.
 */
export function axisOf(env: Environment, { utility, security }: Axes, metric: string): Axis {
  const { axis, arm = "clean" } = env.metrics[metric];
  if (metric === security) return { metric, arm: "attacked" };
  return { metric, arm: metric === utility || axis === "utility" ? arm : "attacked" };
}

/** A metric's values by run. */
function valuesOf(scores: PointScores, { metric, arm }: Axis): number[] {
  return arm === "clean" ? scores.cleanUtility(metric) : scores.attacked(metric);
}

/** What is resampled, and what it was observed to be. */
export interface Subject extends Counted {
  /** Number of the axis that has a floor, and the least at which a point counts. */
  readonly floor?: { readonly axis: number; readonly least: number };
  /** Of each point. */
  readonly scores: readonly PointScores[];
}

/** What names a stream of random numbers, and how many resamples are drawn from it. */
export interface Drawing {
  readonly root: number;
  readonly label?: string;
  readonly resamples?: number;
}

/**
 * Points as observed, and means over resampled runs, the attack of least mean security chosen anew: a run is the unit that is
 * independent of the others. Subjects with as many runs that are drawn from the same stream are resampled alike.
 */
export function observe(
  { axes, scores, security, floor }: Subject,
  { root, label, resamples = RESAMPLES }: Drawing,
): Observed {
  const values = scores.map((one) => axes.map((axis) => valuesOf(one, axis)));
  const runs = values[0][0].length;
  const rng = new Rng(root, "bootstrap", "runs", ...(label === undefined ? [] : [label]));
  const over = (values: readonly number[], drawn: readonly number[]) => mean(drawn.map((run) => values[run]));
  const ofRuns = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: runs }, () => rng.int(0, runs));
    return values.map((point, p) =>
      point.map((axis, i) =>
        axes[i].metric === security && axes[i].arm === "attacked"
          ? Math.min(...scores[p].security.map((attack) => over(attack, drawn)))
          : over(axis, drawn),
      ),
    );
  });
  return {
    runs,
    axes,
    means: grounded(
      values.map((point) => point.map(mean)),
      floor,
    ),
    byRun: Array.from({ length: runs }, (_, run) =>
      grounded(
        values.map((point) => point.map((axis) => axis[run])),
        floor,
      ),
    ),
    ofRuns: ofRuns.map((points) => grounded(points, floor)),
  };
}

/** Points below a floor are worth nothing on any axis. */
function grounded(points: Points, floor: Subject["floor"]): Points {
  if (!floor) return points;
  return points.map((point) => (point[floor.axis] < floor.least ? Array.from(point, () => 0) : point));
}

/** Resamples runs and episodes of one benchmark, all points jointly. */
export function makeCloud(subject: Subject, shape: SampleShape<Split>, drawing: Drawing): Cloud {
  const { root, resamples = RESAMPLES } = drawing;
  const [points, axes] = [subject.points.length, subject.axes.length];
  const flat = hierarchicalBootstrap(shape, cloudStatistic(subject), {
    resamples,
    outputs: points * axes,
    rng: new Rng(root, "bootstrap"),
  });
  const samples = Array.from({ length: resamples }, (_, b) =>
    grounded(
      Array.from({ length: points }, (_, p) => flat.subarray((b * points + p) * axes, (b * points + p + 1) * axes)),
      subject.floor,
    ),
  );
  return { ...observe(subject, drawing), samples };
}

/** A function of all points, with a 95 % interval cut to `within`; none for a single run. */
export function estimateOf(cloud: Observed, of: (points: Points) => number, within: Interval): Estimate {
  return boundedEstimate(of(cloud.means), cloud.ofRuns.map(of), cloud.runs, within);
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
