import type { Point } from "../benchmark/points.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { type Estimate, estimate } from "../stats/estimate.ts";
import type { Outcomes } from "./outcomes.ts";

/** How near the portfolio comes to the strongest attack there can be, where that is known. */
export interface Calibration {
  /** The script that is an exact best response, or `theory` where only its value is known. */
  readonly attack: string;
  /** Security under it. */
  readonly security: Estimate;
  /** Its value in theory, where theory gives one. */
  readonly theory?: number;
  /** Security under the worst of all other attacks. */
  readonly portfolio: Estimate;
}

/** Null unless the point's defence is the scripted default, to which scripts and theory give best responses. */
export function calibrationAt(benchmark: Benchmark, point: Point, found: Outcomes): Calibration | null {
  const { axes, attacks, policies, bestResponse, env } = benchmark;
  if (point.defence !== "default" || point.defender) return null;
  const theory = bestResponse?.(point.params)?.[axes.security];
  if (theory !== undefined && !(theory >= 0 && theory <= 1)) {
    throw new Error(`${env.id}: its best response leaves ${axes.security} ${theory}, expected a number from 0 to 1`);
  }
  const names = attacks.map(({ name }) => name);
  const exact = attacks.find(({ kind, name }) => kind === "scripted" && policies.attacks[name].exact === axes.security);
  if (!exact && theory === undefined) return null;
  const others = names.filter((name) => name !== exact?.name);
  return {
    attack: exact?.name ?? "theory",
    security: exact ? estimate(found.of("test", point.index, exact.name)) : { mean: theory!, low: null, high: null },
    ...(theory !== undefined && { theory }),
    portfolio: estimate(found.worst(point.index, others)),
  };
}
