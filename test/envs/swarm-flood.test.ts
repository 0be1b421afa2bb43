import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rounds } from "../../benchmarks/evidence/swarm-flood/attacked.ts";
import { type Attack, measure, search } from "../../benchmarks/evidence/swarm-flood.ts";
import env, { LENIENCY, type Params } from "../../envs/swarm-flood/env.ts";
import { identities, records } from "../../envs/swarm-flood/identities.ts";
import {
  askLaw,
  exactGoodput,
  MAX_ASK,
  PATIENCE,
  pinned,
  STRAY,
  undefendedGoodput,
  wantedLaw,
} from "../../envs/swarm-flood/model.ts";
import scripts, { swarm } from "../../envs/swarm-flood/policies.ts";
import {
  fairShare,
  largestPulse,
  meanField,
  reference,
  stepsToBlock,
  unblockedAsks,
} from "../../envs/swarm-flood/theory.ts";
import type { PolicyFor } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { score } from "../../src/play/score.ts";
import { constant, perRow, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { offsetsOf } from "../../src/spaces/layout.ts";
import { nonDominated } from "../../src/stats/index.ts";

const fluid = { demand: "steady", backOff: false, turnover: 0, tolerance: 8 } as const;
const AS_IS = LENIENCY.indexOf(1);

/** Mean goodput a counted step over episodes, and its standard error. */
function goodput(params: Partial<Params>, bot: PolicyFor<typeof env, "bot">, episodes: number) {
  const { counters, names } = evaluate(env, {
    params,
    policies: { ...scripts.defaults, bot },
    episodes,
    seed: 2,
    split: ["theory"],
  });
  const { steps } = env.params.parse(params);
  const column = names.indexOf("goodput");
  const means = Array.from({ length: episodes }, (_, e) => counters[e * names.length + column] / steps);
  const mean = means.reduce((sum, x) => sum + x, 0) / episodes;
  const squares = means.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (episodes - 1) / episodes) };
}

/** A world of one copy that is driven by hand; nobody is replaced. */
function driven(params: Partial<Params>) {
  const world = vector(env, 1, { turnover: 0, warmUp: 0, ...params }, 1, { autoreset: "disabled" });
  world.reset();
  const { client, bot, gateway } = world.roles;
  client.actions.fill(MAX_ASK);
  gateway.actions.fill(AS_IS);
  return { world, client, bot, gateway };
}

describe("the fluid fair-share law", () => {
  it("is the three cases that it unites", () => {
    const cases = (B: number, Y: number, c: number, l: number, r: number) =>
      r < c / (B + Y)
        ? B * Math.min(r, l)
        : r < l
          ? Math.min(B * l, (c * B) / (B + Y))
          : Math.min(B * l, (c * B * l) / (B * l + Y * Math.min(r, MAX_ASK)));
    const whole = fc.integer({ min: 1, max: 500 });
    const real = fc.double({ min: 0.01, max: 8, noNaN: true });
    fc.assert(
      fc.property(whole, whole, fc.double({ min: 1, max: 500, noNaN: true }), real, real, (B, Y, c, l, r) => {
        const law = fairShare({ clients: B, bots: Y, capacity: c, load: l, rate: r });
        expect(law).toBeCloseTo(cases(B, Y, c, l, r), 9);
      }),
      { seed: 1 },
    );
    expect(fairShare({ clients: 10, bots: 30, capacity: 20, load: 1, rate: 0.75 })).toBeCloseTo(5, 12);
    expect(fairShare({ clients: 10, bots: 30, capacity: 20, load: 1, rate: 8 })).toBeCloseTo(0.8, 12);
  });

  it.each([
    { bots: 30, rate: 0.3 },
    { bots: 30, rate: 0.75 },
    { bots: 30, rate: 8 },
    { bots: 10, rate: 1.5 },
    { bots: 500, clients: 500, capacity: 700, rate: 2, load: 2.5 },
  ])("is what the environment does in the fluid limit, to .001, as is `reference`: %o", (given) => {
    const params = { ...fluid, burst: given.rate, steps: 20, ...given };
    const full = env.params.parse(params);
    expect(Math.abs(goodput(params, scripts.attacks.flood.roles.bot, 2).mean - fairShare(full))).toBeLessThan(0.001);
    const [{ utility, security }] = measure(params, ["flood"], "default", { episodes: 1 });
    expect(utility).toBeCloseTo(reference(full)?.utility ?? Number.NaN, 9);
    expect(security).toBeCloseTo(reference(full)?.security ?? Number.NaN, 9);
  });

  it("is no reference outside of that limit", () => {
    expect(reference(env.params.parse({}))).toBeNull();
    for (const change of [
      { tolerance: 2 },
      { backOff: true },
      { demand: "bursty" as const },
      { turnover: 0.1 },
      { burst: 8 },
    ])
      expect(reference(env.params.parse({ ...fluid, rate: 1, burst: 1, ...change }))).toBeNull();
  });
});

