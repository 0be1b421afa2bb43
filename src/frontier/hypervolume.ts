import type { Expression } from "../benchmark/formula.ts";
import type { Estimate } from "../stats/estimate.ts";
import {
  attainment,
  bestGiven,
  type FrontierLabel,
  frontierLabels,
  hypervolume,
  nonDominated,
  type Points,
} from "../stats/index.ts";
import { type Cloud, estimateOf, pick } from "./cloud.ts";

/** The benchmark's score. */
export interface BenchmarkScore extends Estimate {
  /** The formula, where the score is not the hypervolume. */
  readonly expression?: string;
  /** Number of the declared point at which the formula is greatest. */
  readonly best?: number;
}

/** What the declared points are worth together. */
export interface Front {
  readonly hypervolume: number;
  /** Hypervolume of no defence and lockdown alone. */
  readonly anchors: number;
  /** What the defence adds to them; or a formula's greatest value over the declared points. */
  readonly score: BenchmarkScore;
  /** Best utility among points of at least this security; null when there is none. */
  readonly utilityAtSecurity: Readonly<Record<string, number | null>>;
  /** The same with intervals, in which a level that is not reached counts as utility 0. */
  readonly atSecurity?: readonly {
    readonly level: number;
    readonly utility: number | null;
    readonly low: number | null;
    readonly high: number | null;
    /** Share of resamples in which some point is that secure. */
    readonly reached: number;
  }[];
  /** Security at each utility that 95 % (`low`), 50 % and 5 % (`high`) of runs attain; from 20 runs on. */
  readonly attainment?: Readonly<Record<"utility" | "low" | "median" | "high", readonly number[]>>;
  /** In all axes, where the benchmark names more than two. */
  readonly all?: {
    readonly axes: readonly string[];
    readonly hypervolume: number;
    readonly anchors: number;
    readonly score: Estimate;
  };
}

/** Where a point stands in view of its uncertainty. */
export interface ParetoStanding {
  /** Share of resamples in which no other declared point dominates it. */
  readonly probability: number;
  readonly label: FrontierLabel;
}

export const LEVELS = [0.8, 0.9, 0.95];
const ATTAINMENT_RUNS = 20;
const ATTAINMENT_STEPS = 100;

/** Which points of a cloud are which, and on which of its axes they are judged. */
export interface Places {
  /** The declared points are the first ones of the cloud. */
  readonly declared: number;
  /** Numbers of no defence and lockdown, where there are these. */
  readonly anchors: readonly number[];
  /** Numbers of the axes pair, utility first; and of all, where there are more. */
  readonly pair: readonly number[];
  readonly all?: readonly number[];
}

/** A formula, and the numbers of the axes that its metrics are. */
export interface Formula {
  readonly expression: Expression;
  readonly axes: readonly number[];
}

/** How every declared point stands among the others. Points that tie on all axes do not dominate each other. */
export function standings(cloud: Cloud, declared: number, axes: readonly number[]): ParetoStanding[] {
  const numbers = Array.from({ length: declared }, (_, p) => p);
  const wins = new Float64Array(declared);
  for (const sample of cloud.samples) {
    for (const [p, keeps] of nonDominated(pick(sample, numbers, axes)).entries()) wins[p] += keeps ? 1 : 0;
  }
  const probabilities = wins.map((count) => count / cloud.samples.length);
  return frontierLabels(probabilities).map((label, p) => ({ probability: probabilities[p], label }));
}

/** Hypervolume of declared points over that of the anchors, on some axes. */
function gain(cloud: Cloud, { declared, anchors }: Places, axes: readonly number[]) {
  const origin = axes.map(() => 0);
  const numbers = Array.from({ length: declared }, (_, p) => p);
  const volume = (points: Cloud["means"], of: readonly number[]) => hypervolume(pick(points, of, axes), origin);
  const score = estimateOf(cloud, (points) => volume(points, numbers) - volume(points, anchors), { low: -1, high: 1 });
  return { hypervolume: volume(cloud.means, numbers), anchors: volume(cloud.means, anchors), score };
}

/** The front of a cloud; a formula replaces the hypervolume as the benchmark's score. */
export function frontOf(cloud: Cloud, places: Places, formula: Formula | null): Front {
  const { declared, pair, all } = places;
  const numbers = Array.from({ length: declared }, (_, p) => p);
  const volume = gain(cloud, places, pair);
  const atSecurity = LEVELS.map((level) => {
    const best = (points: Cloud["means"]) => bestGiven(pick(points, numbers, pair), 0, 1, level);
    const { low, high } = estimateOf(cloud, (points) => best(points) ?? 0, { low: 0, high: 1 });
    const reached = cloud.samples.filter((points) => best(points) !== null).length / cloud.samples.length;
    return { level, utility: best(cloud.means), low, high, reached };
  });
  return {
    ...volume,
    score: formula ? formulaScore(cloud, places, formula) : volume.score,
    utilityAtSecurity: Object.fromEntries(atSecurity.map(({ level, utility }) => [level, utility])),
    atSecurity,
    ...(cloud.runs >= ATTAINMENT_RUNS && { attainment: attained(cloud, numbers, pair) }),
    ...(all && { all: { axes: all.map((axis) => cloud.axes[axis].metric), ...gain(cloud, places, all) } }),
  };
}

/** The benchmark's score, of points as they were observed or resampled. */
export function scoreOf(points: Points, { declared, anchors, pair }: Places, formula: Formula | null): number {
  const numbers = Array.from({ length: declared }, (_, p) => p);
  if (formula) return Math.max(...numbers.map((p) => formulaOf(points[p], formula)));
  const volume = (of: readonly number[]) => hypervolume(pick(points, of, pair), [0, 0]);
  return volume(numbers) - volume(anchors);
}

function formulaOf(point: ArrayLike<number>, { expression, axes }: Formula): number {
  return expression.of(axes.map((axis) => point[axis]));
}

/** A formula at one point. */
export function formulaAt(cloud: Cloud, point: number, formula: Formula): Estimate {
  return estimateOf(cloud, (points) => formulaOf(points[point], formula), formula.expression.range);
}

/** Its greatest value over the declared points: which point that is, is decided anew in every resample. */
function formulaScore(cloud: Cloud, places: Places, formula: Formula): BenchmarkScore {
  const { text, range } = formula.expression;
  const estimate = estimateOf(cloud, (points) => scoreOf(points, places, formula), range);
  const observed = cloud.means.slice(0, places.declared).map((point) => formulaOf(point, formula));
  return { expression: text, ...estimate, best: observed.indexOf(estimate.mean) };
}

function attained({ byRun }: Cloud, numbers: readonly number[], pair: readonly number[]): Front["attainment"] {
  const fronts = byRun.map((points) => pick(points, numbers, pair));
  const utility = Array.from({ length: ATTAINMENT_STEPS + 1 }, (_, i) => i / ATTAINMENT_STEPS);
  const by = (share: number) => [...attainment(fronts, utility, share)];
  return { utility, low: by(0.95), median: by(0.5), high: by(0.05) };
}
