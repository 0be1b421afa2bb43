import type { Environment } from "../env/define.ts";
import { Rng } from "../rng.ts";
import {
  bestGiven,
  expandedPercentileInterval,
  type FrontierLabel,
  frontierLabels,
  hierarchicalBootstrap,
  hypervolume,
  mean,
  paretoProbability,
  studentInterval,
} from "../stats/index.ts";
import { masque } from "./package.ts";
import type { Cell, Plan } from "./plan.ts";
import type { Anchor, Point } from "./points.ts";
import type { Benchmark } from "./resolve.ts";
import { frontStatistic, type Scores, scoreRuns, tabulate } from "./scores.ts";
import type { PlayResult } from "./store.ts";

/** Mean over runs with Student's 95 % interval, cut to [0,1] where metrics live; no interval for a single run. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface FrontierPoint {
  readonly knobs: Readonly<Record<string, number>>;
  readonly defence: string;
  readonly anchor: Anchor | null;
  /** Of the clean arm: what the defence costs when nobody attacks. */
  readonly cleanUtility: Estimate;
  /** Under the worst attack. */
  readonly attackedUtility: Estimate;
  /** Against the worst attack found: stronger ones may exist. */
  readonly security: Estimate;
  /** The attack that was the worst in most runs; chosen on the select split, scored on the test split. */
  readonly worstAttack: string;
  readonly worstAttackByRun: readonly string[];
  readonly attacks: Readonly<Record<string, { readonly utility: Estimate; readonly security: Estimate }>>;
  readonly metrics: Readonly<Record<string, { readonly clean: Estimate; readonly attacked: Estimate }>>;
  /** Share of bootstrap resamples in which no other declared point dominates this one; null beside the grid. */
  readonly pareto: { readonly probability: number; readonly label: FrontierLabel } | null;
  /** Closed forms of the environment's theory, by metric. */
  readonly reference: Readonly<Record<string, number>> | null;
  /** What was spent on attacking this point. */
  readonly effort: { readonly attacks: number; readonly trainingSteps: number };
}

export interface Frontier {
  readonly schema: 1;
  readonly benchmark: string;
  readonly question: string;
  readonly config: string;
  readonly masque: string;
  readonly environment: { readonly id: string; readonly digest: string };
  readonly axes: { readonly utility: string; readonly security: string };
  readonly runs: number;
  /** Fewer than 5 runs: shows how it works, proves nothing. */
  readonly illustrative: boolean;
  readonly episodes: { readonly select: number; readonly test: number };
  readonly attacks: readonly Readonly<Record<string, unknown>>[];
  /** The declared points, in the benchmark's order. */
  readonly points: readonly FrontierPoint[];
  /** Yardsticks beside the grid: no defence, lockdown, random defence. */
  readonly anchors: readonly FrontierPoint[];
  readonly front: {
    readonly hypervolume: number;
    /** Hypervolume of no defence and lockdown alone. */
    readonly anchors: number;
    /** The difference: what the defence adds. Its interval needs 10 runs. */
    readonly score: Estimate;
    /** Best clean utility among points of at least this security; null when there is none. */
    readonly utilityAtSecurity: Readonly<Record<string, number | null>>;
  };
}

const RESAMPLES = 1000;

