import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts } from "../env/define.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";
import { metricOf, type Split, worstAttack } from "./scores.ts";

/** Security run by run, of any attack or of the worst of some. */
export interface Outcomes {
  of(split: Split, point: number, attack: string): number[];
  /** Each run's worst of these attacks (see `worstAttack`), scored on the test split. */
  worst(point: number, attacks: readonly string[]): number[];
}

/** Reads played cells as they are asked for. */
export function outcomes(benchmark: Benchmark, plan: Plan, read: (cell: Cell) => PlayResult): Outcomes {
  const { env, axes, config } = benchmark;
  const { runs } = config.seeds;
  const known = new Map<string, Counts<string>>();
  const sums = (split: Split, point: number, attack: string, run: number): Counts<string> => {
    const cell = plan.play(split, point, attack, run);
    const found = known.get(cell.hash);
    if (found) return found;
    const { counters } = read(cell);
    const made = Object.fromEntries(env.counters.map((name) => [name, counters[name].reduce((sum, n) => sum + n, 0)]));
    known.set(cell.hash, made);
    return made;
  };
  const of: Outcomes["of"] = (split, point, attack) =>
    Array.from({ length: runs }, (_, run) =>
      metricOf(env, axes.security, sums(split, point, attack, run), sums(split, point, "none", run)),
    );
  return {
    of,
    worst(point, attacks) {
      const select = attacks.map((attack) => of("select", point, attack));
      const test = attacks.map((attack) => of("test", point, attack));
      const brought = attacks.map((name) => benchmark.attacks.find((one) => one.name === name)?.kind === "stored");
      return Array.from({ length: runs }, (_, run) => {
        const worst = worstAttack(
          brought,
          (a) => select[a][run],
          (a) => test[a][run],
        );
        return test[worst][run];
      });
    },
  };
}
