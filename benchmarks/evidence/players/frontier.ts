import type { Environment } from "../../../src/env/define.ts";
import { counter, metricOf } from "../../../src/frontier/scores.ts";
import type { Episodes } from "../../../src/play/evaluate.ts";
import { Rng } from "../../../src/random/rng.ts";
import type { Estimate } from "../../../src/stats/estimate.ts";
import {
  episodeTable,
  hierarchicalBootstrap,
  observedSample,
  outputSamples,
  percentileInterval,
  type Statistic,
} from "../../../src/stats/index.ts";
import type { Attacker, Cost } from "./attackers.ts";
import { type Place, SEED } from "./place.ts";

/** An attacker at one level: both axes, and over how many episodes. */
export interface Point {
  readonly name: string;
  readonly utility: Estimate;
  readonly security: Estimate;
  readonly episodes: number;
  readonly cost?: Cost;
}

/** A level of the knob: all who attack there, and the worst of them. */
export interface Level {
  readonly level: number;
  readonly points: readonly Point[];
  readonly worst: Point;
}

export const MIXTURE = "even mixture";

const RESAMPLES = 1000;

/**
 * Whoever plays an episode of the even mixture is drawn, all alike, by a stream of the seed: what was counted in that very
 * episode counts. As many episodes as all members have.
 */
export function mix(members: readonly Episodes[]): { episodes: Episodes; drawn: Int32Array } {
  const width = members[0].names.length;
  const count = Math.min(...members.map(countOf));
  const rng = new Rng(SEED, "players", "mixture");
  const drawn = Int32Array.from({ length: count }, () => rng.int(0, members.length));
  const counters = new Float64Array(count * width);
  drawn.forEach((member, e) => {
    counters.set(members[member].counters.subarray(e * width, (e + 1) * width), e * width);
  });
  return { episodes: { ...members[0], counters }, drawn };
}

const countOf = ({ names, counters }: Pick<Episodes, "names" | "counters">) => counters.length / names.length;

/**
 * Both axes of all attackers at a level, and of the worst, with 95 % bootstrap intervals over episodes. Attackers who played
 * the same number of episodes are drawn together, each with the same episode of the clean arm; the worst is chosen
 * again in every resample, since the least of several is lower than each.
 */
export function levelOf(place: Place, level: number, attackers: readonly Attacker[]): Level {
  const members = attackers.map(({ kind, name, episodes, cost }) => ({ name: `${kind}: ${name}`, episodes, cost }));
  const mixed = members.length > 1 ? [{ name: MIXTURE, episodes: mix(members.map((m) => m.episodes)).episodes }] : [];
  const rows: { name: string; episodes: Episodes; cost?: Cost }[] = [...members, ...mixed];
  const sizes = [...new Set(rows.map(({ episodes }) => countOf(episodes)))].sort((a, b) => b - a);
  const statistic = statisticOf(place, rows, sizes);
  const shape = { runs: 1, episodes: Object.fromEntries(sizes.map((size) => [size, size])) };
  const outputs = 2 * (rows.length + 1);
  const means = new Float64Array(outputs);
  statistic(observedSample(shape), means);
  const rng = new Rng(SEED, "players", "bootstrap");
  const samples = hierarchicalBootstrap(shape, statistic, { resamples: RESAMPLES, outputs, rng });
  const estimate = (i: number): Estimate => ({
    mean: means[i],
    ...percentileInterval(outputSamples(samples, outputs, i)),
  });
  const points = rows.map(({ name, episodes, cost }, r) => ({
    ...{ name, cost, episodes: countOf(episodes) },
    utility: estimate(2 * r),
    security: estimate(2 * r + 1),
  }));
  const named = points.reduce((a, b) => (b.security.mean < a.security.mean ? b : a));
  const last = 2 * rows.length;
  return { level, points, worst: { ...named, utility: estimate(last), security: estimate(last + 1) } };
}

/** Writes utility and security of every row, then those of the row with the least security. */
function statisticOf(
  { plugin: { env }, play, script, utility, security }: Place,
  rows: readonly { episodes: Episodes }[],
  sizes: readonly number[],
): Statistic<string> {
  const width = env.counters.length;
  const quiet = play(script("none"), sizes[0]).counters;
  const table = (size: number, counters: Float64Array) => episodeTable(1, size, width, counters.slice(0, size * width));
  const clean = new Map(sizes.map((size) => [size, table(size, quiet)]));
  const attacked = rows.map(({ episodes }) => ({
    size: countOf(episodes),
    table: table(countOf(episodes), episodes.counters),
  }));
  const underAttack = (env as Environment).metrics[utility].arm === "attacked";
  const sum = counter<string>(env);
  return (sample, out) => {
    const without = new Map(sizes.map((size) => [size, { ...sum(clean.get(size)!, sample, `${size}`, 0) }]));
    // What the defence costs when nobody attacks is the same for all: from the most episodes that there are.
    const peace = without.get(sizes[0])!;
    let worst = 0;
    attacked.forEach(({ size, table }, r) => {
      const counts = sum(table, sample, `${size}`, 0);
      const quiet = without.get(size)!;
      out[2 * r] = underAttack ? metricOf(env, utility, counts, quiet) : metricOf(env, utility, peace, peace);
      out[2 * r + 1] = metricOf(env, security, counts, quiet);
      if (out[2 * r + 1] < out[2 * worst + 1]) worst = r;
    });
    out[2 * attacked.length] = out[2 * worst];
    out[2 * attacked.length + 1] = out[2 * worst + 1];
  };
}
