import type { Benchmark } from "../benchmark/resolve.ts";
import { type Estimate, estimate } from "../stats/estimate.ts";
import { mean, studentInterval } from "../stats/index.ts";
import type { Outcomes } from "./outcomes.ts";

/** What an attack loses, or gains, by sharing one training between all levels. */
export interface Conditioning {
  readonly attack: string;
  readonly knobs: Readonly<Record<string, number>>;
  readonly defence: string;
  /** Security under the attack trained for all levels at once, and under one of the same budget trained for this one. */
  readonly conditioned: Estimate;
  readonly alone: Estimate;
  /** Conditioned − alone, run by run: above 0, sharing weakens the attack and flatters the defence. From −1 to 1. */
  readonly gap: Estimate;
}

/** The conditioned attacks at the levels where they were trained alone as well, on the test split. */
export function conditioning({ probes, points }: Benchmark, found: Outcomes): Conditioning[] {
  return probes.flatMap((probe) => {
    if (probe.kind !== "alone") return [];
    return probe.points.map((index) => {
      const conditioned = found.of("test", index, probe.of);
      const alone = found.of("test", index, probe.attack.name);
      const gaps = conditioned.map((value, run) => value - alone[run]);
      return {
        attack: probe.of,
        knobs: points[index].knobs,
        defence: points[index].defence,
        conditioned: estimate(conditioned),
        alone: estimate(alone),
        gap:
          gaps.length < 2 ? { mean: gaps[0], low: null, high: null } : { mean: mean(gaps), ...studentInterval(gaps) },
      };
    });
  });
}
