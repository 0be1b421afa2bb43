import { describe, expect, it } from "vitest";
import env, { type IllusoryInjection } from "../../envs/illusory-injection/env.ts";
import {
  A,
  alarmRate,
  alwaysByHand,
  chiSquareIsf,
  cost,
  gains,
  thresholds,
} from "../../envs/illusory-injection/model.ts";
import { type Plan, play } from "../../envs/illusory-injection/plans.ts";
import policies from "../../envs/illusory-injection/policies.ts";
import * as theory from "../../envs/illusory-injection/theory.ts";
import { InputError } from "../../src/data/errors.ts";
import type { Environment } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { score } from "../../src/play/score.ts";
import type { Batch, PolicyFactory } from "../../src/policy/policy.ts";
import { chiSquareSf, mean, standardError } from "../../src/stats/index.ts";

const any: Environment = env;
type Given = Partial<IllusoryInjection>;
type Attack = keyof typeof policies.attacks | "random";
type Defence = keyof typeof policies.defences | "default" | "random";
const parse = (given: Given) => env.params.parse(given);

const against = (given: Given, attack: Attack | Plan, more: { defence?: Defence; episodes?: number } = {}) =>
  score(env, {
    scripts: policies,
    params: given,
    attack: typeof attack === "string" ? attack : { device: play(attack) },
    episodes: 96,
    split: ["mc"],
    ...more,
  });
/** Those that are ever the worst. */
const strong = ["illusion", "seesaw", "hug", "steady"] as const;
/** The point of the worst of them. */
function worst(given: Given, defence: Defence = "default", episodes = 96) {
  return strong
    .map((name) => ({ name, ...against(given, name, { defence, episodes }).attacked }))
    .reduce((a, b) => (b.security < a.security ? b : a));
}

/** Ratio of two counters over episodes, and how many standard errors (by the delta method) it lies from what is expected. */
function far(
  given: Given,
  attack: Attack,
  [above, below]: readonly [string, string],
  expected: number,
  episodes: number,
) {
  const roles = { device: policies.attacks[attack as "none"].roles.device, guard: policies.defaults.guard };
  const { names, counters } = evaluate(any, {
    params: given,
    policies: roles as never,
    episodes,
    seed: 7,
    split: ["mc"],
  });
  const of = (name: string) =>
    Float64Array.from({ length: episodes }, (_, e) => counters[e * names.length + names.indexOf(name)]);
  const [a, b] = [of(above), of(below)];
  const left = a.map((value, e) => value - expected * b[e]);
  return Math.abs(mean(left)) / standardError(left);
}

/** Everything that the guard sees, step by step, while some plan is played. */
function seen(given: Given, plan: Plan, episodes: number) {
  const rows: number[][] = [];
  const guard: PolicyFactory = () => ({
    act({ rows: count, obs, obsSize, actions }: Batch) {
      for (let row = 0; row < count; row++) rows.push([...obs.subarray(row * obsSize, (row + 1) * obsSize)]);
      actions.fill(0);
    },
  });
  const device = play(plan) as unknown as PolicyFactory;
  evaluate(any, { params: given, policies: { device, guard }, episodes, seed: 3, split: ["seen"], copies: 1 });
  const { at } = env.roles(parse(given)).guard.observation;
  return rows.map((row) => ({
    z: 8 * row[at.surprise],
    e: 8 * row[at.watermark], // what the next surprise may lack
    time: row[at.time],
    manual: row[at.manual],
  }));
}

