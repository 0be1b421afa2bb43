import type { Point } from "../benchmark/points.ts";
import type { Attack } from "../benchmark/portfolio.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { type Estimate, estimate } from "../stats/estimate.ts";
import type { Outcomes } from "./outcomes.ts";

/** What was spent on attacking a point. */
export interface Effort {
  /** Members of the portfolio, `none` among them. */
  readonly attacks: number;
  /** Environment steps of its learned attacks at this point, all runs together; probes do not count. */
  readonly trainingSteps: number;
  /** Environment steps a level that the search behind its scripted attacks took, as far as it is stated. */
  readonly tuningSteps?: number;
  /**
   * Security under the worst of the attacks that cost at most so many steps each, in one run at this level: scripts what
   * their search took, learners their budgets and the shares of these that the benchmark names in `effort`. The worst is
   * chosen on the select split, so noise can make a step of the curve rise a little; attacks alone never do.
   */
  readonly curve?: readonly { readonly steps: number; readonly security: Estimate }[];
}

/** The effort at a point; with a curve where the benchmark asks for the point. */
export function effortAt(benchmark: Benchmark, point: Point, found: Outcomes): Effort {
  const { attacks, probes, config } = benchmark;
  const cost = (attack: Attack): number => {
    if (attack.kind === "learned") return attack.budget;
    return attack.kind === "scripted" ? (benchmark.policies.attacks[attack.name].tuningSteps ?? 0) : 0;
  };
  const costs = (kind: Attack["kind"]) => attacks.filter((attack) => attack.kind === kind).map(cost);
  const spent = {
    attacks: attacks.length,
    trainingSteps: config.seeds.runs * costs("learned").reduce((sum, steps) => sum + steps, 0),
    // One search finds all scripts of an environment.
    tuningSteps: Math.max(...costs("scripted")),
  };
  if (!point.declared) return spent;
  const smaller = probes.filter(({ kind, points }) => kind === "budget" && points.includes(point.index));
  const all = [...attacks, ...smaller.map(({ attack }) => attack)].map((attack) => ({
    name: attack.name,
    cost: cost(attack),
  }));
  const steps = [...new Set(all.map((one) => one.cost))].sort((a, b) => a - b);
  const curve = steps.map((most) => {
    const affordable = all.filter((one) => one.cost <= most).map(({ name }) => name);
    return { steps: most, security: estimate(found.worst(point.index, affordable)) };
  });
  return { ...spent, curve };
}
