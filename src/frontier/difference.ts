import { type Estimate, estimate } from "../stats/estimate.ts";
import {
  improvementInterval,
  mean,
  type Points,
  pairedInterval,
  probabilityOfImprovement,
  welchInterval,
} from "../stats/index.ts";
import { boundedEstimate, type Observed } from "./cloud.ts";

/** A quantity in two runs, A and B. */
export interface Difference {
  readonly a: Estimate;
  readonly b: Estimate;
  /** B − A. */
  readonly difference: Estimate;
}

export interface MetricDifference extends Difference {
  /** Probability that a run of B has more than a run of A; ties count half. */
  readonly improvement: Estimate;
}

/** Of metrics: one value a run. Student's t over the runs' differences where these are paired, else Welch's. */
export function meansDifference(a: readonly number[], b: readonly number[], paired: boolean): MetricDifference {
  const between = Math.min(a.length, b.length) < 2 ? null : paired ? pairedInterval(a, b) : welchInterval(a, b);
  return {
    a: estimate(a),
    b: estimate(b),
    difference: {
      mean: mean(b) - mean(a),
      low: between && Math.max(-1, between.low),
      high: between && Math.min(1, between.high),
    },
    improvement: improvementOf(a, b),
  };
}

/** Of a function of points in [0,1], from clouds whose resamples belong together or are independent. */
export function functionDifference(
  of: (points: Points) => number,
  a: Pick<Observed, "means" | "ofRuns" | "runs">,
  b: Pick<Observed, "means" | "ofRuns" | "runs">,
): Difference {
  const values = [a, b].map(({ means, ofRuns }) => ({ mean: of(means), samples: ofRuns.map(of) }));
  const unit = { low: 0, high: 1 };
  const samples = values[1].samples.map((value, i) => value - values[0].samples[i]);
  return {
    a: boundedEstimate(values[0].mean, values[0].samples, a.runs, unit),
    b: boundedEstimate(values[1].mean, values[1].samples, b.runs, unit),
    // The fewer runs count for both: wider than Welch's degrees of freedom would make it.
    difference: boundedEstimate(values[1].mean - values[0].mean, samples, Math.min(a.runs, b.runs), {
      low: -1,
      high: 1,
    }),
  };
}

/** Probability that a run of B has more than a run of A. Runs are taken as independent: with pairs, it is cautious. */
export function improvementOf(a: readonly number[], b: readonly number[]): Estimate {
  const probability = probabilityOfImprovement(b, a);
  if (Math.min(a.length, b.length) < 2) return { mean: probability, low: null, high: null };
  return { mean: probability, ...improvementInterval(probability, b.length, a.length) };
}