describe("what clients get without defence", () => {
  it("is exact for patient clients, in peace and under a flood", () => {
    const patient = { backOff: false, tolerance: 8 } as const;
    const law = wantedLaw();
    expect(law.reduce((sum, q) => sum + q, 0)).toBeCloseTo(1, 12);
    expect(law.reduce((sum, q, k) => sum + q * k, 0)).toBeCloseTo(0.5 * (2 - 2 ** -7) + 0.5 * STRAY, 12);
    for (const [given, bot, expected] of [
      [{ capacity: 10 }, "none", undefendedGoodput(env.params.parse({ capacity: 10 }))],
      [{ gateways: 3, turnover: 0.2 }, "none", undefendedGoodput(env.params.parse({ gateways: 3, turnover: 0.2 }))],
      [{ turnover: 0 }, "flood", exactGoodput(law, 10, 20, 80)],
      [{ turnover: 0, gateways: 2, clients: 5 }, "flood", exactGoodput(law, 3, 10, 40) + exactGoodput(law, 2, 10, 40)],
      [{ turnover: 0, rate: 0.5, burst: 0.5, bots: 4 }, "flood", (10 * (1 - law[0])) / 2],
    ] as const) {
      const { mean, error } = goodput({ ...patient, ...given }, scripts.attacks[bot].roles.bot, 256);
      const says = `${JSON.stringify(given)}: ${mean} ± ${error}, theory ${expected}`;
      expect(Math.abs(mean - expected), says).toBeLessThan(3 * error);
    }
  });

  it("agrees with brute force on two clients", () => {
    const { law, unit } = askLaw({ demand: "bursty", load: 1, turnover: 0.1, wait: 2 });
    let inPeace = 0;
    let flooded = 0;
    for (let a = 0; a < law.length; a++) {
      for (let b = 0; b < law.length; b++) {
        inPeace += law[a] * law[b] * Math.min(a + b, 4.5);
        flooded += law[a] * law[b] * (a + b) * Math.min(1, 4.5 / (a + b + 7));
      }
    }
    expect(unit * exactGoodput(law, 2, 4.5)).toBeCloseTo(inPeace, 12);
    expect(unit * exactGoodput(law, 2, 4.5, 7)).toBeCloseTo(flooded, 12);
    expect([0, 1, 2].map((k) => pinned({ clients: 7, gateways: 3 }, k))).toEqual([3, 2, 2]);
  });

  it("is never more for clients who fall silent: the constant bounds clean goodput", () => {
    for (const given of [{}, { capacity: 8 }, { gateways: 4 }, { demand: "steady" as const, capacity: 9.3 }]) {
      const { mean, error } = goodput({ tolerance: 8, ...given }, scripts.attacks.none.roles.bot, 64);
      expect(mean).toBeLessThan(undefendedGoodput(env.params.parse(given)) + 3 * error);
    }
  });

  it("follows the mean-field limit of impatient clients under pulses", () => {
    const scale = { clients: 500, bots: 500, capacity: 1000 };
    const given = { ...scale, turnover: 0, tolerance: 8 };
    for (const period of [1, 2, 4]) {
      const asks = Array.from({ length: period }, (_, t) => (t === 0 ? 3 : 0));
      const pulse = () => perRow((_o, _f, row, { state }) => (state[row]++ % period === 0 ? 3 : 0), 1);
      const { mean, error } = goodput(given, pulse, 8);
      const limit = meanField(scale, asks, 32, 160);
      expect(Math.abs(mean - limit) / limit, `period ${period}: ${mean} ± ${error}, limit ${limit}`).toBeLessThan(
        (3 * error) / limit + 0.002, // and a bias of order 1/B
      );
    }
    // Falling silent is what makes pulses pay: at equal rates, patient clients lose less to them than to a stream.
    expect(meanField(scale, [3, 0], 32, 160)).toBeLessThan(0.75 * meanField(scale, [1.5], 32, 160));
  });
});

