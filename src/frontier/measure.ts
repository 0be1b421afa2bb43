import type { Point } from "../benchmark/points.ts";
import { type Benchmark, floorOf } from "../benchmark/resolve.ts";
import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";
import type { SampleShape } from "../stats/index.ts";
import { type Axes, axisOf, type Cloud, makeCloud, type Subject } from "./cloud.ts";
import type { Formula, Places } from "./hypervolume.ts";
import { type Outcomes, outcomes } from "./outcomes.ts";
import { type PointScores, type Split, scoreRuns, tabulate } from "./scores.ts";

/** A benchmark's played cells as numbers: what frontiers and comparisons are computed from. */
export interface Measured {
  /** Of every point, by its index. */
  readonly scores: readonly PointScores[];
  /** The same and the probes', attack by attack. */
  readonly found: Outcomes;
  /** Declared points, then no defence and lockdown where they are not declared: the points that are resampled. */
  readonly resampled: readonly Point[];
  readonly declared: readonly Point[];
  readonly subject: Subject;
  readonly shape: SampleShape<Split>;
  readonly places: Places;
  readonly formula: Formula | null;
}

/** Reads and scores every played cell. */
export function measure(benchmark: Benchmark, plan: Plan, read: (cell: Cell) => PlayResult): Measured {
  const { env, points, axes, score, config } = benchmark;
  const { select, test } = config.episodes;
  const tables = tabulate(benchmark, plan, read);
  const scores = points.map(({ index }) => scoreRuns(env, tables[index], axes));
  const declared = points.filter((point) => point.declared);
  const anchors = (["no-defence", "lockdown"] as const)
    .map((name) => points.find(({ anchor }) => anchor === name))
    .filter((point) => point !== undefined);
  const resampled = [...declared, ...anchors.filter((point) => !point.declared)];

  const { floor } = axes;
  const extra = [...(axes.more ?? []), ...(score?.names ?? []), ...(floor ? [floor.metric] : [])];
  const metrics = [...new Set([axes.utility, axes.security, ...extra])];
  const at = (metric: string) => metrics.indexOf(metric);
  const pair = [at(axes.utility), at(axes.security)];
  return {
    scores,
    found: outcomes(benchmark, plan, read),
    resampled,
    declared,
    subject: {
      env,
      axes: metrics.map((metric) => axisOf(env, axes, metric)),
      security: axes.security,
      points: resampled.map(({ index }) => tables[index]),
      scores: resampled.map(({ index }) => scores[index]),
      ...(floor && { floor: { axis: at(floor.metric), least: floor.least } }),
    },
    shape: { runs: config.seeds.runs, episodes: { select, test } },
    places: {
      declared: declared.length,
      anchors: anchors.map((point) => resampled.indexOf(point)),
      pair,
      ...(axes.more && { all: [...pair, ...axes.more.map(at)] }),
    },
    formula: score && { expression: score, axes: score.names.map(at) },
  };
}

/** The points of one benchmark, resampled by themselves. */
export function cloudOf({ subject, shape }: Measured, root: number, resamples?: number): Cloud {
  return makeCloud(subject, shape, { root, resamples });
}

/** The same benchmark seen on other axes: attacks are chosen by the new security axis. Its formula is left out. */
export function withAxes(benchmark: Benchmark, axes: Axes | undefined): Benchmark {
  if (!axes) return benchmark;
  const floor = floorOf(benchmark.env, axes.utility, benchmark.config.axes.floor);
  return { ...benchmark, axes: { ...axes, ...(floor && { floor }) }, score: null };
}

/** Two metrics, "privacy,oversight", as axes of an environment. @throws InputError for anything else. */
export function parseAxes(text: string, env: Environment): Axes {
  const names = text.split(",").map((name) => name.trim());
  if (names.length !== 2) {
    throw new InputError(`--axes ${text}: expected two metrics with a comma between them, as utility,security.`);
  }
  for (const name of names) {
    if (!Object.hasOwn(env.metrics, name)) throw unknownName(`metric of ${env.id}`, name, Object.keys(env.metrics));
  }
  return { utility: names[0], security: names[1] };
}
