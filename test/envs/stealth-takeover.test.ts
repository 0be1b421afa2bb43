import { describe, expect, it } from "vitest";
import env, { type StealthTakeover } from "../../envs/stealth-takeover/env.ts";
import { phase, programmed, raid } from "../../envs/stealth-takeover/intruders.ts";
import { LOUD, outageOf, PING, QUIET } from "../../envs/stealth-takeover/model.ts";
import scripts, { variants } from "../../envs/stealth-takeover/policies.ts";
import { program } from "../../envs/stealth-takeover/program.ts";
import * as theory from "../../envs/stealth-takeover/theory.ts";
import { guard, roam } from "../../envs/stealth-takeover/wardens.ts";
import type { Environment } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { constant, type PolicyFactory, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { mean, nonDominated, standardError } from "../../src/stats/index.ts";

const any: Environment = env;
type Given = Partial<StealthTakeover>;
type Defence = "default" | keyof typeof scripts.defences;
type Attack = keyof typeof scripts.attacks;
const settings = (given: Given = {}) => env.params.parse(given);
const wardenOf = (defence: Defence): PolicyFactory =>
  defence === "default" ? scripts.defaults.warden : scripts.defences[defence].roles.warden;
const intruderOf = (attack: Attack): PolicyFactory => scripts.attacks[attack].roles.intruder;

interface Choice {
  readonly defence?: PolicyFactory;
  readonly episodes?: number;
  readonly seed?: number;
}
const play = (given: Given, intruder: PolicyFactory, { defence, episodes = 100, seed = 1 }: Choice = {}) =>
  evaluate(any, {
    params: given,
    policies: { intruder, warden: defence ?? scripts.defaults.warden },
    episodes,
    seed,
    split: ["test"],
  });
function metrics(given: Given, intruder: PolicyFactory, choice?: Choice) {
  const sums = sumCounters(play(given, intruder, choice));
  return metricsOf(any, sums, sums) as Record<"utility" | "security" | "freedom", number>;
}
/** A combination of counters per resource-step, episode by episode: mean and standard error. */
function measured(
  given: Given,
  intruder: PolicyFactory,
  of: (count: (name: string) => number) => number,
  choice?: Choice,
) {
  const { names, counters } = play(given, intruder, choice);
  const width = names.length;
  const values = Float64Array.from({ length: counters.length / width }, (_, e) => {
    const count = (name: string) => counters[e * width + names.indexOf(name)];
    return of(count) / count("steps");
  });
  return { mean: mean(values), error: standardError(values) };
}
const gain = (count: (name: string) => number) => count("held") - count("spent");
function expectWithin3(found: { mean: number; error: number }, truth: number, what: string): void {
  expect(Math.abs(found.mean - truth), `${what}: ${found.mean} ± ${found.error}, theory ${truth}`).toBeLessThanOrEqual(
    3 * found.error + 1e-9,
  );
}

/** Long episodes of one resource whose strikes need no foothold: FlipIt, as far as nothing else is said. */
const alone: Given = { resources: 1, foothold: 1, hunt: 0, steps: 4000 };
const sure: Given = { ...alone, loud: 1, scan: 0 };

describe("theory", () => {
  it.each([
    [0.1, 6, 0.4476],
    [0.05, 8, 0.5914],
    [0.2, 4, 0.238],
  ])("renewals: striking every τ against resets at rate α = %d, τ = %d, gains %d", (reset, period, expected) => {
    expect(theory.renewalGain(reset, period, 2)).toBeCloseTo(expected, 4);
    const attack = raid({ strike: LOUD, period, check: LOUD });
    expectWithin3(measured({ ...sure, reset }, attack, gain, { episodes: 60 }), expected, `α ${reset}`);
  });

  it("the best renewal drops out once α ≥ 1/k", () => {
    const left = [0.02, 0.05, 0.1, 0.2, 0.4, 0.5].map((reset) => theory.bestRenewal(reset, 2).security);
    [0.2619, 0.3975, 0.5381, 0.7185, 0.9361, 1].forEach((security, i) => {
      expect(left[i]).toBeCloseTo(security, 4);
    });
    // Where pings cost too much, the exact programme is a renewal.
    const dear = settings({ ...sure, reset: 0.1, pingCost: 16 });
    expect(theory.bestResponse(dear)?.security).toBeCloseTo(0.538, 2);
    expect(theory.bestRenewal(0.24, 4).security).toBeLessThan(1);
    expect(theory.bestRenewal(0.25, 4).security).toBe(1);
  });

  it.each([
    [5, 12],
    [10, 25],
  ])("clocks of unknown phase: period %d against %d", (clock, period) => {
    const attack = raid({ strike: LOUD, period, check: LOUD });
    const given = { ...sure, reset: 1 / clock, steps: 1200 };
    const found = measured(given, attack, gain, { episodes: 400, defence: wardenOf("clockwork") });
    expectWithin3(found, theory.clockGain(clock, period, 2), `δ ${clock}`);
  });

  it.each([5, 10, 20])("who learns the phase of a clock of period %d gains 1 − k/δ", (clock) => {
    const given = { ...sure, reset: 1 / clock, steps: 20_000 };
    const found = measured(given, phase(LOUD), gain, { episodes: 4, defence: wardenOf("clockwork") });
    expect(found.mean).toBeCloseTo(theory.learnedGain(settings(given)), 2);
  });

  it.each([
    [0.05, 0, 0.292],
    [0.1, 0, 0.4661],
    [0.2, 0, 0.7313],
    [0, 0.3, 0.299],
    [0.05, 0.2, 0.5432],
    [0.1, 0.2, 0.7489],
  ])("the exact best response to one resource's warden, α = %d and π = %d, leaves %d", (reset, scan, expected) => {
    const given = { ...alone, reset, scan };
    const exact = theory.bestResponse(settings(given));
    expect(Math.abs((exact?.security ?? 0) - expected)).toBeLessThan(0.0015); // those figures are of endless play
    expectWithin3(
      measured(given, programmed, gain, { episodes: 40 }),
      1 - (exact?.security ?? 0),
      `α ${reset} π ${scan}`,
    );
  });

  it("the programme of one resource that needs a foothold, and of two that do not, is exact to the last step", () => {
    for (const given of [
      { resources: 1, reset: 0.02, scan: 0.1, steps: 60 },
      { resources: 2, foothold: 1, hunt: 0, reset: 0.1, scan: 0.1, steps: 30 },
      { resources: 1, foothold: 1, reset: 0.05, scan: 0, pingCost: 16, steps: 60 }, // it strikes what it may still hold
    ]) {
      const exact = theory.bestResponse(settings(given));
      expectWithin3(
        measured(given, programmed, gain, { episodes: 3000 }),
        1 - (exact?.security ?? 0),
        JSON.stringify(given),
      );
    }
    expect(theory.bestResponse(settings({ hunt: 0 }))).toBeNull();
    expect(theory.reference(settings())).toBeNull();
    expect(theory.reference(settings({ wardens: "each" }))).not.toBeNull();
  });

  it("the programme beats every plan of one kind, by exact evaluation of small instances", () => {
    // Two or three steps are few enough to see what is best: one strike pays its cost back in 3 kept steps at the earliest.
    const at = (steps: number, more: Given = {}) =>
      program(settings({ ...alone, loud: 1, reset: 0, scan: 0, ...more, steps }), true);
    expect(at(2).gain).toBe(0);
    expect(at(3).gain).toBeCloseTo(1, 12);
    expect(at(3).plan(3, false, 0)).toBe(LOUD);
    expect(at(3).plan(2, false, 0)).not.toBe(LOUD);
    // Quietly where scans are sure to see the loud.
    expect(at(40, { scan: 1, seenLoud: 1, seenQuiet: 0, quiet: 0.9 }).plan(40, false, 0)).toBe(QUIET);
  });

  it("no script gains more than who has a foothold for ever, and the programme comes near", () => {
    for (const reset of env.knobs.reset.grid)
      for (const scan of env.knobs.scan.grid) {
        const p = settings({ reset, scan });
        expect(program(p, true).gain).toBeGreaterThanOrEqual(program(p, false).gain - 1e-9);
      }
    for (const [reset, scan, far] of [
      [0.05, 0, 0.03],
      [0.1, 0, 0.05],
      [0.05, 0.2, 0.07],
    ]) {
      const given = { reset, scan, hunt: 0 };
      const least = theory.footed(settings(given));
      for (const name of ["program", "ping-loud", "ping-quiet", "knock"] as const) {
        const { mean: gained, error } = measured(given, intruderOf(name), gain);
        expect(1 - gained, name).toBeGreaterThan(least - 3 * error);
      }
      expect(1 - measured(given, programmed, gain).mean).toBeLessThan(least + far);
    }
  });

  it("intruders who see everything are bounded by the programme over numbers held", () => {
    const left = [0.02, 0.05, 0.1, 0.15, 0.2].map((reset) => theory.seeingAll(settings({ reset, scan: 0 }), true));
    [0.129, 0.312, 0.587, 0.818, 0.98].forEach((security, i) => {
      expect(left[i]).toBeCloseTo(security, 3);
    });
    const memoryless = theory.seeingAll(settings({ reset: 0.1, scan: 0 }), false);
    expect(memoryless).toBeCloseTo(0.269, 3);
    expect(memoryless).toBeLessThan(theory.footed(settings({ reset: 0.1, scan: 0, hunt: 0 })));
  });

  it("peace costs what false alarms, resets and scans cost, exactly", () => {
    for (const given of [
      { reset: 0.1, scan: 0, hunt: 0 },
      { reset: 0.05, scan: 0.3, falseAlarm: 0.2, hunt: 0, outage: 5 },
      { resources: 1, reset: 0.2, scan: 0.2 },
      { wardens: "each", resources: 3, reset: 0.1, scan: 0.2 },
    ] as const) {
      const lost = measured(given, constant(0), (count) => count("lost"), { episodes: 200 });
      expectWithin3(lost, 1 - theory.quietUtility(settings(given)), JSON.stringify(given));
    }
  });
});

describe("the facts of four resources", () => {
  const worst = (given: Given, defence: Defence = "default", names = Object.keys(scripts.attacks) as Attack[]) => {
    const all = names.map((name) => ({
      name,
      ...metrics(given, intruderOf(name), { defence: wardenOf(defence), episodes: 100 }),
    }));
    return all.reduce((a, b) => (b.security < a.security ? b : a));
  };
  const near = (found: number, expected: number, what: string) =>
    expect(Math.abs(found - expected), `${what}: ${found}, expected ${expected}`).toBeLessThan(0.03);

  it.each([
    ["default", 0.05, 0, 0.95, 0.32],
    ["default", 0.1, 0, 0.9, 0.5],
    ["default", 0.2, 0, 0.8, 0.82],
    ["default", 0, 0.3, 0.898, 0.34],
    ["default", 0.05, 0.2, 0.884, 0.61],
    ["sweep", 0.05, 0, 0.95, 0.42],
    ["sweep", 0.1, 0, 0.9, 0.69],
    ["clockwork", 0.1, 0, 0.9, 0.31],
    ["metronome", 0.1, 0, 0.9, 0.68],
  ] as const)("%s at α = %d, π = %d, outages free: (U, S) = (%d, %d)", (defence, reset, scan, utility, security) => {
    const found = worst({ reset, scan, hunt: 0, outage: 0 }, defence, [
      "program",
      "ping-loud",
      "ping-quiet",
      "knock",
      "sync-loud",
      "phase",
    ]);
    near(found.utility, utility, "U");
    near(found.security, security, "S");
  });

  it("off has no security worth the name, lockdown no utility", () => {
    const off = worst({ reset: 0, scan: 0, hunt: 0 });
    expect(off.utility).toBe(1);
    expect(off.security).toBeLessThan(0.06);
    expect(worst({ reset: 1, scan: 1, hunt: 1 })).toMatchObject({ utility: 0, security: 1 });
  });

  it("is a frontier: more than three levels above the line and none of them dominated", () => {
    const levels = [
      { reset: 0, scan: 0.1, hunt: 1 / 3 },
      { reset: 0.02, scan: 0.1, hunt: 1 / 3 },
      { reset: 0.05, scan: 0.1, hunt: 1 / 3 },
      { reset: 0.05, scan: 0.2, hunt: 1 / 3 },
    ].map((given) => worst(given, "default", ["program", "ping-quiet", "flinch", "sync-quiet"]));
    for (const { utility, security } of levels) expect(utility + security).toBeGreaterThan(1.35);
    expect(nonDominated(levels.map(({ utility, security }) => [utility, security])).length).toBe(4);
  });

  it("where outages cost nothing it is best to evict all at once, with their price one by one", () => {
    const attacks = ["program", "ping-quiet", "flinch", "sync-quiet"] as const;
    const at = (given: Given) => worst(given, "default", [...attacks]);
    const all = { reset: 0, scan: 0.2, hunt: 1 };
    const one = { ...all, hunt: 1 / 3 };
    const [free, freely] = [at({ ...all, outage: 0 }), at({ ...one, outage: 0 })];
    expect(free.security).toBeGreaterThan(freely.security + 0.03);
    expect(free.utility).toBeGreaterThan(freely.utility - 0.01);
    const [priced, paced] = [at(all), at({ ...one, reset: 0.02 })];
    expect(paced.security).toBeGreaterThan(priced.security);
    expect(paced.utility).toBeGreaterThan(priced.utility + 0.02);
  });

  it("every attack beats some warden and loses to another", () => {
    const left = (name: Attack, given: Given, defence: Defence = "default") =>
      metrics({ hunt: 0, ...given }, intruderOf(name), { defence: wardenOf(defence), episodes: 60 }).security;
    const resets = { reset: 0.1, scan: 0 };
    const scans = { reset: 0, scan: 0.3 };
    expect(left("ping-loud", resets)).toBeLessThan(left("ping-quiet", resets) - 0.2);
    expect(left("ping-quiet", scans)).toBeLessThan(left("ping-loud", scans) - 0.2);
    expect(left("phase", resets, "clockwork")).toBeLessThan(left("ping-loud", resets, "clockwork") - 0.2);
    expect(left("ping-loud", resets)).toBeLessThan(left("phase", resets) - 0.05);
    expect(left("sync-loud", resets)).toBeGreaterThan(left("ping-loud", resets) + 0.1);
    expect(left("sync-loud", resets, "sweep")).toBeLessThan(left("phase", resets, "sweep") - 0.02);
    expect(metrics(resets, random, { episodes: 20 }).security).toBe(1);
  });

  it("has no searched period that wins at an end of the grid that it was searched on", () => {
    const left = (strike: typeof QUIET | typeof LOUD, period: number, given: Given) =>
      metrics({ hunt: 0, ...given }, raid({ strike, period, check: PING, entry: 2 })).security;
    for (const [strike, given, best] of [
      [QUIET, { reset: 0, scan: 0.1 }, 8],
      [LOUD, { reset: 0.02, scan: 0 }, 6],
    ] as const)
      for (const end of [1, 16]) expect(left(strike, best, given)).toBeLessThan(left(strike, end, given) - 0.01);
  });

  it("wardens apart cannot hunt: an alarm is heard by one alone", () => {
    const given = { reset: 0.05, scan: 0.2 };
    const apart = metrics({ ...given, wardens: "each" }, programmed);
    const together = metrics({ ...given, hunt: 0 }, programmed);
    near(apart.security, together.security, "S");
    expect(metrics(given, intruderOf("ping-quiet")).security).toBeGreaterThan(apart.security + 0.15);
  });

  it("acting on the first sign for good, doing nothing and refusing everybody lie on or below the frontier", () => {
    const panic = guard((dials) => ({
      memory: 1,
      begin({ batch, own, results }) {
        for (let i = 0; i < 4; i++) if (batch.obs[results + i] === 1) batch.state[own] = 1;
      },
      choose: (_i, watch) => roam(watch, watch.batch.state[watch.own] === 1 ? { reset: 1, scan: 0 } : dials),
    }));
    const panicked = metrics({ scan: 0.1, reset: 0, hunt: 0 }, constant(0), { defence: panic });
    expect(panicked.utility).toBeLessThan(0.4); // false alarms set it off in peace
    const nothing = metrics({ reset: 0, scan: 0 }, programmed, { defence: wardenOf("asleep") });
    expect(nothing.utility + nothing.security).toBeLessThan(1.06);
    const refusal = metrics({ reset: 1 }, intruderOf("ping-quiet"));
    expect(refusal.utility + refusal.security).toBe(1);
  });
});

describe("the rules", () => {
  /** A world of one copy; wardens and intruders do as they are told. */
  const world = (given: Given, seed = 1) => {
    const one = vector(any, 1, given as Record<string, unknown>, seed);
    one.reset();
    const { intruder, warden } = one.roles;
    return {
      one,
      intruder,
      warden,
      step(guards: readonly number[], acts: readonly number[]) {
        warden.actions.set(guards);
        intruder.actions.set(acts);
        one.step();
        return one.counters(0);
      },
      sees: (i: number) => [...intruder.obs.subarray(8 * i, 8 * i + 8)].map((x) => Math.round(x * 1000) / 1000),
    };
  };
  const certain: Given = {
    resources: 2,
    steps: 20,
    loud: 1,
    quiet: 1,
    foothold: 1,
    seenLoud: 1,
    seenQuiet: 0,
    falseAlarm: 0,
  };

  it("an intruder learns by acting: a reset goes unseen until it looks", () => {
    const w = world(certain);
    expect(w.sees(0)).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    w.step([0, 0], [LOUD, QUIET]);
    expect(w.sees(0)).toEqual([0, 0.063, 1, 1, 0, 1, 0.05, 0]);
    expect(w.sees(1)).toEqual([0, 0.063, 0, 1, 0, 1, 0.05, 0]);
    w.step([2, 0], [0, 0]);
    expect(w.sees(0)).toEqual([0, 0.125, 1, 1, 0, 0, 0.1, 0]);
    w.step([0, 0], [PING, PING]);
    expect(w.sees(0)).toEqual([1, 0, 0, 0.5, 1, -1, 0.15, 0]);
    expect(w.sees(1)).toEqual([0, 0.063, 0, 0.5, 1, 1, 0.15, 0]);
    const counted = w.step([0, 0], [0, QUIET]);
    expect(counted).toMatchObject({ steps: 8, held: 2 + 1 + 1 + 1, strikes: 3, pings: 2, spent: 6.5, resets: 1 });
    // A strike on what is held is wasted: it stays as it was.
    expect(w.sees(1)).toEqual([0, 0.063, 0, 0.5, 0, 1, 0.2, 0]);
  });

  it("the warden moves first: a strike behind a reset holds; a scan that rings evicts and is seen a step later", () => {
    const w = world(certain);
    expect(w.step([2, 2], [LOUD, LOUD])).toMatchObject({ held: 2, resets: 2 });
    const { alarms, held } = w.step([1, 0], [0, 0]);
    expect([alarms, held]).toEqual([1, 3]);
    // reset ages, scan ages, results, time
    expect([...w.warden.obs].map((x) => Math.round(x * 10_000) / 10_000)).toEqual([0, 0.0625, 0, 1, 1, 0, 0.1]);
    w.step([0, 1], [QUIET, 0]);
    w.step([1, 0], [0, 0]);
    expect([...w.warden.obs.subarray(4, 6)]).toEqual([-1, 0]); // came in quietly: not seen
  });

  it("who holds nothing strikes at ω of the chance, as of the beginning of the intruders' turn", () => {
    const w = world({ ...certain, foothold: 0 });
    for (let t = 0; t < 10; t++) w.step([0, 0], [LOUD, LOUD]);
    expect(w.one.counters(0).held).toBe(0);
    const chance = { ...certain, resources: 2, steps: 400, foothold: 0.25, loud: 0.8, strikeCost: 0 };
    const v = world(chance, 3);
    let entered = 0;
    for (let t = 0; t < 400; t++) {
      const before = v.one.counters(0).held;
      if (v.step([2, 2], [LOUD, 0]).held > before) entered++;
    }
    expect(Math.abs(entered / 400 - 0.2)).toBeLessThan(0.06);
  });

  it("prices outages: one down costs itself, all down cost 1 + outage each", () => {
    expect(outageOf(1, 4, 2)).toBe(1);
    expect(outageOf(4, 4, 2)).toBe(12);
    expect(outageOf(3, 4, 2)).toBeCloseTo(7, 12);
    expect(outageOf(1, 1, 2)).toBe(1);
    const w = world({ resources: 4, scanCost: 0.5, falseAlarm: 0 });
    expect(w.step([2, 2, 2, 2], [0, 0, 0, 0]).lost).toBe(12);
    expect(w.step([2, 1, 1, 0], [0, 0, 0, 0]).lost).toBe(12 + 2);
  });

  it("pays intruders what they gain, wardens what they lose: returns are affine in the counters", () => {
    const { names, counters, returns } = play({}, random, { episodes: 16 });
    for (let e = 0; e < 16; e++) {
      const count = (name: string) => counters[e * names.length + names.indexOf(name)];
      expect(returns[2 * e]).toBeCloseTo(gain(count) / count("steps"), 10);
      expect(returns[2 * e + 1]).toBeCloseTo(-(gain(count) + count("lost")) / count("steps"), 10);
    }
  });

  it("hunts at a pace: those longest not reset, until all others are", () => {
    const hunt = (pace: number) => {
      const params = settings({ hunt: pace / 3, reset: 0, scan: 0 });
      const { observation, action } = env.roles(params).warden;
      const context = { params, role: "warden", count: 1, observation, at: observation.at, action, knobs: [] };
      const policy = scripts.defaults.warden(context);
      const state = new Float32Array(policy.stateSize ?? 0);
      const obs = new Float32Array(13);
      obs.set([0, 0.5, 1, 0.25]);
      obs[8] = 1; // resource 0 rang, and was reset
      return Array.from({ length: 4 }, () => {
        const actions = new Int32Array(4);
        policy.act({
          rows: 1,
          count: 1,
          obs,
          obsSize: 13,
          mask: new Uint8Array(12),
          maskSize: 12,
          alive: Uint8Array.of(1),
          rngs: [new Rng(1)],
          agreed: () => 0,
          state,
          actions,
          actionSize: 4,
        });
        for (let i = 0; i < 4; i++) obs[i] = actions[i] === 2 ? 0 : Math.min(1, obs[i] + 1 / 16);
        obs.fill(0, 8, 12);
        return [...actions].flatMap((action, i) => (action === 2 ? [i] : []));
      });
    };
    expect(hunt(0)).toEqual([[], [], [], []]);
    expect(hunt(1)).toEqual([[2], [1], [3], []]);
    expect(hunt(2)).toEqual([[1, 2], [3], [], []]);
    expect(hunt(3)).toEqual([[1, 2, 3], [], [], []]);
  });

  it("clocks keep their period, each its own phase or all one, drawn anew every episode", () => {
    for (const defence of ["clockwork", "metronome"] as const) {
      const given = { reset: 0.2, scan: 0, hunt: 0, steps: 50, outage: 0 };
      const seen = play(given, constant(0), { defence: wardenOf(defence), episodes: 8 });
      const at = seen.names.indexOf("resets");
      for (let e = 0; e < 8; e++) expect(seen.counters[e * seen.names.length + at]).toBe(40);
    }
  });

  it.each(variants)("keeps observations in bounds and draws everyone: %o", (given) => {
    const one = vector(any, 2, given as Record<string, unknown>, 5);
    const rng = new Rng(2);
    one.reset();
    for (let t = 0; t < one.horizon; t++) {
      for (const { actions, spec } of Object.values(one.roles))
        for (let i = 0; i < actions.length; i++) actions[i] = rng.int(0, spec.action.kind === "discrete" ? 4 : 3);
      one.step();
      for (const { obs, spec, obsSize } of Object.values(one.roles)) {
        const { low, high } = spec.observation as { low: ArrayLike<number>; high: ArrayLike<number> };
        for (let i = 0; i < obs.length; i++)
          if (!(obs[i] >= low[i % obsSize] && obs[i] <= high[i % obsSize])) expect.fail(`observation ${i}: ${obs[i]}`);
      }
    }
    expect(one.render(0)?.shapes.length).toBe(settings(given).resources);
  });

  it.each([
    [{ resources: 0 }, /resources/],
    [{ reset: 1.5 }, /reset/],
    [{ hunt: Number.NaN }, /hunt/],
    [{ wardens: "two" }, /wardens/],
    [{ resets: 0.1 }, /resets/],
  ])("refuses %o", (given, message) => {
    expect(() => vector(any, 1, given, 1)).toThrow(message);
  });
});
