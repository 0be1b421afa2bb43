import { digest } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { policyDigest } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import type { PlayResult } from "../run/cell-result.ts";
import { makePlan } from "../run/plan.ts";
import { estimate } from "../stats/estimate.ts";
import type { Author } from "./claim.ts";
import { type RankedTrack, ranked, settings } from "./ranking.ts";
import { compute, inScratchRun, type Replaying } from "./replay.ts";
import type { AttackFile } from "./schema.ts";
import { rootOf, trackBenchmark } from "./standing.ts";

/** An attack that somebody trained, and what it would be called. */
export interface Challenger extends Author {
  /** Trained policies by attackers' role; the roles left out play `none`. */
  readonly policies: Readonly<Record<string, PolicyData>>;
}

export interface Outcome {
  readonly entry: string;
  readonly points: number;
  /** Settings of the points whose security it takes below the interval that the board measured. */
  readonly lowered: readonly string[];
  /** The greatest difference between what the board measured and what it leaves. */
  readonly most: number;
}

/**
 * Plays an attack against all ranked entries of a track, on seeds that nobody could train on: drawn by each entry's id and a
 * number of today. It beats a point where its whole interval lies below the point's.
 * @throws InputError where it does not fit the environment
 */
export async function challenge(
  track: RankedTrack,
  attack: Challenger,
  nonce: string,
  options: Replaying,
): Promise<Outcome[]> {
  const game = {
    // Its trainings are not met: they cost most, and what counts is what this attack leaves.
    track: {
      ...track.track,
      base: { ...track.track.base, portfolio: untrained(track.track.base.portfolio as unknown[]) },
    },
    attacks: [{ folder: "", file: fileOf(track, attack), policies: attack.policies }],
  };
  const name = `accepted-${attack.name}`;
  const outcomes: Outcome[] = [];
  for (const { entry, standing, said } of ranked(track)) {
    const benchmark = await trackBenchmark(entry, game, rootOf(said.origin, nonce), options.registry);
    const plan = makePlan(benchmark);
    const needed = new Set(
      benchmark.points.flatMap(({ index, declared }) =>
        declared
          ? (["select", "test"] as const).flatMap((stage) =>
              Array.from({ length: benchmark.config.seeds.runs }, (_, run) => plan.play(stage, index, name, run).hash),
            )
          : [],
      ),
    );
    const clean = plan.cells.filter(
      ({ stage, attack }) => (stage === "select" || stage === "test") && attack === "none",
    );
    const cells = plan.cells.filter(({ hash }) => needed.has(hash) || clean.some((one) => one.hash === hash));
    const results = await inScratchRun({ benchmark, plan, results: new Map() }, options.registry, (run) =>
      compute(run, cells, options),
    );
    const points = benchmark.points.filter(({ declared }) => declared);
    const sums = (stage: "select" | "test", point: number, attack: string, run: number) =>
      sumsOf(results.get(plan.play(stage, point, attack, run).hash) as PlayResult);
    const metric = benchmark.env.metrics[benchmark.axes.security];
    const lowered: string[] = [];
    let most = 0;
    for (const [i, { index }] of points.entries()) {
      const runs = Array.from({ length: benchmark.config.seeds.runs }, (_, run) => {
        const both = (attack: string) => add(sums("select", index, attack, run), sums("test", index, attack, run));
        return metric.of(both(name), { clean: both("none") });
      });
      const left = estimate(runs);
      const before = standing.points[i].security;
      most = Math.max(most, before.mean - left.mean);
      if ((left.high ?? left.mean) < (before.low ?? before.mean)) lowered.push(settings(standing.points[i]));
    }
    outcomes.push({ entry: entry.file.claim.name, points: points.length, lowered, most });
  }
  return outcomes;
}

type Sums = Record<string, number>;
const sumsOf = ({ counters }: PlayResult): Sums =>
  Object.fromEntries(Object.entries(counters).map(([name, column]) => [name, column.reduce((a, b) => a + b, 0)]));
const add = (a: Sums, b: Sums): Sums => Object.fromEntries(Object.keys(a).map((name) => [name, a[name] + b[name]]));

const untrained = (portfolio: readonly unknown[]): unknown[] =>
  portfolio.filter(
    (entry) => typeof entry === "string" || (typeof entry === "object" && entry !== null && "scripted" in entry),
  );

/** What an attack is, as a board keeps it. @throws InputError where it has no policy. */
export function fileOf(track: Pick<RankedTrack, "track">, { name, authors, policies }: Challenger): AttackFile {
  const [first] = Object.values(policies);
  if (!first) throw new InputError(`the attack "${name}" has no policy.`);
  const digests = Object.entries(policies).map(([role, data]) => [role, policyDigest(data)]);
  const rest = {
    schema: 1 as const,
    name,
    authors: [...authors],
    track: track.track.name,
    environment: first.environment,
    policies: Object.fromEntries(digests) as Record<string, string>,
  };
  return { ...rest, id: digest(rest) };
}