describe("control, filters and tests in closed form", () => {
  const p = parse({});
  it("solves its Riccati equations", () => {
    const { value: S, control, prior, surprise, gain } = gains(p);
    expect(S).toBeCloseTo(1 + A * A * S - (A * S) ** 2 / (S + 0.5), 12);
    expect(prior).toBeCloseTo(A * A * (1 - gain) * prior + 1, 12);
    expect([S, control, prior, surprise].map((x) => x.toFixed(4))).toEqual(["1.3278", "0.6901", "1.1864", "1.4364"]);
    const R4 = { ...p, noise: 4 };
    expect([0, 0.2, 0.5, 1].map((watermark) => cost(p, watermark).toFixed(4))).toEqual([
      "1.5076",
      "1.8731",
      "2.4215",
      "3.3354",
    ]);
    expect(cost(R4, 0)).toBeCloseTo(1.8567, 4);
  });

  it("shares an alarm probability among its tests, and inverts χ²", () => {
    for (const [level, degrees] of [
      [0.0003, 16],
      [0.05, 15],
      [0.9, 48],
    ])
      expect(chiSquareSf(chiSquareIsf(level, degrees), degrees)).toBeCloseTo(level, 10);
    for (const fusion of ["joint", "fused", "separate"] as const)
      for (const watermark of [0, 0.5]) {
        const given = parse({ fusion, watermark, falseAlarm: 0.2 });
        const { energy } = thresholds(given);
        const each = chiSquareSf(energy, watermark > 0 ? 15 : 16);
        const tests = { joint: watermark > 0 ? 3 : 2, fused: watermark > 0 ? 2 : 1, separate: watermark > 0 ? 8 : 4 };
        expect(1 - (1 - each) ** tests[fusion]).toBeCloseTo(alarmRate(given), 9);
      }
    expect(alarmRate(parse({ falseAlarm: 0.05, hold: 64 }))).toBeCloseTo(0.01316, 5);
    expect(alwaysByHand(parse({ falseAlarm: 0.8, hold: 64 }))).toBe(true);
    expect(alwaysByHand(parse({ falseAlarm: 0.79, hold: 64 }))).toBe(false);
  });

  it("knows how loud an illusion is under a watermark", () => {
    expect([0.2, 0.5, 1].map((watermark) => theory.inflation(parse({ watermark })).toFixed(4))).toEqual([
      "1.1395",
      "1.3488",
      "1.6976",
    ]);
    expect([0.01, 0.1, 0.5].map((e) => theory.inflationAt(e).toFixed(4))).toEqual(["1.2135", "1.7722", "3.1462"]);
    for (const e of [0.001, 0.1, 2]) expect(theory.divergence(theory.inflationAt(e))).toBeCloseTo(e, 9);
    const power = [0.01, 0.1, 0.5].map((e) => theory.energyPower(theory.inflationAt(e), 16, 0.05).toFixed(3));
    expect(power).toEqual(["0.154", "0.537", "0.937"]);
  });
});

describe("innocents, by Monte Carlo", () => {
  it("are by hand for the share α of the time, from the first step on, and cost what theory says", () => {
    for (const given of [
      { falseAlarm: 0.05, watermark: 0 },
      { falseAlarm: 0.2, watermark: 0.2, fusion: "fused", hold: 64 },
      { falseAlarm: 0.5, watermark: 0.5 },
      { falseAlarm: 0.5, watermark: 0.5, steps: 20 },
    ] as const) {
      expect(far(given, "none", ["manual", "steps"], given.falseAlarm, 600)).toBeLessThan(3);
      expect(far(given, "none", ["alarms", "windows"], alarmRate(parse(given)), 600)).toBeLessThan(3);
    }
    for (const watermark of [0, 0.2, 1]) {
      const given = { falseAlarm: 0, watermark };
      expect(far(given, "none", ["cost", "steps"], cost(parse(given)), 400)).toBeLessThan(3);
    }
    expect(far({ falseAlarm: 0, noise: 4, watermark: 0 }, "none", ["cost", "steps"], 1.8567, 400)).toBeLessThan(3);
  });

  it("alarm less often than p where robots are tested one by one, whose readings share a prediction", () => {
    const given = { fusion: "separate", falseAlarm: 0.2, watermark: 0.2, hold: 64 } as const;
    const { clean } = against(given, "none", { episodes: 1000 }).counters;
    expect(clean.alarms / clean.windows).toBeGreaterThan(0.05);
    expect(clean.alarms / clean.windows).toBeLessThan(0.061);
  });

  it("have utility (1 − .75α)·√(J₀/J), and a quarter by hand alone", () => {
    for (const given of [
      { falseAlarm: 0.05, watermark: 0 },
      { falseAlarm: 0.2, watermark: 0.2 },
      { falseAlarm: 0.5, watermark: 0.5 },
    ]) {
      const { clean } = against(given, "none", { episodes: 1000 });
      expect(Math.abs(clean.utility - theory.cleanUtility(parse(given)))).toBeLessThan(0.012);
    }
    expect(against({ falseAlarm: 1, watermark: 1 }, "none").clean).toMatchObject({ utility: 0.25 });
  });

  it("surprise the controller by white noise of variance 1, whatever the watermark", () => {
    const steps = seen({ falseAlarm: 0, watermark: 1 }, { report: "truth", push: "none" }, 40);
    const pairs = steps
      .slice(1)
      .map((now, t) => ({ now, before: steps[t] }))
      .filter(({ now }) => now.time > 0);
    const of = (value: (pair: (typeof pairs)[number]) => number) => Float64Array.from(pairs, value);
    const square = of(({ now }) => now.z ** 2);
    expect(Math.abs(mean(square) - 1) / standardError(square)).toBeLessThan(3);
    for (const zero of [of(({ now, before }) => now.z * before.z), of(({ now, before }) => now.z * before.e)])
      expect(Math.abs(mean(zero)) / standardError(zero)).toBeLessThan(3);
  });
});

