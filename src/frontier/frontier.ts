import type { Defender } from "../benchmark/defenders.ts";
import type { Anchor, Point } from "../benchmark/points.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { masque } from "../data/package.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";
import { type Estimate, estimate } from "../stats/estimate.ts";
import { leastMean, leastMeanBands, mean } from "../stats/index.ts";
import { type Calibration, calibrationAt } from "./calibration.ts";
import { type Axes, axesOf, type Cloud } from "./cloud.ts";
import { type Conditioning, conditioning } from "./conditioning.ts";
import { type Effort, effortAt } from "./effort.ts";
import { type Front, formulaAt, frontOf, type ParetoStanding, standings } from "./hypervolume.ts";
import { cloudOf, type Measured, measure } from "./measure.ts";
import type { PointScores } from "./scores.ts";

export interface MetricValues {
  readonly clean: Estimate;
  readonly attacked: Estimate;
  /** CVaR₁₀: the mean of the worst tenth of a run's episodes; for metrics that are marked per episode. */
  readonly tail?: { readonly clean: Estimate; readonly attacked: Estimate };
}

export interface FrontierPoint {
  readonly knobs: Readonly<Record<string, number>>;
  readonly defence: string;
  /** How the defence learned, where it did; the budget is of every round, in environment steps. */
  readonly learnedDefence?: Pick<Defender, "baseline" | "lambda" | "least" | "budget">;
  readonly anchor: Anchor | null;
  /** The point leaves less of the axes' floor than it must: it counts for nothing. */
  readonly belowFloor?: true;
  /** Of the clean arm: what the defence costs when nobody attacks. */
  readonly cleanUtility: Estimate;
  /** Under `costliestAttack`. */
  readonly attackedUtility: Estimate;
  /**
   * The least of all attacks' means over runs, and bounds that hold for all attacks at once: an attack more never raises value
   * or lower bound. Stronger attacks may exist.
   */
  readonly security: Estimate;
  /** Security to expect of an attack chosen on a run's select split and met on its test split. */
  readonly expected: Estimate;
  /** 95 % bounds of the least true mean that hold for all declared points at once. */
  readonly band?: { readonly low: number; readonly high: number };
  /** The attack of the least mean. */
  readonly worstAttack: string;
  /** Of attacks that cannot be told from it, the one that leaves the least utility. */
  readonly costliestAttack: string;
  /** What each run's select split chose. */
  readonly worstAttackByRun: readonly string[];
  readonly attacks: Readonly<
    Record<
      string,
      {
        readonly utility: Estimate;
        readonly security: Estimate;
        /** Of learned attacks: security under the best of the runs' trainings, chosen on select, scored on test. */
        readonly best?: number;
      }
    >
  >;
  readonly metrics: Readonly<Record<string, MetricValues>>;
  /** Share of bootstrap resamples in which no other declared point dominates this one; null beside the grid. */
  readonly pareto: ParetoStanding | null;
  /** The same in all axes, where the benchmark names more than two. */
  readonly paretoAll?: ParetoStanding | null;
  /** The benchmark's formula at this point, where its score is one. */
  readonly score?: Estimate;
  /** Closed forms of the environment's theory, by metric. */
  readonly reference: Readonly<Record<string, number>> | null;
  /** What was spent on attacking this point. */
  readonly effort: Effort;
  /** The exact best response to this point's defence beside the portfolio, where one is known. */
  readonly calibration?: Calibration | null;
}

export interface Frontier {
  readonly schema: 1;
  readonly benchmark: string;
  readonly question: string;
  readonly config: string;
  readonly masque: string;
  readonly environment: { readonly id: string; readonly digest: string };
  readonly axes: Axes;
  readonly runs: number;
  /** Fewer than 5 runs: shows how it works, proves nothing. */
  readonly illustrative: boolean;
  readonly episodes: { readonly select: number; readonly test: number };
  readonly attacks: readonly Readonly<Record<string, unknown>>[];
  /** The declared points, in the benchmark's order. */
  readonly points: readonly FrontierPoint[];
  /** Yardsticks beside the grid: no defence, lockdown, random defence. */
  readonly anchors: readonly FrontierPoint[];
  readonly front: Front;
  /** What sharing a training between levels does to attacks, at some of the levels; empty where nothing is shared. */
  readonly conditioning?: readonly Conditioning[];
}

/** Where a point stands on the axis of utility. */
export const utilityOf = ({ axes }: Pick<Frontier, "axes">, point: FrontierPoint): Estimate =>
  axes.arm === "attacked" ? point.attackedUtility : point.cleanUtility;

/** What that axis is called: "clean service", "service under attack". */
export const utilityTitle = ({ utility, arm }: Axes): string =>
  arm === "attacked" ? `${utility} under attack` : `clean ${utility}`;

