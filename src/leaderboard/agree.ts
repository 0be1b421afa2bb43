import type { Counts } from "../env/define.ts";
import type { CellResult, PlayResult } from "../run/cell-result.ts";
import type { Cell } from "../run/plan.ts";
import { mean, studentSf, variance } from "../stats/index.ts";
import type { Mismatch } from "./compare.ts";
import type { Claimed } from "./open.ts";

const LEVEL = 0.05;

export interface Agreement {
  /** Comparisons made: one a level that a repeated training serves. */
  readonly comparisons: number;
  /** The least of their p-values, times their number (Bonferroni). */
  readonly p: number;
  readonly mismatches: readonly Mismatch[];
}

/**
 * Whether repeated trainings could be further ones of the same attack: security under each, at each level it serves,
 * against Student's prediction interval from the runs that the entry has of it. Jointly at 5 % (Bonferroni).
 */
export function agree(
  claimed: Claimed,
  trainings: readonly Cell[],
  replayed: ReadonlyMap<string, CellResult>,
): Agreement {
  const { benchmark, plan, results } = claimed;
  const { env, axes, config } = benchmark;
  const security = (attacked: CellResult | undefined, clean: CellResult | undefined) =>
    env.metrics[axes.security].of(sums(env.counters, attacked as PlayResult), {
      clean: sums(env.counters, clean as PlayResult),
    });
  const compared = trainings.flatMap((training) =>
    plan.cells
      .filter((cell) => cell.stage === "test" && [cell.training, cell.defending].includes(training.hash))
      .map((cell) => {
        const [point] = cell.points;
        const of = (attack: string, run: number) => plan.play("test", point, attack, run).hash;
        const stated = Array.from({ length: config.seeds.runs }, (_, run) =>
          security(results.get(of(cell.attack, run)), results.get(of("none", run))),
        );
        // A defender that was trained again has a clean arm of its own.
        const clean = of("none", cell.run);
        const again = security(replayed.get(cell.hash), replayed.get(clean) ?? results.get(clean));
        return { cell, stated, again, p: predictionP(stated, again) };
      }),
  );
  const p = Math.min(1, compared.length * Math.min(1, ...compared.map((one) => one.p)));
  const mismatches = compared
    .filter((one) => one.p * compared.length < LEVEL)
    .map(({ cell, stated, again, p }) => ({
      what: `training behind ${cell.label}`,
      where: `security under it (p ${p.toPrecision(2)} of ${compared.length} comparisons)`,
      expected: String(again),
      found: `${mean(stated)} in the mean of ${stated.length} runs`,
    }));
  return { comparisons: compared.length, p, mismatches };
}

/** Two-sided p of a further value under Student's prediction from a sample; 0 where a sample of one allows none. */
export function predictionP(sample: readonly number[], value: number): number {
  const n = sample.length;
  if (n < 2) return 0; // One run predicts nothing, so that nothing could be said for it.
  const centre = mean(sample);
  const deviation = Math.sqrt(variance(sample) * (1 + 1 / n));
  if (deviation === 0) return Math.abs(value - centre) <= 1e-9 ? 1 : 0;
  return 2 * studentSf(Math.abs(value - centre) / deviation, n - 1);
}

function sums(counters: readonly string[], result: PlayResult): Counts<string> {
  return Object.fromEntries(counters.map((name) => [name, result.counters[name].reduce((a, b) => a + b, 0)]));
}