describe("illusions, by Monte Carlo", () => {
  it("of all robots without a watermark, or where it leaks, alarm exactly as honest readings do", () => {
    for (const given of [
      { falseAlarm: 0.5, watermark: 0 },
      { falseAlarm: 0.5, watermark: 0.5, leak: true },
      { falseAlarm: 0.2, watermark: 0, fusion: "fused", hold: 32 },
      { falseAlarm: 0.3, watermark: 0, window: 2, hold: 4 }, // the first reading of the twin weighs half a window
    ] as const) {
      const p = parse(given);
      expect(far(given, "illusion", ["alarms", "windows"], alarmRate(p), 800)).toBeLessThan(3);
      expect(far(given, "illusion", ["manual", "steps"], given.falseAlarm, 800)).toBeLessThan(3);
      expect(far(given, "illusion", ["unsafe", "steps"], 1 - theory.reference(p)!.security, 800)).toBeLessThan(3);
    }
  });

  it("are told by a watermark as loudly as δ says, and lack it with slope 1", () => {
    for (const watermark of [0.2, 0.5, 1]) {
      const steps = seen({ falseAlarm: 0, watermark }, { report: "twin", push: "none" }, 50);
      const pairs = steps
        .slice(1)
        .map((now, t) => ({ now, before: steps[t] }))
        .filter(({ now }) => now.time > 0.05);
      const square = Float64Array.from(pairs, ({ now }) => now.z ** 2);
      const delta = theory.inflation(parse({ watermark }));
      expect(Math.abs(mean(square) - delta) / standardError(square)).toBeLessThan(3.5);
      const lacks = Float64Array.from(pairs, ({ now, before }) => now.z * before.e);
      const slope = -Math.sqrt(watermark / gains(parse({})).surprise);
      expect(Math.abs(mean(lacks) - slope) / standardError(lacks)).toBeLessThan(3.5);
    }
  });

  it("leave the security that renewal theory says, within .015 under a watermark", () => {
    for (const given of [
      { falseAlarm: 0.05, watermark: 0.2, hold: 64 },
      { falseAlarm: 0.05, watermark: 0.5 },
      { falseAlarm: 0.5, watermark: 1 },
    ]) {
      const { attacked } = against(given, "illusion", { episodes: 600 });
      const expected = theory.reference(parse(given))!;
      expect(Math.abs(attacked.security - expected.security)).toBeLessThan(0.015);
      expect(Math.abs(attacked.utility - expected.utility)).toBeLessThan(0.015);
    }
    expect(theory.reference(parse({ taken: 3 }))).toBeNull();
    expect(theory.reference(parse({ falseAlarm: 1 }))!.security).toBeGreaterThan(0.999);
  });

  it("of a part of the robots see-saw unseen where the mean alone is tested, and nowhere else", () => {
    const left = (fusion: IllusoryInjection["fusion"]) => against({ fusion }, "seesaw").attacked.security;
    expect(left("fused")).toBeLessThan(0.45);
    for (const fusion of ["joint", "separate"] as const) expect(left(fusion)).toBeGreaterThan(0.88);
  });

  it("are told by one honest robot, unless its reading drowns in a mean", () => {
    const left = (fusion: IllusoryInjection["fusion"]) =>
      against({ fusion, taken: 3, watermark: 0 }, "illusion").attacked.security;
    expect(left("fused")).toBeLessThan(0.1);
    for (const fusion of ["joint", "separate"] as const) expect(left(fusion)).toBeGreaterThan(0.88);
  });
});

