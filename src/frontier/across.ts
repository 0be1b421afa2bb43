import type { Benchmark } from "../benchmark/resolve.ts";
import { Rng } from "../random/rng.ts";
import type { Estimate } from "../stats/estimate.ts";
import { iqm } from "../stats/index.ts";
import { boundedEstimate, type Cloud } from "./cloud.ts";
import { scoreOf } from "./hypervolume.ts";
import type { Measured } from "./measure.ts";

/** PointScores of several environments as one number. */
export interface Across {
  readonly environments: readonly string[];
  /** The formula that all are scored by, or "hypervolume". */
  readonly score: string;
  /** Interquartile mean over environments, which is the mean below 4 of them. */
  readonly iqm: Estimate;
}

export interface Scored {
  readonly benchmark: Benchmark;
  readonly measured: Measured;
  readonly cloud: Cloud;
}

/** Why runs have no score in common; null where they have one. */
export function whyNotAcross(runs: readonly Scored[]): string | null {
  const ids = runs.map(({ benchmark }) => benchmark.env.id);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) return `two runs are of ${twice}`;
  const scores = new Set(runs.map(({ benchmark }) => benchmark.score?.text ?? "hypervolume"));
  return scores.size > 1 ? `they are scored by ${[...scores].join(" and ")}` : null;
}

/** The interquartile mean of the scores of different environments; runs of each are resampled by themselves. */
export function across(runs: readonly Scored[]): Across {
  const score = ({ measured }: Scored, points: Cloud["means"]) => scoreOf(points, measured.places, measured.formula);
  const least = Math.min(...runs.map(({ cloud }) => cloud.runs));
  // Equal seeds resample alike; in another order each, what one environment draws tells nothing of the others.
  const resampled = runs.map((run, i) => {
    const samples = run.cloud.ofRuns.map((points) => score(run, points));
    return new Rng(run.benchmark.config.seeds.root, "across", i).shuffle(samples);
  });
  const observed = iqm(runs.map((run) => score(run, run.cloud.means)));
  const samples = resampled[0].map((_, b) => iqm(resampled.map((scores) => scores[b])));
  const ranges = runs.map(({ measured }) => measured.formula?.expression.range ?? { low: -1, high: 1 });
  return {
    environments: runs.map(({ benchmark }) => benchmark.env.id),
    score: runs[0].benchmark.score?.text ?? "hypervolume",
    iqm: boundedEstimate(observed, samples, least, {
      low: Math.min(...ranges.map(({ low }) => low)),
      high: Math.max(...ranges.map(({ high }) => high)),
    }),
  };
}
