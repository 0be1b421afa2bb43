import type { Anchor, Point } from "../benchmark/points.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { canonical } from "../data/canonical.ts";
import type { Estimate } from "../stats/estimate.ts";
import { additiveEpsilon, bestGiven, hypervolume, type Points } from "../stats/index.ts";
import { type Axes, axesOf, boundedEstimate, type Observed, observe, pick } from "./cloud.ts";
import {
  type Difference,
  functionDifference,
  improvementOf,
  type MetricDifference,
  meansDifference,
} from "./difference.ts";
import { LEVELS } from "./hypervolume.ts";
import type { Measured } from "./measure.ts";
import { matchedKnobs, pairing, requireAlike, trainingSteps, unlikeness } from "./pairing.ts";

/** B: it is better on one axis (the difference's interval is above 0), and no more than `MARGIN` worse on the other. */
export type Verdict = "A" | "B" | "equal" | "unclear";

export interface ComparedPoint {
  readonly knobs: Readonly<Record<string, number>>;
  readonly defence: string;
  readonly anchor: Anchor | null;
  readonly utility: MetricDifference;
  readonly security: MetricDifference;
  readonly worstAttack: { readonly a: string; readonly b: string };
  readonly dominates: Verdict;
}

export interface ComparedRun {
  readonly benchmark: string;
  readonly config: string;
  readonly runs: number;
  readonly root: number;
  readonly episodes: { readonly select: number; readonly test: number };
  readonly points: number;
  readonly attacks: readonly string[];
  readonly trainingSteps: number;
}

/** Two runs on one environment, A and B; every difference is B − A, every interval 95 %. Plain data. */
export interface Comparison {
  readonly schema: 1;
  readonly environment: { readonly id: string; readonly digest: string };
  readonly axes: Axes;
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  /** Whether runs were resampled in pairs: they share root seed, number of runs and episodes. */
  readonly paired: boolean;
  /** Fewer than 5 runs in either. */
  readonly illustrative: boolean;
  /** What besides the defence differs, in sentences. */
  readonly warnings: readonly string[];
  /**
   * Declared points that both have: equal knobs and, unless each run has one only, equal defence; of knobs, those swept if both
   * sweep the same, else all.
   */
  readonly points: readonly ComparedPoint[];
  /** Declared points that only one has. */
  readonly unmatched: { readonly a: number; readonly b: number };
  readonly margin: number;
  readonly overall: {
    /** Over each run's declared points, and over those that both have where these are not all. */
    readonly hypervolume: MetricDifference;
    readonly shared: MetricDifference | null;
    /** Least shift up, on both axes, by which one front covers the other; at most 0 where it does already. */
    readonly epsilon: { readonly aCoversB: Estimate; readonly bCoversA: Estimate };
    /** Utility of the best point of at least this security; 0 where there is none. */
    readonly utilityAtSecurity: readonly (Difference & { readonly level: number })[];
  };
}

/** A point that is no more than this much worse on an axis is as good on it. */
export const MARGIN = 0.01;

/** A run, read and scored. */
export interface Candidate {
  readonly benchmark: Benchmark;
  readonly measured: Measured;
}

/**
 * Compares two runs, B against A.
 * @throws InputError when they are of different environments, or drawn on different axes
 */
export function compareRuns(a: Candidate, b: Candidate, resamples?: number): Comparison {
  requireAlike(a.benchmark, b.benchmark);
  const { env, plugin, axes } = a.benchmark;
  const paired = pairing(a.benchmark, b.benchmark);
  const clouds = [
    resample(a, paired ? undefined : "a", resamples),
    resample(b, paired ? undefined : "b", resamples),
  ] as const;
  const matches = matchPoints(a.measured.declared, b.measured.declared, matchedKnobs(a.benchmark, b.benchmark));
  const [ofA, ofB] = [a.measured.declared.length, b.measured.declared.length];
  const numbers = (count: number) => Array.from({ length: count }, (_, p) => p);
  const whole = [frontOf(a, clouds[0], numbers(ofA)), frontOf(b, clouds[1], numbers(ofB))] as const;
  const partial = matches.length > 0 && (matches.length < ofA || matches.length < ofB);
  const shared = partial
    ? ([
        frontOf(
          a,
          clouds[0],
          matches.map(([p]) => p),
        ),
        frontOf(
          b,
          clouds[1],
          matches.map(([, q]) => q),
        ),
      ] as const)
    : null;
  return {
    schema: 1,
    environment: { id: env.id, digest: plugin.digest },
    axes: axesOf(env, { utility: axes.utility, security: axes.security }),
    a: describeRun(a.benchmark, ofA),
    b: describeRun(b.benchmark, ofB),
    paired,
    illustrative: Math.min(clouds[0].runs, clouds[1].runs) < 5,
    warnings: unlikeness(a.benchmark, b.benchmark),
    points: matches.map(([p, q]) => comparePoint([a, b], clouds, [p, q], paired)),
    unmatched: { a: ofA - matches.length, b: ofB - matches.length },
    margin: MARGIN,
    overall: {
      hypervolume: compareVolume(...whole),
      shared: shared && compareVolume(...shared),
      epsilon: { aCoversB: epsilon(whole[0], whole[1]), bCoversA: epsilon(whole[1], whole[0]) },
      utilityAtSecurity: LEVELS.map((level) => ({
        level,
        ...functionDifference((points) => bestGiven(points, 0, 1, level) ?? 0, ...whole),
      })),
    },
  };
}