describe("illusory-injection", () => {
  it("is a frontier: off, lockdown, and points above the lines of both random and blind hands", () => {
    const off = worst({ falseAlarm: 0, watermark: 0 }, "default", 16);
    expect(off.utility).toBeGreaterThan(0.98);
    expect(off.security).toBeLessThan(0.03);
    const shut = worst({ falseAlarm: 1, watermark: 1 }, "default", 4);
    expect([shut.utility, shut.security > 0.99]).toEqual([0.25, true]);
    const points = [
      { falseAlarm: 0.05, watermark: 0.1 },
      { falseAlarm: 0.02, watermark: 0.5 },
      { falseAlarm: 0.2, watermark: 0.5 },
    ].map((given) => worst(given));
    for (const [i, { utility, security }] of points.entries()) {
      expect(utility + security).toBeGreaterThan([1.03, 1.25, 1.25][i]);
      expect(utility).toBeGreaterThan(1 - 0.75 * security + [0, 0.1, 0.1][i]);
      if (i > 0) expect(security).toBeGreaterThan(points[i - 1].security + 0.1);
      if (i > 0) expect(utility).toBeLessThan(points[i - 1].utility - 0.05);
    }
  });

  it("needs both dials, and no more watermark than tells illusions", () => {
    expect(against({ falseAlarm: 0, watermark: 0.5 }, "illusion").attacked.security).toBeLessThan(0.02);
    expect(against({ falseAlarm: 0.2, watermark: 0 }, "illusion").attacked.security).toBeLessThan(0.25);
    const [half, full] = [0.5, 1].map((watermark) => worst({ falseAlarm: 0.05, watermark }));
    expect(half.utility).toBeGreaterThan(full.utility + 0.05);
    expect(full.security - half.security).toBeLessThan(0.03);
  });

  it("no attack is best everywhere: illusions lead under weak watermarks, what steers under strong ones", () => {
    const left = (watermark: number, attack: Attack) =>
      against({ watermark }, attack, { episodes: 256 }).attacked.security;
    expect(left(0.2, "illusion")).toBeLessThan(left(0.2, "hug") - 0.1);
    expect(left(0.5, "hug")).toBeLessThan(left(0.5, "illusion") - 0.02);
    expect(left(0.5, "random")).toBeGreaterThan(0.97);
    // Certain to be caught in its first window.
    const given = { falseAlarm: 0.2, hold: 64 };
    expect(against(given, "biaspush").attacked.security).toBeGreaterThan(theory.caughtAtOnce(parse(given)) - 0.01);
  });

  it("has no script at the end of what was searched", () => {
    const left = (aim: number, slack: number) =>
      against({}, { report: "less", gap: 1, push: { aim, slack, rise: 0.4 } }, { episodes: 256 }).attacked.security;
    const found = left(3.9, 1);
    for (const [aim, slack] of [
      [3, 1],
      [5, 1],
      [3.9, -1],
      [3.9, 3],
    ])
      expect(found).toBeLessThan(left(aim, slack) - 0.01);
  });

  it("gives guards who hear nothing, never listen or never let go no more than the dials do", () => {
    const dialled = (watermark: number, falseAlarm: number) => worst({ watermark, falseAlarm });
    for (const falseAlarm of [0.05, 0.2]) {
      const { utility, security } = worst({ watermark: 0, falseAlarm }, "blind");
      expect(utility + 0.75 * security).toBeLessThan(1.03);
    }
    expect(worst({}, "asleep", 16).security).toBeLessThan(0.05);
    const [latched, more] = [worst({}, "latch"), dialled(0.5, 0.1)];
    expect(latched.utility - more.utility + (latched.security - more.security)).toBeLessThan(0.04);
  });

  it("a logbook of take-overs proves what no test of readings can", () => {
    const given = { watermark: 0, falseAlarm: 0.2, logbook: true, hold: 32 };
    const left = (defence: Defence, more: Given = {}) =>
      against({ ...given, ...more }, "illusion", { defence }).attacked.security;
    expect(left("inspect")).toBeGreaterThan(left("default") + 0.2);
    expect(left("inspect", { logbook: false })).toBe(left("default", { logbook: false }));
    expect(against(given, "none", { defence: "inspect" }).clean.utility).toBeCloseTo(
      against(given, "none").clean.utility,
      1,
    );
  });
});

