import type { Frontier, FrontierPoint } from "../../src/frontier/frontier.ts";
import type { RunReport } from "../../src/report/report.ts";

/** What a stranger may call a thing. */
export const HOSTILE = `x</script><script>alert(1)</script>"'><img src=x onerror=alert(2)><svg onload=alert(3)>`;

export const estimate = (mean: number) => ({ mean, low: mean - 0.05, high: mean + 0.05 });

export function point(wall: number, u: number, s: number, more: Partial<FrontierPoint> = {}): FrontierPoint {
  return {
    knobs: { wall },
    defence: "default",
    anchor: null,
    cleanUtility: estimate(u),
    attackedUtility: estimate(u),
    security: estimate(s),
    worstAttack: "climb",
    costliestAttack: "climb",
    worstAttackByRun: ["climb", "none"],
    expected: estimate(s),
    attacks: {
      none: { utility: estimate(u), security: estimate(0.9) },
      climb: { utility: estimate(u), security: estimate(s) },
    },
    metrics: { access: { clean: estimate(u), attacked: estimate(u) } },
    pareto: { probability: 1, label: "frontier" },
    reference: { access: u, closed: s - 0.1 },
    effort: { attacks: 2, trainingSteps: 12000 },
    ...more,
  };
}

export function made(more: Partial<Frontier> = {}): Frontier {
  return {
    schema: 1,
    benchmark: "made",
    question: "Is it drawn?",
    config: "0123456789abcdef",
    masque: "0.0.0",
    environment: { id: "toy-v0", digest: "d" },
    axes: { utility: "access", security: "closed" },
    runs: 2,
    illustrative: true,
    episodes: { select: 1, test: 2 },
    attacks: [
      { name: "none", kind: "scripted" },
      { name: "climb", kind: "learned", baseline: "ippo", budget: 6000, conditioned: true, config: { gamma: 1 } },
    ],
    points: [
      point(0, 0.9, 0.2, { anchor: "no-defence" }),
      point(0.5, 0.7, 0.5),
      point(0.6, 0.65, 0.45, { pareto: { probability: 0.3, label: "ambiguous" } }),
      point(0.7, 0.4, 0.4, { pareto: { probability: 0.01, label: "dominated" } }),
    ],
    anchors: [point(1, 0.1, 0.9, { anchor: "lockdown", pareto: null, reference: null })],
    front: {
      hypervolume: 0.5,
      anchors: 0.2,
      score: { mean: 0.3, low: null, high: null },
      utilityAtSecurity: { "0.8": null, "0.9": null },
    },
    ...more,
  };
}

/** A report's input, with training curves. */
export function madeReport(more: Partial<Frontier> = {}, name = "made"): RunReport {
  const line = (run: number, steps: number, value: number | null) =>
    JSON.stringify({
      attack: "climb",
      run,
      levels: [{ wall: 0 }, { wall: 1 }],
      steps,
      returns: { bot: value },
      stats: {},
    });
  return {
    frontier: made(more),
    manifest: {
      schema: 1,
      name,
      hash: "0123456789abcdef",
      versions: { masque: "0.0.0", zod: "^4" },
      given: { schema: 1, name, defence: { knobs: { wall: [0, "Infinity"] } } },
      resolved: { schema: 1, name },
      lock: null,
      seeds: { root: 1, runs: 2 },
      backend: "wasm",
    },
    watch: [],
    curves: [0, 1].flatMap((run) => [line(run, 10, null), line(run, 20, 1 + run), line(run, 30, 2)]).join("\n"),
  };
}