/** Some points of a run on the two axes that are drawn. */
type Fronts = Omit<Observed, "axes">;

function frontOf({ measured }: Candidate, cloud: Observed, numbers: readonly number[]): Fronts {
  const front = (points: Points) => pick(points, numbers, measured.places.pair);
  return {
    runs: cloud.runs,
    means: front(cloud.means),
    ofRuns: cloud.ofRuns.map(front),
    byRun: cloud.byRun.map(front),
  };
}

/** Both runs resampled: by the same draws where they are paired, else by streams that have nothing in common. */
function resample({ benchmark, measured }: Candidate, label: string | undefined, resamples?: number): Observed {
  return observe(measured.subject, { root: benchmark.config.seeds.root, label, resamples });
}

/** Numbers of points with these knobs equal and the same defence; of runs of one defence each, whatever they are called. */
function matchPoints(a: readonly Point[], b: readonly Point[], knobs: readonly string[]): [number, number][] {
  const lone = [a, b].every((points) => new Set(points.map(({ defence }) => defence)).size === 1);
  const key = ({ params, defence, defender }: Point) =>
    canonical([
      knobs.map((knob) => params[knob] ?? null),
      ...(lone ? [] : [defence, defender?.lambda ?? null, defender?.least ?? null]),
    ]);
  const places = new Map(b.map((point, q) => [key(point), q]));
  return a.flatMap((point, p): [number, number][] => {
    const q = places.get(key(point));
    return q === undefined ? [] : [[p, q]];
  });
}

function comparePoint(
  [a, b]: readonly [Candidate, Candidate],
  [first, second]: readonly [Observed, Observed],
  [p, q]: readonly [number, number],
  paired: boolean,
): ComparedPoint {
  const values = (cloud: Observed, point: number, axis: number) => cloud.byRun.map((points) => points[point][axis]);
  const on = (which: 0 | 1): MetricDifference => {
    const [x, y] = [a, b].map(({ measured }) => measured.places.pair[which]);
    return meansDifference(values(first, p, x), values(second, q, y), paired);
  };
  const [utility, security] = [on(0), on(1)];
  const { knobs, anchor } = a.measured.declared[p];
  const names = [a.measured.declared[p].defence, b.measured.declared[q].defence];
  const defence = names[0] === names[1] ? names[0] : names.join(" and ");
  const worst = ({ measured }: Candidate, point: number) => measured.scores[measured.declared[point].index].worst;
  return {
    knobs,
    defence,
    anchor: anchor ?? null,
    utility,
    security,
    worstAttack: { a: worst(a, p), b: worst(b, q) },
    dominates: verdict([utility.difference, security.difference]),
  };
}

/** Which run's point is better, by intervals of the differences B − A on each axis. */
export function verdict(differences: readonly Estimate[]): Verdict {
  if (differences.every(({ mean, low, high }) => mean === 0 && low === 0 && high === 0)) return "equal";
  const isBetter = (sign: 1 | -1) => {
    const ends = differences.map(({ low, high }) => (sign === 1 ? low : high === null ? null : -high));
    return ends.some((end) => end !== null && end > 0) && ends.every((end) => end !== null && end > -MARGIN);
  };
  return isBetter(1) ? "B" : isBetter(-1) ? "A" : "unclear";
}

function compareVolume(a: Fronts, b: Fronts): MetricDifference {
  const volume = (points: Points) => hypervolume(points, [0, 0]);
  const improvement = improvementOf(a.byRun.map(volume), b.byRun.map(volume));
  return { ...functionDifference(volume, a, b), improvement };
}

function epsilon(a: Fronts, b: Fronts): Estimate {
  const samples = a.ofRuns.map((points, i) => additiveEpsilon(points, b.ofRuns[i]));
  const runs = Math.min(a.runs, b.runs);
  return boundedEstimate(additiveEpsilon(a.means, b.means), samples, runs, { low: -1, high: 1 });
}

function describeRun({ config, hash, attacks }: Benchmark, points: number): ComparedRun {
  return {
    benchmark: config.name,
    config: hash,
    runs: config.seeds.runs,
    root: config.seeds.root,
    episodes: { select: config.episodes.select, test: config.episodes.test },
    points,
    attacks: attacks.map(({ name }) => name),
    trainingSteps: trainingSteps(attacks, config.seeds.runs),
  };
}