describe("the rules", () => {
  const world = (given: Given) => {
    const world = vector(any, 1, given, 1);
    world.reset();
    const { device, guard } = world.roles;
    const { at } = env.roles(parse(given)).device.observation;
    return {
      world,
      act(report: number, push: number, order = 0) {
        for (let j = 0; j < device.count; j++) device.actions.set([report, push], 2 * j);
        guard.actions[0] = order;
        world.step();
      },
      sees: (part: keyof typeof at) => device.obs[at[part]],
    };
  };

  it("a take-over lasts L steps in which robots count for nothing, and a guard can prolong it", () => {
    const given = { falseAlarm: 0, hold: 5, watermark: 0, push: 10 };
    const { world: w, act, sees } = world(given);
    act(0, 1, 1);
    const left: number[] = [];
    for (let t = 0; t < 6; t++) {
      left.push(Math.round(sees("manual") * 5));
      expect(Math.abs(sees("place"))).toBeLessThan(0.6);
      act(0, 2, t === 1 ? 1 : 0);
    }
    expect(left).toEqual([4, 3, 4, 3, 2, 1]);
    expect(w.counters(0)).toMatchObject({ manual: 7, progress: 1.75 });
    act(0, 2);
    expect(sees("drift")).toBe(1); // 40 over 16, cut
    expect(w.counters(0)).toMatchObject({ manual: 7, progress: 2.75 });
  });

  it("an alarm hands over after its window, unless it is waived", () => {
    for (const order of [0, 2]) {
      const { world: w, act, sees } = world({ falseAlarm: 0.05, watermark: 0, hold: 7 });
      let alarmed = 0;
      for (let t = 0; t < 200 && alarmed === 0; t++) {
        act(1, 2, order);
        alarmed = w.counters(0).alarms as number;
      }
      expect(alarmed).toBe(1);
      const before = w.counters(0).manual as number;
      act(1, 2, order);
      expect((w.counters(0).manual as number) - before).toBe(order === 0 ? 1 : 0);
      expect(Math.round(sees("manual") * 7)).toBe(order === 0 ? 6 : 0);
    }
  });

  it("pays attackers for unsafe steps and guards for what both sides lose", () => {
    const { world: w, act } = world({ falseAlarm: 0, steps: 50 });
    let [paid, lost] = [0, 0];
    for (let t = 0; t < 49; t++) {
      act(3, 2);
      paid += w.roles.device.rewards[0];
      lost += w.roles.guard.rewards[0];
    }
    expect(paid).toBe(w.counters(0).unsafe);
    expect(lost).toBe(-paid);
    expect(paid).toBeGreaterThan(40);
    expect(w.roles.device.obs[1]).toBe(1); // far out, and cut
  });

  it("the same noise meets every attack", () => {
    const end = (report: number) => {
      const { world: w, act } = world({ falseAlarm: 0, range: 0 });
      for (let t = 0; t < 30; t++) act(report, 1);
      return w.roles.device.obs.slice();
    };
    expect(end(1)).toEqual(end(0));
    expect(end(3)).not.toEqual(end(0));
  });

  it("refuses more taken robots than there are", () => {
    expect(() => vector(any, 1, { devices: 3, taken: 4 })).toThrow(InputError);
  });
});
