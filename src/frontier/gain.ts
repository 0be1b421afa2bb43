import type { Environment } from "../env/define.ts";
import type { Episodes } from "../play/evaluate.ts";
import { Rng } from "../random/rng.ts";
import type { Estimate } from "../stats/estimate.ts";
import {
  episodeTable,
  hierarchicalBootstrap,
  observedSample,
  outputSamples,
  percentileInterval,
  type Statistic,
} from "../stats/index.ts";
import { counter, metricOf } from "./scores.ts";

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
  const names = Object.keys(env.metrics);
  const episodes = clean.counters.length / env.counters.length;
  const shape = { runs: 1, episodes: { test: episodes } };
  const arms = [before, after, clean].map(({ counters }) => {
    const table = episodeTable(1, episodes, env.counters.length, counters);
    const sum = counter<"test">(env);
    return (sample: Parameters<Statistic<"test">>[0]) => sum(table, sample, "test", 0);
  });
  const statistic: Statistic<"test"> = (sample, out) => {
    const [a, b, quiet] = arms.map((arm) => arm(sample));
    names.forEach((metric, m) => {
      out[m] = metricOf(env, metric, b, quiet) - metricOf(env, metric, a, quiet);
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
