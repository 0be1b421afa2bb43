import { describe, expect, it } from "vitest";
import { crossing, figure, plans, simulate } from "../../benchmarks/evidence/low-and-slow.ts";
import env, { type LowAndSlow } from "../../envs/low-and-slow/env.ts";
import { runLength, SHIFT, shares, thresholdFor, thresholds } from "../../envs/low-and-slow/model.ts";
import policies, { leak, type Plan, variants } from "../../envs/low-and-slow/policies.ts";
import { POOLS, poolOf } from "../../envs/low-and-slow/pools.ts";
import { exactThreshold, meanFirst, runLaw } from "../../envs/low-and-slow/runs-theory.ts";
import * as theory from "../../envs/low-and-slow/theory.ts";
import { InputError } from "../../src/data/errors.ts";
import type { Environment } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { score } from "../../src/play/score.ts";
import { constant, type PolicyFactory } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { mean, standardError } from "../../src/stats/index.ts";

const any: Environment = env;
const { params } = env;
type Given = Partial<LowAndSlow>;
type Attack = keyof typeof policies.attacks | "random";

/** Metrics under an attack, over 32 episodes. */
const against = (given: Given, attack: Attack, more: { defence?: "streams" | "pool"; episodes?: number } = {}) =>
  score(env, { scripts: policies, params: given, attack, episodes: 32, split: ["search"], ...more }).attacked;

/** One counter a step, episode by episode. */
function perStep(counter: string, given: Record<string, unknown>, attack: PolicyFactory, episodes: number) {
  const roles = { leaker: attack, monitor: policies.defaults.monitor };
  const { names, counters } = evaluate(any, { params: given, policies: roles, episodes, seed: 7, split: ["mc"] });
  const of = (name: string, e: number) => counters[e * names.length + names.indexOf(name)];
  return Float64Array.from({ length: episodes }, (_, e) => of(counter, e) / of("steps", e));
}
const far = (values: Float64Array, expected: number) => Math.abs(mean(values) - expected) / standardError(values);