/** A benchmark's result: a pure function of its played cells. */
export function frontier(benchmark: Benchmark, plan: Plan, read: (cell: Cell) => PlayResult): Frontier {
  const measured = measure(benchmark, plan, read);
  return frontierOf(benchmark, measured, cloudOf(measured, benchmark.config.seeds.root));
}

/** The same from what was measured and how that was resampled. */
export function frontierOf(benchmark: Benchmark, measured: Measured, cloud: Cloud): Frontier {
  const { env, points, attacks, axes, config, plugin } = benchmark;
  const { runs } = config.seeds;
  const { scores, found, resampled, declared, places, formula } = measured;
  const pareto = standings(cloud, declared.length, places.pair);
  const paretoAll = places.all && standings(cloud, declared.length, places.all);

  const bands = bandsOf(declared.map(({ index }) => scores[index]));

  const describe = (point: Point): FrontierPoint => {
    const number = declared.indexOf(point);
    return {
      ...valuesAt(benchmark, point, scores[point.index]),
      ...(axes.floor &&
        mean(scores[point.index].cleanUtility(axes.floor.metric)) < axes.floor.least && { belowFloor: true as const }),
      ...(number >= 0 && bands && { band: bands[number] }),
      pareto: number < 0 ? null : pareto[number],
      ...(paretoAll && { paretoAll: number < 0 ? null : paretoAll[number] }),
      ...(formula && resampled.includes(point) && { score: formulaAt(cloud, resampled.indexOf(point), formula) }),
      reference: referenceAt(benchmark, point),
      effort: effortAt(benchmark, point, found),
      calibration: calibrationAt(benchmark, point, found),
    };
  };
  return {
    schema: 1,
    benchmark: config.name,
    question: config.question,
    config: benchmark.hash,
    masque: masque().version,
    environment: { id: env.id, digest: plugin.digest },
    axes: axesOf(env, axes),
    runs,
    illustrative: runs < 5,
    episodes: config.episodes,
    attacks: attacks.map((attack) => ({ ...attack })),
    points: declared.map(describe),
    anchors: points.filter((point) => !point.declared).map(describe),
    front: frontOf(cloud, places, formula),
    conditioning: conditioning(benchmark, found),
  };
}

function valuesAt({ env, axes, attacks }: Benchmark, point: Point, scores: PointScores) {
  const learners = new Set(attacks.flatMap(({ kind, name }) => (kind === "learned" ? [name] : [])));
  const { knobs, defence, anchor, defender } = point;
  const learned = defender && {
    baseline: defender.baseline,
    lambda: defender.lambda,
    ...(defender.least !== undefined && { least: defender.least }),
    budget: defender.budget,
  };
  return {
    knobs,
    defence,
    ...(learned && { learnedDefence: learned }),
    anchor: anchor ?? null,
    cleanUtility: estimate(scores.cleanUtility(axes.utility)),
    attackedUtility: estimate(scores.attacked(axes.utility)),
    security: leastEstimate(scores.security),
    expected: estimate(scores.expected),
    worstAttack: scores.worst,
    costliestAttack: scores.costliest,
    worstAttackByRun: scores.chosen,
    attacks: Object.fromEntries(
      scores.attacks.map((name) => [
        name,
        {
          utility: estimate(scores.of(name, axes.utility)),
          security: estimate(scores.of(name, axes.security)),
          ...(learners.has(name) && { best: scores.best(name) }),
        },
      ]),
    ),
    metrics: Object.fromEntries(
      Object.keys(env.metrics).map((metric) => [
        metric,
        {
          clean: estimate(scores.cleanUtility(metric)),
          attacked: estimate(scores.attacked(metric)),
          ...(env.metrics[metric].perEpisode && {
            tail: {
              clean: estimate(scores.tail(metric, "clean")),
              attacked: estimate(scores.tail(metric, "attacked")),
            },
          }),
        },
      ]),
    ),
  };
}

/** The least mean over runs, cut to [0,1]; without bounds for a single run. */
function leastEstimate(columns: readonly (readonly number[])[]): Estimate {
  if (columns[0].length < 2) return { mean: Math.min(...columns.map(mean)), low: null, high: null };
  const { mean: least, low, high } = leastMean(columns);
  return { mean: least, low: Math.max(0, low), high: Math.min(1, high) };
}

/** Bounds of least means over runs, cut to [0,1], that hold at all points at once; none for a single run. */
function bandsOf(scores: readonly PointScores[]): { readonly low: number; readonly high: number }[] | null {
  if (scores[0].security[0].length < 2) return null;
  return leastMeanBands(scores.map(({ security }) => security)).map(({ low, high }) => ({
    low: Math.max(0, low),
    high: Math.min(1, high),
  }));
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