/** A benchmark's result: a pure function of its played cells. */
export function frontier(benchmark: Benchmark, plan: Plan, read: (cell: Cell) => PlayResult): Frontier {
  const { env, points, attacks, axes, config, plugin } = benchmark;
  const { runs, root } = config.seeds;
  const tables = tabulate(benchmark, plan, read);
  const scores = points.map((point) => scoreRuns(env, tables[point.index], axes.security));
  const declared = points.filter((point) => point.declared);
  const anchors = (["no-defence", "lockdown"] as const)
    .map((name) => points.find(({ anchor }) => anchor === name))
    .filter((point) => point !== undefined);

  const drawn = [...declared, ...anchors.filter((point) => !point.declared)];
  const samples = hierarchicalBootstrap(
    { runs, episodes: config.episodes },
    frontStatistic(
      env,
      axes,
      drawn.map(({ index }) => tables[index]),
    ),
    { resamples: RESAMPLES, outputs: 2 * drawn.length, rng: new Rng(root, "bootstrap") },
  );
  const probability = paretoProbability(
    firstColumns(samples, 2 * drawn.length, 2 * declared.length),
    declared.length,
    2,
  );
  const labels = frontierLabels(probability);

  const front = (values: readonly ArrayLike<number>[], of: readonly Point[]) =>
    hypervolume(
      of.map((point) => values[drawn.indexOf(point)]),
      [0, 0],
    );
  const means = drawn.map(({ index }) => [
    mean(scores[index].cleanUtility(axes.utility)),
    mean(scores[index].security),
  ]);
  const total = front(means, declared);
  const least = anchors.length > 0 ? front(means, anchors) : 0;
  const resampled = Array.from({ length: RESAMPLES }, (_, b) => {
    const values = drawn.map((_, i) => samples.subarray((b * drawn.length + i) * 2, (b * drawn.length + i) * 2 + 2));
    return front(values, declared) - (anchors.length > 0 ? front(values, anchors) : 0);
  });

  const describe = (point: Point): FrontierPoint => {
    const at = declared.indexOf(point);
    return {
      ...describePoint(env, axes, point, scores[point.index]),
      pareto: at < 0 ? null : { probability: probability[at], label: labels[at] },
      reference: referenceAt(benchmark, point),
      effort: {
        attacks: attacks.length,
        trainingSteps: attacks.reduce((sum, attack) => sum + (attack.kind === "learned" ? attack.budget * runs : 0), 0),
      },
    };
  };
  return {
    schema: 1,
    benchmark: config.name,
    question: config.question,
    config: benchmark.hash,
    masque: masque().version,
    environment: { id: env.id, digest: plugin.digest },
    axes,
    runs,
    illustrative: runs < 5,
    episodes: config.episodes,
    attacks: attacks.map((attack) => ({ ...attack })),
    points: declared.map(describe),
    anchors: points.filter((point) => !point.declared).map(describe),
    front: {
      hypervolume: total,
      anchors: least,
      score: {
        mean: total - least,
        ...(runs >= 10 ? expandedPercentileInterval(resampled, runs) : { low: null, high: null }),
      },
      utilityAtSecurity: Object.fromEntries(
        [0.8, 0.9, 0.95].map((level) => [level, bestGiven(means.slice(0, declared.length), 0, 1, level)]),
      ),
    },
  };
}

function describePoint(env: Environment, axes: Benchmark["axes"], point: Point, scores: Scores) {
  const { knobs, defence, anchor } = point;
  const counts = new Map<string, number>();
  for (const name of scores.worst) counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return {
    knobs,
    defence,
    anchor: anchor ?? null,
    cleanUtility: estimate(scores.cleanUtility(axes.utility)),
    attackedUtility: estimate(scores.attacked(axes.utility)),
    security: estimate(scores.security),
    worstAttack: scores.worst.find((name) => counts.get(name) === most)!,
    worstAttackByRun: scores.worst,
    attacks: Object.fromEntries(
      scores.attacks.map((name) => [
        name,
        { utility: estimate(scores.of(name, axes.utility)), security: estimate(scores.of(name, axes.security)) },
      ]),
    ),
    metrics: Object.fromEntries(
      Object.keys(env.metrics).map((metric) => [
        metric,
        { clean: estimate(scores.cleanUtility(metric)), attacked: estimate(scores.attacked(metric)) },
      ]),
    ),
  };
}

/** A mean over runs with its interval. */
export function estimate(values: readonly number[]): Estimate {
  if (values.length < 2) return { mean: values[0], low: null, high: null };
  const { low, high } = studentInterval(values);
  return { mean: mean(values), low: Math.max(0, low), high: Math.min(1, high) };
}

/** @throws Error if the environment's theory gives something else than numbers for its metrics. */
function referenceAt({ reference, env }: Benchmark, { params, defence }: Point): Record<string, number> | null {
  const values = defence === "default" ? (reference?.(params) ?? null) : null;
  if (values === null) return null;
  for (const [metric, value] of Object.entries(values)) {
    if (Object.hasOwn(env.metrics, metric) && Number.isFinite(value)) continue;
    throw new Error(`${env.id}: its reference gives ${value} for "${metric}", expected numbers for its metrics`);
  }
  return { ...values };
}

function firstColumns(samples: Float64Array, width: number, kept: number): Float64Array {
  const rows = samples.length / width;
  const out = new Float64Array(rows * kept);
  for (let row = 0; row < rows; row++) out.set(samples.subarray(row * width, row * width + kept), row * kept);
  return out;
}
