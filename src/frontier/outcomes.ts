import type { Benchmark } from "../benchmark/resolve.ts";
import type { Counts } from "../env/define.ts";
import type { PlayResult } from "../run/cell-result.ts";
import type { Cell, Plan } from "../run/plan.ts";
import { leastOf, metricOf, type Split, splitsOf } from "./scores.ts";

/** Security run by run, of any attack or of the worst of some. */
export interface Outcomes {
  of(split: Split, point: number, attack: string): number[];
  /** Under the one of these attacks that leaves the least in the mean, over the episodes of both splits. */
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
  const added = (splits: readonly Split[], point: number, attack: string, run: number): Counts<string> => {
    const parts = splits.map((split) => sums(split, point, attack, run));
    return Object.fromEntries(env.counters.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)]));
  };
  const on = (splits: readonly Split[], point: number, attack: string) =>
    Array.from({ length: runs }, (_, run) =>
      metricOf(env, axes.security, added(splits, point, attack, run), added(splits, point, "none", run)),
    );
  const isBrought = (name: string) => benchmark.attacks.find((one) => one.name === name)?.kind === "stored";
  return {
    of: (split, point, attack) => on([split], point, attack),
    worst(point, attacks) {
      const columns = attacks.map((name) =>
        on(
          splitsOf(isBrought(name), (split) => on([split], point, name)),
          point,
          name,
        ),
      );
      return columns[leastOf(columns)];
    },
  };
}