describe("theory of CUSUM", () => {
  it("has the known run lengths and delays at h = 5, δ = ½", () => {
    expect(meanFirst(runLaw(5, 0.5, 0))).toBeCloseTo(2071.6, 1);
    expect(theory.delay(5)).toBeCloseTo(36.7, 1);
    expect(meanFirst(runLaw(5, 0.5, 0.5))).toBeCloseTo(36.7, 1);
  });

  it("inverts its run lengths; the exact and Siegmund's agree within 1 %", () => {
    for (const run of [3, 62.5, 2450, 192_000]) {
      expect(runLength(thresholdFor(run))).toBeCloseTo(run, 4);
      expect(theory.meanRun(thresholdFor(run), SHIFT, 0) / run).toBeCloseTo(1, 6);
    }
    expect(exactThreshold(3000, 0.5) / thresholdFor(3000, 0.5)).toBeCloseTo(1, 2);
    expect(thresholdFor(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(thresholdFor(0)).toBeLessThan(0);
    // No drift at all, between the two formulas.
    expect(theory.meanRun(5, 0.5, 0.25)).toBeCloseTo(
      (theory.meanRun(5, 0.5, 0.249) + theory.meanRun(5, 0.5, 0.251)) / 2,
      1,
    );
  });

  it("splits the budget so that both shares make it up, and blocks everyone at 1", () => {
    for (const budget of [0, 0.02, 0.3, 0.7, 1])
      for (const pooling of [0, 0.25, 1]) {
        const { own, pooled } = shares(budget, pooling);
        expect((1 - own) * (1 - pooled)).toBeCloseTo(1 - budget, 12);
        expect(pooled).toBeLessThanOrEqual(0.2);
      }
    const given = params.parse({ budget: 1, pooling: 1 });
    expect(thresholds(given).own).toBeLessThan(0);
    expect(thresholds(params.parse({ budget: 0 }))).toEqual({ own: Infinity, pooled: Infinity });
  });

  it("knows where pooling begins to pay: known delays at a fleet's false alarm in 3000 steps", () => {
    const { pooledDelay, ownDelay, crossing } = theory.dispersion();
    expect(pooledDelay).toBeCloseTo(40, 0);
    expect([4, 8, 16].map((k) => Math.round(ownDelay(k)))).toEqual([21, 73, 246]);
    const first = (k: number) => {
      const h = exactThreshold(192_000, 4 / k);
      return meanFirst(runLaw(h, 4 / k, 4 / k), k);
    };
    expect([4, 8, 16].map((k) => Math.round(first(k)))).toEqual([14, 39, 108]);
    expect(crossing(6)).toBeCloseTo(6, 0);
  });

  it("measures both crossovers: first alarm near 8, damage near 6", () => {
    const { pooled, rows } = figure([5, 6, 7, 8, 9], { runs: 150, fleets: 4 });
    expect(Math.abs(pooled.delay.mean - pooled.theory) / pooled.delay.error).toBeLessThan(3);
    for (const { first, each, theory } of rows) {
      expect(Math.abs(first.mean - theory.first) / first.error).toBeLessThan(3);
      expect(Math.abs(each.mean - theory.each) / each.error).toBeLessThan(3);
    }
    expect(Math.abs(crossing(rows, "first", pooled.delay.mean) - 8)).toBeLessThan(1);
    expect(Math.abs(crossing(rows, "each", pooled.delay.mean) - 5.7)).toBeLessThan(0.5);
  });

  it("sees a fleet's false alarms as often as it means to", () => {
    const h = exactThreshold(300 * 64, 0.5);
    const { first } = simulate(new Rng(3), { h, shift: 0.5, mean: 0, count: 64, runs: 150 });
    expect(Math.abs(first.mean - 300) / first.error).toBeLessThan(3);
  });
});

describe("Monte Carlo against theory", () => {
  it("without pooling: clean blocked share and the damage of an even leak, exactly", () => {
    const given = { leakers: 8, budget: 0.05, pooling: 0 };
    const expected = theory.reference(params.parse(given));
    if (!expected) throw new Error("no reference");
    const clean = perStep("blocked", given, constant(0), 100);
    expect(far(clean, 56 * (1 - expected.utility))).toBeLessThan(3);
    const half = perStep("damage", given, constant(3), 100);
    expect(far(half, 1 - expected.security)).toBeLessThan(3);
    expect(theory.reference(params.parse({ pooling: 0.5 }))).toBeNull();
    expect(theory.reference(params.parse({ budget: 0 }))).toEqual({ utility: 1, security: 0 });
  });

  it("pool alone: alarms of the innocent as often as the run-length law says", () => {
    const steps = 2000;
    const given = { steps, budget: 0.1, pooling: 1 };
    const { survival, ratio } = runLaw(thresholds(params.parse(given)).pooled, SHIFT, 0);
    let first = 0;
    let second = 0;
    for (let t = 0, alive = 1; alive > 1e-9; t++, alive = t < survival.length ? survival[t] : alive * ratio) {
      first += alive;
      second += (2 * t + 1) * alive;
    }
    // Alarms of a renewal process that starts afresh: t/m + (v/m² − 1)/2 and a half for whole steps, in t ≫ m steps.
    const expected = steps / first + ((second - first * first) / first ** 2 - 1) / 2 + 0.5 / first;
    const alarms = perStep("poolAlarms", given, constant(0), 48);
    expect(far(alarms, expected / steps)).toBeLessThan(3);
  });

  it("bits: the pool takes about π/2 times as long", () => {
    // A stream of signs has mean √(2/π)·μ to first order and variance 1; the tuned delay goes with its square.
    const values = theory.delay(thresholdFor(1e6, SHIFT), SHIFT);
    const signs = theory.delay(thresholdFor(1e6, SHIFT * Math.sqrt(2 / Math.PI)), SHIFT * Math.sqrt(2 / Math.PI));
    expect(signs / values).toBeGreaterThan(1.4);
    expect(signs / values).toBeLessThan(Math.PI / 2);
    const given = { budget: 0.02, pooling: 1 };
    const security = (messages: "bits" | "values") => against({ ...given, messages }, "spread").security;
    expect(security("bits")).toBeLessThan(security("values") - 0.03);
  });
});

describe("low-and-slow", () => {
  it("is a frontier: off, lockdown, and points above the line between", () => {
    const worst = (given: Given) => {
      const scores = (["spread", "first-four", "hug", "burn", "flood"] as const).map((name) =>
        against(given, name, { episodes: 8 }),
      );
      return scores.reduce((low, one) => (one.security < low.security ? one : low));
    };
    const off = worst({ budget: 0 });
    expect([off.utility, off.security]).toEqual([1, 0]);
    const shut = worst({ budget: 1 });
    expect(shut.security).toBeGreaterThan(0.95);
    expect(shut.utility).toBeLessThan(0.05);
    const points = [0.05, 0.2, 0.4].map((budget) => worst({ leakers: 8, budget, pooling: 0.25 }));
    for (const { utility, security } of points) expect(utility + security).toBeGreaterThan(1.1);
    for (let i = 1; i < points.length; i++) {
      expect(points[i].security).toBeGreaterThan(points[i - 1].security);
      expect(points[i].utility).toBeLessThan(points[i - 1].utility);
    }
  });

  it("is best defended with some of the budget pooled", () => {
    const names = ["spread", "first-four", "hug", "burn"] as const;
    const at = (pooling: number) =>
      Math.min(...names.map((name) => against({ leakers: 8, budget: 0.02, pooling }, name).security));
    const [none, quarter, half, all] = [0, 0.25, 0.5, 1].map(at);
    expect(Math.abs(none - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(quarter - 0.55)).toBeLessThan(0.03);
    expect(Math.abs(half - 0.54)).toBeLessThan(0.03);
    expect(Math.abs(all - 0.4)).toBeLessThan(0.03);
  });

  it("no attack and no defence is best against all", () => {
    const given = { leakers: 8, budget: 0.02 };
    const play = (attack: "hug" | "burn" | "first-four", defence: "streams" | "pool") =>
      against(given, attack, { defence }).security;
    expect(play("hug", "streams")).toBeLessThan(play("burn", "streams") - 0.02);
    expect(play("burn", "pool")).toBeLessThan(play("hug", "pool") - 0.1);
    expect(play("hug", "streams")).toBeLessThan(play("hug", "pool") - 0.03);
    expect(play("burn", "pool")).toBeLessThan(play("burn", "streams") - 0.1);
  });

  it("has no script at an arbitrary end of the grid that it was searched on", () => {
    const ceilings = [...new Set(plans.map(({ ceiling }) => ceiling))];
    expect(ceilings.at(-1)).toBe(1); // an end of what can be done: at the threshold it is blocked
    const at = (given: Given, plan: Plan) =>
      score(env, { scripts: policies, params: given, attack: { leaker: leak(plan) }, episodes: 32, split: ["search"] })
        .attacked.security;
    for (const [budget, ceiling, order] of [
      [0.02, 0.4, "coolest"],
      [0.02, 0.3, "first"],
      [0.4, 0.2, "coolest"],
    ] as const) {
      const given: Given = { leakers: 8, pooling: 0, budget };
      const plan = { total: 1, level: 1, ceiling, order } as const;
      const found = at(given, plan);
      for (const end of [ceilings[0], 1]) expect(found).toBeLessThan(at(given, { ...plan, ceiling: end }) - 0.02);
    }
  });

  it("who rests until it has cooled down leaks less often than who rests at the ceiling", () => {
    const given: Given = { leakers: 8, pooling: 0, budget: 0.2 };
    const plan = { total: 1, level: 1, ceiling: 0.4, order: "coolest" } as const;
    const blocked = (more: object) =>
      score(env, { scripts: policies, params: given, attack: { leaker: leak({ ...plan, ...more }) }, episodes: 16 })
        .counters.attacked.ownAlarms;
    expect(blocked({ resume: 0.1 })).toBeLessThan(blocked({}));
  });

  it("under a common shock streams and the pool ring as often as they may, and the pool hears less", () => {
    const given: Given = { leakers: 8, budget: 0.1 };
    const clean = (more: Given) =>
      score(env, { scripts: policies, params: { ...given, ...more }, attack: "none", episodes: 96 }).clean.utility;
    for (const pooling of [0, 1]) {
      expect(Math.abs(clean({ pooling, shock: 0.2 }) - clean({ pooling })), `w ${pooling}`).toBeLessThan(0.03);
    }
    const left = (more: Given) => against({ ...given, ...more }, "first-four").security;
    expect(left({ pooling: 1, shock: 0.2 })).toBeLessThan(left({ pooling: 1 }) - 0.03);
    expect(Math.abs(left({ pooling: 0, shock: 0.2 }) - left({ pooling: 0 }))).toBeLessThan(0.03);
    expect(() => vector(any, 1, { shock: 0.2, messages: "bits" })).toThrow(/shock/);
  });

  it("every pooled detector rings among the innocent as often as its share allows", () => {
    for (const pool of POOLS)
      for (const [budget, pooling] of [[0.1, 1]]) {
        const given = { pool, budget, pooling, steps: 4000 };
        const run = (0.25 * 50) / shares(budget, pooling).pooled;
        const { clean } = score(env, { scripts: policies, params: given, episodes: 32, split: ["rate"] }).counters;
        // Clean alarms are nearly a Poisson process: 128,000 steps have 512 of them at a run of 250.
        const error = 1 / Math.sqrt(clean.steps / run);
        expect(Math.abs(clean.poolAlarms / (clean.steps / run) - 1), `${pool} ${budget}`).toBeLessThan(
          0.07 + 3 * error,
        );
      }
  });

  it("pooled statistics are what their papers say", () => {
    const streams = 9;
    const score = Float64Array.of(0, 0.5, 3, 1, 0, 2, 0.25, 5, 0);
    const serving = new Int32Array(streams);
    serving[7] = 3; // blocked: does not count
    const heard = (pool: (typeof POOLS)[number]) => poolOf({ pool, streams }, 0.5).hear(2, score, serving, 8);
    expect(heard("sum")).toBeCloseTo(0.5 * (2 - 0.25), 12);
    // R = (1 + 0)·e^{0.875}, shown as log(1 + R).
    expect(heard("shiryaev")).toBeCloseTo(Math.log(1 + Math.exp(0.875)), 12);
    expect(heard("top")).toBe(3 + 2 + 1);
    const mixture = [0.5, 3, 1, 2, 0.25].reduce((sum, s) => sum + Math.log(1 + (Math.exp(s) - 1) / 3), 0);
    expect(heard("mixture")).toBeCloseTo(mixture, 12);
    const p = [3, 2, 1, 0.5].map((s) => Math.exp(-0.583 * 0.5 - s));
    const criticism = p.map((p, k) => (p * 8 < 1 ? 0 : (Math.sqrt(8) * ((k + 1) / 8 - p)) / Math.sqrt(p * (1 - p))));
    expect(heard("higher-criticism")).toBeCloseTo(Math.max(0, ...criticism), 12);
    const twice = poolOf({ pool: "shiryaev", streams }, 0.5);
    twice.hear(2, score, serving, 8);
    expect(twice.hear(-1, score, serving, 8)).toBeCloseTo(Math.log(1 + (1 + Math.exp(0.875)) * Math.exp(-0.625)), 12);
    twice.restart();
    expect(twice.hear(2, score, serving, 8)).toBeCloseTo(heard("shiryaev"), 12);
    expect(() => vector(any, 1, { pool: "top", messages: "bits" })).toThrow(/pool/);
  });

  it("a sum of high scores is a better pool alone, and a worse one beside the streams' own alarms", () => {
    const worst = (given: Given) =>
      Math.min(
        ...(["spread", "first-four", "cool", "burn", "hug"] as const).map((name) => against(given, name).security),
      );
    const left = (pool: (typeof POOLS)[number], pooling: number) => worst({ leakers: 8, budget: 0.05, pool, pooling });
    expect(left("top", 1)).toBeGreaterThan(left("sum", 1) + 0.03);
    expect(left("top", 0.5)).toBeLessThan(left("sum", 0.5) - 0.03);
  });

  it("leaking by dynamic programme is near what no attack exceeds, where nothing is pooled", () => {
    for (const budget of [0.02, 0.1]) {
      const given = { leakers: 8, budget, pooling: 0 };
      const bound = theory.withoutCap(params.parse(given))!;
      const found = against(given, "alone", { episodes: 96 }).security;
      expect(found).toBeGreaterThan(bound - 0.006);
      expect(found).toBeLessThan(bound + 0.015);
      for (const other of ["hug", "rota", "cool"] as const)
        expect(against(given, other, { episodes: 96 }).security).toBeGreaterThan(found + 0.008);
    }
    expect(theory.withoutCap(params.parse({ pooling: 0.5 }))).toBeNull();
    expect(theory.withoutCap(params.parse({ budget: 0 }))).toBeNull();
    // Beside a pool, whoever fears it does better.
    const beside = { leakers: 8, budget: 0.02, pooling: 0.5 };
    expect(against(beside, "alone-swept").security).toBeLessThan(against(beside, "cool").security);
  });

  it("scripts beat random play", () => {
    const lead = (given: Given, name: Attack) => against(given, "random").security - against(given, name).security;
    expect(lead({}, "hug")).toBeGreaterThan(0.05);
    expect(lead({}, "first-four")).toBeGreaterThan(0.05);
    expect(lead({ leakers: 8, budget: 0.02, pooling: 0 }, "hug")).toBeGreaterThan(0.04);
    expect(lead({ leakers: 8, budget: 0.02, pooling: 1 }, "first-four")).toBeGreaterThan(0.1);
  });

  it("blocks for exactly `block` steps, caps damage, and pays leakers what the step lost", () => {
    const given = { streams: 4, leakers: 2, cap: 1.5, block: 3, budget: 1, steps: 20 };
    const world = vector(any, 1, given, 1);
    world.reset();
    world.roles.leaker.actions.fill(4);
    const damage: number[] = [];
    for (let t = 0; t < 9; t++) {
      world.step();
      damage.push(world.roles.leaker.rewards[0]);
      const served = world.roles.leaker.obs[2] * 3;
      expect(Math.round(served)).toBe(3 - (t % 4));
    }
    expect(damage).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(world.counters(0)).toMatchObject({ steps: 9, damage: 3, innocent: 18, blocked: 12 });
  });

  it("a pooled alarm blocks the highest scores and nobody else", () => {
    const given = { leakers: 16, budget: 0.2, pooling: 1 };
    const world = vector(any, 1, given, 3);
    world.reset();
    world.roles.leaker.actions.fill(4);
    world.roles.monitor.actions.fill(0);
    let rang = 0;
    for (let t = 0; t < 60; t++) {
      const before = world.roles.monitor.obs[0] * 64;
      world.step();
      if (world.roles.monitor.obs[5] === 1 && rang++ === 0) {
        expect(before - world.roles.monitor.obs[0] * 64).toBe(16);
        // Leakers at full leak hold nearly all of the highest scores.
        let caught = 0;
        for (let i = 0; i < 16; i++) if (world.roles.leaker.obs[i * 6 + 2] === 1) caught++;
        expect(caught).toBeGreaterThanOrEqual(8);
      }
    }
    expect(rang).toBeGreaterThan(0);
  });

  it("keeps observations in bounds and runs every variant; 64 streams × 10,000 steps too", () => {
    for (const given of [...variants, { steps: 10_000 }]) {
      const world = vector(any, 1, given, 5);
      const rng = new Rng(2);
      world.reset();
      for (let t = 0; t < world.horizon; t++) {
        for (const { actions, spec } of Object.values(world.roles))
          for (let i = 0; i < actions.length; i++) actions[i] = spec.action.sample(rng) as number;
        world.step();
        if (t % 50 > 2) continue;
        for (const { obs, spec, obsSize } of Object.values(world.roles)) {
          const { low, high } = spec.observation as { low: ArrayLike<number>; high: ArrayLike<number> };
          for (let i = 0; i < obs.length; i++) {
            if (!(obs[i] >= low[i % obsSize] && obs[i] <= high[i % obsSize]))
              expect.fail(`observation ${i}: ${obs[i]}`);
          }
        }
      }
      expect(world.ended[0]).toBe(1);
      expect(world.finalCounters[0]).toBe(world.horizon);
    }
  });

  it("refuses streams that all leak", () => {
    expect(() => vector(any, 1, { streams: 8, leakers: 8 })).toThrow(InputError);
  });
});