describe("the score", () => {
  it("blocks when theory says, for 16 steps, with a trickle; a blocked flood never gets free", () => {
    for (const tolerance of [0, 0.8, 1.6, 2, 4.5, 8]) {
      const { world, bot } = driven({ tolerance, bots: 1, capacity: 1000, steps: 200 });
      bot.actions[0] = MAX_ASK;
      let blockedAt = Number.POSITIVE_INFINITY;
      for (let step = 1; step <= 100; step++) {
        world.step();
        const isBlocked = bot.obs[1] > 0;
        if (isBlocked && blockedAt === Number.POSITIVE_INFINITY) blockedAt = step;
        expect(isBlocked).toBe(step >= blockedAt);
      }
      expect(blockedAt).toBe(stepsToBlock(tolerance));
    }
    const kept = records(1, 0, 1);
    const { admit } = identities(kept, MAX_ASK, MAX_ASK);
    // 8 asked once: the score .8·.9ᵗ is above ½ up to t = 4, each time for 16 steps more; asking .4 keeps it below.
    const got = Array.from({ length: 40 }, (_, t) => admit(0, t === 0 ? 8 : t < 6 ? 0 : 0.4, 0.5));
    const expected = got.map((_, t) => (t === 0 ? 0.25 : t < 6 ? 0 : t < 4 + 16 ? 0.25 : 0.4));
    expect(got).toEqual(expected);
  });

  it("limits whoever is never blocked to unblockedAsks(θ, T) requests, whatever it does", () => {
    const asks = fc.array(fc.integer({ min: 0, max: MAX_ASK }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(asks, fc.double({ min: 0.2, max: 8, noNaN: true }), (list, tolerance) => {
        const kept = records(1, 0, 1);
        const { admit } = identities(kept, MAX_ASK, MAX_ASK);
        let total = 0;
        // What would block is not asked.
        for (const ask of list) {
          const safe = 0.9 * kept.score[0] + 0.1 * ask <= tolerance - 1e-9 ? ask : 0;
          expect(admit(0, safe, tolerance)).toBe(safe);
          expect(kept.countdown[0]).toBe(0);
          total += safe;
        }
        expect(total).toBeLessThanOrEqual(unblockedAsks(tolerance, list.length) + 1e-9);
      }),
      { seed: 1 },
    );
  });

  it("is hugged by scripts that are never blocked and ask nearly all that they may", () => {
    for (const tolerance of [0.8, 1.6, 2, 3.2]) {
      for (const period of [1, 2, 4]) {
        const { world, bot } = driven({ tolerance, bots: 1, steps: 400 });
        const policy = swarm(() => ({ period, stagger: 0, rotate: false }))({
          params: world.params,
          at: offsetsOf(bot.spec.observation),
        } as Parameters<ReturnType<typeof swarm>>[0]);
        const state = new Float32Array(2);
        let total = 0;
        for (let step = 0; step < 400; step++) {
          policy.act({ ...bot, rows: 1, rngs: [new Rng(1)], agreed: () => 0, state });
          total += bot.actions[0];
          world.step();
          expect(bot.obs[1], `θ ${tolerance}, period ${period}, step ${step}`).toBe(0);
        }
        expect(total).toBeLessThanOrEqual(unblockedAsks(tolerance, 400));
        expect((total / 400) * period).toBeGreaterThan(0.85 * largestPulse(tolerance, period));
      }
    }
  });
});

describe("a step", () => {
  it("shares capacity in proportion, and each gateway its own part", () => {
    const { world, client, bot } = driven({ ...fluid, gateways: 2, clients: 2, bots: 1, capacity: 8, load: 4 });
    bot.actions[0] = 4 + MAX_ASK; // 4 of gateway 1
    world.step();
    expect([...client.rewards]).toEqual([4 / 8, 2 / 8]);
    expect([client.obs[7], client.obs[client.obsSize + 7]]).toEqual([1, 0.5]);
    expect(world.counters(0).goodput).toBe(6);
    expect(world.counters(0).demand).toBe(8);
    expect(bot.rewards[0]).toBeCloseTo(
      2 / undefendedGoodput(env.params.parse({ ...fluid, gateways: 2, clients: 2, capacity: 8, load: 4 })),
      12,
    );
    expect([...bot.obs.subarray(6, 10)]).toEqual([4 / 8, 8 / 12, 0, 4 / 8].map(Math.fround));
  });

  it("silences clients served under .7 of what they asked for three steps, with probability 1 − share", () => {
    const { world, client, bot } = driven({
      demand: "steady",
      clients: 500,
      bots: 1,
      capacity: 300,
      tolerance: 8,
      steps: 50,
    });
    const silence = (i: number) => client.obs[i * client.obsSize + 5];
    bot.actions[0] = 0;
    world.step();
    const silent = Array.from({ length: 500 }, (_, i) => i).filter((i) => silence(i) > 0);
    // Share .6: 200 of 500 are expected, standard deviation 11.
    expect(Math.abs(silent.length - 200)).toBeLessThan(33);
    for (const expected of [2 / 3, 1 / 3, 0]) {
      world.step();
      for (const i of silent) expect(silence(i)).toBeCloseTo(expected, 6);
      for (const i of silent) expect(client.rewards[i]).toBe(0);
    }
    expect(PATIENCE).toBe(0.7);
    const calm = driven({ demand: "steady", clients: 500, bots: 1, capacity: 360, tolerance: 8 });
    calm.world.step();
    expect(calm.client.obs.filter((_, n) => n % calm.client.obsSize === 5).every((left) => left === 0)).toBe(true);
  });

  it("replaces identities at the rate it says; a new one waits κ steps with a clean record", () => {
    const { world, client, bot } = driven({
      turnover: 1 / 16,
      wait: 3,
      bots: 40,
      clients: 40,
      steps: 2000,
      tolerance: 1,
    });
    bot.actions.fill(MAX_ASK);
    let renewed = 0;
    for (let step = 0; step < 1000; step++) {
      world.step();
      for (let i = 0; i < 40; i++) {
        const [score, countdown, tokens] = client.obs.subarray(i * client.obsSize);
        if (client.obs[i * client.obsSize + 6] === 1) {
          renewed++;
          expect([score, countdown, tokens]).toEqual([0, 0, 1]);
        }
      }
      for (let j = 0; j < 40; j++) if (bot.obs[j * bot.obsSize] === 0) renewed++;
    }
    expect(Math.abs(renewed / 80_000 - 1 / 16)).toBeLessThan(3 * Math.sqrt(15 / 256 / 80_000));
  });

  it("gives both arms the same clients", () => {
    const demands = [constant(0), random, scripts.attacks["hug-pulse"].roles.bot].map((bot) => {
      const { counters, names } = evaluate(env, {
        params: { gateways: 2 },
        policies: { ...scripts.defaults, bot },
        episodes: 8,
        seed: 5,
        split: ["arms"],
      });
      return counters.filter((_, n) => n % names.length === names.indexOf("demand")).join();
    });
    expect(new Set(demands).size).toBe(1);
  });

  it("pays bots an affine function of the security counters", () => {
    const { counters, names, returns, roles } = evaluate(env, {
      policies: { ...scripts.defaults, bot: random },
      episodes: 8,
      seed: 1,
      split: ["affine"],
    });
    const at = (e: number, name: (typeof names)[number]) => counters[e * names.length + names.indexOf(name)];
    for (let e = 0; e < 8; e++) {
      const expected = (at(e, "demand") - at(e, "goodput")) / (at(e, "undefended") / 128);
      expect(returns[e * roles.length + roles.indexOf("bot")]).toBeCloseTo(expected, 9);
      expect(returns[e * roles.length + roles.indexOf("gateway")]).toBeCloseTo(-expected, 9);
    }
  });

  it("works with 500 clients and 500 bots, and refuses more", () => {
    const big = { clients: 500, bots: 500, capacity: 1000, steps: 32, gateways: 8 };
    const [{ security }] = measure(big, ["spread"], "default", { episodes: 2 });
    expect(security).toBeGreaterThan(0);
    expect(security).toBeLessThan(0.5);
    expect(() => vector(env, 1, { bots: 501 })).toThrow(/bots/);
    expect(() => vector(env, 1, { tolerance: Number.NaN })).toThrow(/tolerance/);
  });
});

describe("the frontier", () => {
  const lone: readonly Attack[] = ["flood", "hug", "hug-pulse", "slow-pulse", "wary-pulse"];
  const worst = (params: Partial<Params>) =>
    measure(params, lone, "default", { episodes: 32 }).reduce((a, b) => (b.security < a.security ? b : a));

  it.each([
    ["tolerance", [8, 2.5, 2, 1.6, 1.2, 0]],
    ["rate", [8, 2, 1.5, 1, 0.5, 0]],
  ] as const)("of %s is real: open ends, and points above the line between", (knob, levels) => {
    const points = levels.map((level) => worst({ tolerance: 8, [knob]: level }));
    const [off, ...between] = points;
    const lockdown = between.pop();
    expect(off.utility).toBeGreaterThan(0.9);
    expect(off.security).toBeLessThan(0.2);
    expect(lockdown?.utility).toBeLessThan(0.2);
    expect(lockdown?.security).toBeGreaterThan(0.95);
    const onFront = nonDominated(points.map(({ utility, security }) => [utility, security]));
    const above = points.filter(({ utility, security }, i) => onFront[i] && utility + security > 1.1);
    expect(above.length).toBeGreaterThanOrEqual(3);
  });
});

describe("attacks and defences", () => {
  const every = Object.keys(scripts.attacks) as Attack[];

  it("reproduce what a score does: floods are harmless, pulses below the tolerance are not", () => {
    const [pulsed, flooded] = measure({ tolerance: 1.6 }, ["hug-pulse", "flood"], "default", { episodes: 128 });
    expect(Math.abs(pulsed.utility - 0.73)).toBeLessThan(0.02);
    expect(Math.abs(pulsed.kept - 0.54)).toBeLessThan(0.02);
    expect(flooded.kept).toBeGreaterThan(0.985);
    for (const [gateways, expected] of [
      [1, 0.42],
      [2, 0.24],
      [4, 0.13],
    ]) {
      const [spread, focus] = measure({ gateways }, ["spread", "focus"]);
      const least = Math.min(spread.kept, focus.kept);
      expect(Math.abs(least - expected), `g = ${gateways}: ${least}`).toBeLessThan(0.02);
    }
  });

  it("at the middle tolerance, pulses beat flood, random and none clearly", () => {
    const [best, ...others] = measure({}, ["hug-pulse", "none", "random", "flood"]);
    for (const { kept } of others) expect(best.kept).toBeLessThan(kept - 0.4);
  });

  // Against each of these, one attack is the most harmful of all scripts, and another is beaten: it leaves much more.
  it.each([
    [{ tolerance: 8 }, "default", "flood", "slow-pulse"],
    [{ tolerance: 3.2 }, "default", "hug", "flood"],
    [{ tolerance: 2 }, "default", "hug-pulse", "wary-pulse"],
    [{ tolerance: 1.2 }, "default", "slow-pulse", "hug"],
    [{ tolerance: 3.2 }, "surge", "wary-hug-pulse", "hug-pulse"],
    [{ tolerance: 3.2 }, "latch", "half-pulse", "wary-pulse"],
    [{ tolerance: 2, gateways: 4 }, "default", "spread", "focus"],
    [{ tolerance: 1.2, gateways: 2 }, "default", "focus", "spread"],
  ] as const)("with %o and defence %s, %s is best and %s is beaten", (params, defence, best, beaten) => {
    const kept = new Map(measure(params, every, defence, { episodes: 32 }).map((one, i) => [every[i], one.kept]));
    const least = kept.get(best) ?? Number.NaN;
    expect(Math.min(...kept.values())).toBe(least);
    expect(kept.get(beaten)).toBeGreaterThan(least + 0.08);
  });

  it("a swarm that probes finds the tolerance in force, whether it is halved or raised", () => {
    const [probing, plain] = measure({ tolerance: 2.5 }, ["probe", "slow-pulse"], "latch", { episodes: 32 });
    expect(probing.kept).toBeLessThan(plain.kept - 0.15);
    const lax = { scripts, params: { tolerance: 1.2 }, defence: { gateway: constant(LENIENCY.indexOf(1.5)) } } as const;
    const [scouting, hugging] = (["scouts", "hug-pulse"] as const).map((attack) =>
      score(env, { ...lax, attack, episodes: 32 }),
    );
    expect(scouting.attacked.security).toBeLessThan(hugging.attacked.security - 0.05);
  });

  it.each([32, 31, 0])(
    "odd-pulse meets a gateway that reads the clock where it is lenient, after %i steps of warm-up",
    (warmUp) => {
      const gateway: PolicyFor<typeof env, "gateway"> = ({ at }) =>
        perRow((obs, from) => (obs[from + at.clock] > 0 ? AS_IS : LENIENCY.indexOf(0.75)));
      const left = (attack: Attack) =>
        score(env, { scripts, params: { tolerance: 2.5, warmUp }, defence: { gateway }, attack, episodes: 32 }).attacked
          .security;
      const others = every.filter((attack) => attack !== "odd-pulse").map(left);
      expect(left("odd-pulse")).toBeLessThan(Math.min(...others) - 0.08);
    },
  );

  it("rounds that the evidence searches are the pulses they should be, and bolder at the end", () => {
    const pulse = { reach0: 1, reach1: 0, reach2: 1, reach3: 0, start: 0, last: 0, bold: 0 };
    const late = { ...pulse, reach0: 0, reach1: 0.83, reach2: 0, reach3: 0.83, start: 30 };
    const bots = [pulse, late, { ...late, last: 4, bold: 1 }].map((set) => rounds.roles(set).bot);
    const [plain, odd, ...same] = measure({}, ["hug-pulse", "odd-pulse", ...bots], "default", { episodes: 16 });
    expect(same.slice(0, 2)).toEqual([plain, odd]);
    expect(same[2].kept).toBeLessThan(odd.kept);
  });

  it("swarms that start late ask nothing before, and then at once", () => {
    const { world, bot } = driven({ tolerance: 2, bots: 1 });
    const policy = swarm(() => ({ period: 3, stagger: 0, rotate: false, start: 4 }))({
      params: world.params,
      at: offsetsOf(bot.spec.observation),
    } as Parameters<ReturnType<typeof swarm>>[0]);
    const state = new Float32Array(2);
    const visits: number[] = [];
    for (let step = 0; step < 12; step++) {
      policy.act({ ...bot, rows: 1, rngs: [new Rng(1)], agreed: () => 0, state });
      if (bot.actions[0] > 0) visits.push(step);
      world.step();
    }
    expect(visits).toEqual([4, 7, 10]);
  });

  it("swarms ask nothing while an identity waits that they have just got, and then at once", () => {
    for (const wait of [0, 3]) {
      const { world, bot } = driven({ tolerance: 2, bots: 1, turnover: 1 / 16, wait, capacity: 1000 });
      const policy = swarm(() => ({ period: 1, stagger: 0, rotate: false }))({
        params: world.params,
        at: offsetsOf(bot.spec.observation),
      } as Parameters<ReturnType<typeof swarm>>[0]);
      const state = new Float32Array(2);
      const pauses: number[] = [];
      for (let step = 0, waited = 0; step < 120; step++) {
        policy.act({ ...bot, rows: 1, rngs: [new Rng(1)], agreed: () => 0, state });
        if (bot.actions[0] === 0) waited++;
        else {
          if (bot.obs[0] === 0 && step > 0) pauses.push(waited);
          waited = 0;
        }
        world.step();
      }
      expect(pauses.length).toBeGreaterThan(2);
      expect(new Set(pauses)).toEqual(new Set([wait]));
    }
  });

  it("take turns: random crackdowns hold every pulse, at a price that all clients pay", () => {
    const [plain] = measure({}, ["hug-pulse"]);
    const [firm] = measure({}, ["wary-pulse"], "crackdown");
    expect(firm.security).toBeGreaterThan(plain.security + 0.3);
    expect(firm.utility).toBeLessThan(plain.utility - 0.15);
    expect(search({}, 4, "crackdown")[0].kept).toBeGreaterThan(0.7);
  });
});
