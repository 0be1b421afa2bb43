import { describe, expect, it } from "vitest";
import { bestPlan } from "../../envs/pricing-cartel/dodge.ts";
import pricingCartel, { type PricingCartel } from "../../envs/pricing-cartel/env.ts";
import { market, symmetricProfit, weightOf } from "../../envs/pricing-cartel/market.ts";
import {
  cartelPrice,
  finedGame,
  type Game,
  gridNash,
  honestPrice,
  pricingGame,
  RAID,
  REST,
  sustainable,
  WATCH,
} from "../../envs/pricing-cartel/model.ts";
import scripted, { hush } from "../../envs/pricing-cartel/policies.ts";
import { worstAgainstRaids } from "../../envs/pricing-cartel/reactive-theory.ts";
import {
  CALVANO,
  deviate,
  HASTY,
  type Learning,
  learn,
  limitCycle,
  outcome,
} from "../../envs/pricing-cartel/sessions.ts";
import {
  bestResponse,
  criticalDiscount,
  deviation,
  profitGain,
  reference,
  worstCompetition,
} from "../../envs/pricing-cartel/theory.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { type PolicyFactory, perRow, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { mean, nonDominated, standardDeviation, standardError } from "../../src/stats/index.ts";

type Given = Partial<PricingCartel>;
type Factory = PolicyFactory;
const env: Environment = pricingCartel;
const settings = (given: Given = {}): PricingCartel => pricingCartel.params.parse(given);
const { none, ...attacks } = scripted.attacks;
const watch: Factory = scripted.defaults.regulator;
const defences: Record<string, Factory> = { watch };
for (const [name, { roles }] of Object.entries(scripted.defences)) defences[name] = roles.regulator;

function play(params: Given, seller: Factory, regulator = watch, episodes = 64) {
  const policies: Record<string, Factory> = { seller, regulator };
  return evaluate(env, { params, policies, episodes, seed: 1, split: ["test"] });
}
const cleanArms = new Map<string, Record<string, number>>();
/** Utility and security of one attack. */
function score(params: Given, seller: Factory, regulator = watch, episodes = 24): Record<string, number> {
  const name = JSON.stringify([params, episodes, Object.values(defences).indexOf(regulator)]);
  const clean = cleanArms.get(name) ?? sumCounters(play(params, none.roles.seller, regulator, episodes));
  cleanArms.set(name, clean);
  return metricsOf(
    env,
    seller === none.roles.seller ? clean : sumCounters(play(params, seller, regulator, episodes)),
    clean,
  );
}
const column = ({ names, counters }: ReturnType<typeof play>, name: string) =>
  Array.from({ length: counters.length / names.length }, (_, e) => counters[e * names.length + names.indexOf(name)]);

describe("the market", () => {
  const two = market(2, 15);
  it("has the known prices, profits and critical discount factor", () => {
    expect(two.nashPrice).toBeCloseTo(1.4729, 4);
    expect(two.monopolyPrice).toBeCloseTo(1.925, 4);
    expect(two.nashProfit).toBeCloseTo(0.2229, 4);
    expect(two.monopolyProfit).toBeCloseTo(0.3375, 4);
    expect(deviation(two).profit).toBeCloseTo(0.4117, 4);
    expect(criticalDiscount(two)).toBeCloseTo(0.3931, 4);
    const game = finedGame(settings({ auditRate: 0 }));
    const nash = gridNash(game);
    expect(nash.map((k) => two.grid[k].toFixed(4))).toEqual(["1.4665", "1.5052"]);
    expect(Math.max(...nash.map((k) => profitGain(two, game.profit(k, k))))).toBeLessThan(0.12);
  });
  it.each([2, 3, 4])("is at rest at Nash and at its joint maximum at monopoly, for %i sellers", (sellers) => {
    const { nashPrice, nashProfit, monopolyPrice, monopolyProfit } = market(sellers, 15);
    const alone = (p: number) => ((p - 1) * weightOf(p)) / (weightOf(p) + (sellers - 1) * weightOf(nashPrice) + 1);
    expect(alone(nashPrice)).toBeCloseTo(nashProfit, 14);
    for (const step of [-1e-3, 1e-3]) {
      expect(alone(nashPrice + step)).toBeLessThan(nashProfit);
      expect(symmetricProfit(monopolyPrice + step, sellers)).toBeLessThan(monopolyProfit);
    }
  });
  it("lets patience, and fines, decide which cartels last", () => {
    const free = settings({ auditRate: 0 });
    expect(market(2, 15).grid[cartelPrice(free, "harm")]).toBeCloseTo(1.9314, 4);
    const critical = criticalDiscount(market(2, 15));
    expect(sustainable(finedGame(free), 13, critical + 0.02)).toBe(true);
    expect(sustainable(finedGame(free), 13, critical - 0.02)).toBe(false);
    expect(cartelPrice({ ...free, patience: 0 }, "harm")).toBe(Math.max(...gridNash(finedGame(free))));
    // Fines that nobody escapes deter nobody.
    expect(reference(settings({ auditRate: 0.5, strictness: 0.5 })).competition).toBe(1);
    expect(reference(settings({ auditRate: 0.5, strictness: -1 })).competition).toBeLessThan(0.01);
  });

  // Two joint prices are enough where there is one constraint: all pairs, and a fine grid of their shares, are tried.
  it.each([
    { auditRate: 0.375, strictness: 1 },
    { auditRate: 0.5, strictness: 2 },
    { auditRate: 0.5, strictness: 1 },
    { auditRate: 0.5, strictness: 1.5, oversight: "pooled" as const },
    { auditRate: 0.75, strictness: 2, sellers: 3, prices: 5 },
  ])("bounds what any cartel does, %o", (given) => {
    const rules = settings(given);
    const { joint, sellers, profits, fines, market } = pricingGame(rules);
    const game = finedGame(rules);
    const honest = game.net(honestPrice(game), honestPrice(game));
    const perSeller = (values: Float64Array) =>
      Array.from({ length: joint }, (_, a) => mean(values.subarray(a * sellers, (a + 1) * sellers)));
    const profit = perSeller(profits);
    const surplus = perSeller(fines).map((fine, a) => profit[a] - fine - honest);
    let most = 0;
    for (let a = 0; a < joint; a++) {
      for (let b = 0; b <= a; b++) {
        // Piecewise linear in the share: the best is at an end, or where what is kept is just enough.
        const even = surplus[a] / (surplus[a] - surplus[b]);
        for (const share of [0, 1, even > 0 && even < 1 ? even : 0]) {
          const kept = (1 - share) * surplus[a] + share * surplus[b];
          most = Math.max(most, (1 - share) * profit[a] + share * profit[b] - 5 * Math.max(0, -kept));
        }
      }
    }
    const bound = worstCompetition(rules);
    expect(bound).toBeCloseTo(1 - Math.min(1, Math.max(0, profitGain(market, most))), 9);
    // One common price is one of the mixtures.
    expect(bound).toBeLessThanOrEqual(reference(rules).competition + 1e-9);
  });
});

describe("play", () => {
  const cases: Given[] = [
    {},
    { auditRate: 0.5, strictness: 2 },
    { oversight: "pooled", strictness: 0.5 },
    { oversight: "regional", sellers: 3, auditRate: 0.1 },
    { sellers: 4, strictness: 0 },
  ];
  it.each(cases)("agrees with the theory within three standard errors: %o", (given) => {
    const params = settings(given);
    const game = finedGame(params);
    const prices = { none: honestPrice(game), grim: cartelPrice(params, "harm"), shade: cartelPrice(params, "net") };
    for (const [name, price] of Object.entries(prices)) {
      const played = play(given, scripted.attacks[name as keyof typeof prices].roles.seller, watch, 128);
      const rounds = params.periods * params.sellers;
      expect(mean(column(played, "profit"))).toBeCloseTo(game.profit(price, price) * rounds, 9);
      // A grim trigger's first period may meet random first prices, but is played at its own.
      expect(mean(column(played, "fines"))).toBeCloseTo(game.fine(price, price) * rounds, 9);
      const audits = column(played, "audits");
      expect(Math.abs(mean(audits) - params.auditRate * rounds)).toBeLessThan(3 * standardError(audits));
    }
    const { utility, competition } = score(given, scripted.attacks.grim.roles.seller, watch, 128);
    const theory = reference(params);
    expect(Math.abs(utility - theory.utility)).toBeLessThan(0.02);
    expect(competition).toBeCloseTo(theory.competition, 9);
  });

  it("pays profit less fines in units of monopoly profit, and shows sellers their own price first", () => {
    const params = { sellers: 3, auditRate: 1, noise: 0.001, strictness: 1 } as const;
    const { nashPrice, grid, margin, weight, monopolyProfit } = market(3, 15);
    const world = parallel(pricingCartel, params);
    world.reset({ seed: 1 });
    const asked = [0, 7, 14];
    const [observations, rewards] = world.step({ seller_0: 0, seller_1: 7, seller_2: 14, regulator_0: WATCH });
    const weights = asked.reduce((sum, k) => sum + weight[k], 1);
    for (const [i, k] of asked.entries()) {
      const fined = grid[k] > nashPrice + 0.1 ? 1 : 0;
      const seller = `seller_${i}` as "seller_0";
      expect(rewards[seller]).toBeCloseTo((margin[k] / weights - 0.4 * fined) / monopolyProfit, 12);
      const seen = [0, 1, 2].map((j) => asked[(i + j) % 3] / 14);
      expect([...observations[seller]]).toEqual([...seen, fined, 0.5]);
    }
    expect(observations.regulator_0[0]).toBe(1);
    expect(observations.regulator_0[3]).toBeCloseTo(0, 1);
    expect(observations.regulator_0[5]).toBeCloseTo(1, 1);
  });

  it("shows all sellers the same random first prices", () => {
    const world = vector(env, 32, { sellers: 3 }, 4, {});
    world.reset();
    const { obs } = world.roles.seller;
    const first = new Set<number>();
    for (let copy = 0; copy < 32; copy++) {
      const row = (i: number) => Array.from(obs.subarray((copy * 3 + i) * 5, (copy * 3 + i) * 5 + 3));
      const [a, b, c] = row(0);
      expect(row(1)).toEqual([b, c, a]);
      expect(row(2)).toEqual([c, a, b]);
      first.add(a);
    }
    expect(first.size).toBeGreaterThan(8);
  });

  it("gives every region its own regulator", () => {
    const world = vector(env, 8, { oversight: "regional", auditRate: 0.5, strictness: -1 }, 1, {});
    world.reset();
    const { seller, regulator } = world.roles;
    for (let t = 0; t < 20; t++) {
      seller.actions.fill(14);
      for (let row = 0; row < 16; row++) regulator.actions[row] = row % 2 === 0 ? REST : RAID;
      world.step();
      for (let row = 0; row < 16; row++) {
        expect(seller.obs[row * 4 + 2]).toBe(row % 2); // fined
        expect(regulator.obs[row * 4]).toBe(row % 2); // read
      }
    }
  });

  it("takes from a cartel's harm five times what it keeps less than honest sellers, without a step", () => {
    const free = { periods: 10, profit: 3.4, fines: 0, audits: 0, nash: 2.2, gap: 1.2, honest: 2.2 };
    const clean = { ...free, profit: 2.2 };
    expect(metricsOf(env, free, clean)).toEqual({ utility: 1, competition: expect.closeTo(0, 12) });
    expect(metricsOf(env, { ...free, fines: 1.2 }, clean).competition).toBeCloseTo(0, 12);
    expect(metricsOf(env, { ...free, fines: 1.2 + 0.024 }, clean).competition).toBeCloseTo(0.1, 12);
    expect(metricsOf(env, { ...free, fines: 1.5 }, clean).competition).toBe(1);
    expect(metricsOf(env, { ...free, profit: 2.8 }, clean).competition).toBeCloseTo(0.5, 12);
    // At break-even (ρ = .36, z = 1) the old definition was decided by the luck of few audits.
    const seeds = Array.from({ length: 10 }, (_, seed) => {
      const params = { auditRate: 0.36 };
      const by = (seller: Factory) =>
        sumCounters(
          evaluate(env, { params, policies: { seller, regulator: watch }, episodes: 4, seed, split: ["test"] }),
        );
      return metricsOf(env, by(attacks.monopoly.roles.seller), by(none.roles.seller)).competition;
    });
    expect(standardDeviation(seeds)).toBeLessThan(1e-9);
  });
});

describe("the frontier", () => {
  /** Utility in the clean arm, and security under the worst script. */
  const point = (params: Given): [number, number] => {
    const scores = Object.values({ ...attacks, random: { roles: { seller: random as Factory } } });
    const security = Math.min(...scores.map(({ roles }) => score(params, roles.seller).competition));
    return [score(params, none.roles.seller).utility, security];
  };
  it("runs from harmless to safe, above what chance buys", () => {
    expect(point({ auditRate: 0 })).toEqual([1, expect.closeTo(0, 3)]);
    const lockdown = point({ auditRate: 1, strictness: 0 });
    expect(lockdown[0]).toBeLessThan(0.1);
    expect(lockdown[1]).toBeGreaterThan(0.95);
    const middle = [1, 1.5, 2].map((strictness) => point({ auditRate: 0.5, strictness }));
    for (const [utility, security] of middle) expect(utility + security).toBeGreaterThan(1.05);
    expect(nonDominated(middle)).toHaveLength(3);
  });
  it("is no further from the worst cartel than a mixture's rounding, and never below it", () => {
    for (const given of [
      ...[0.25, 0.375, 0.5, 0.75].flatMap((auditRate) =>
        [1, 1.5, 2].map((strictness): Given => ({ auditRate, strictness })),
      ),
      { auditRate: 0.5, strictness: 1, oversight: "pooled" },
      { auditRate: 0.5, strictness: 2, sellers: 3 },
    ] satisfies Given[]) {
      const bound = bestResponse(settings(given)).competition;
      const found = score(given, attacks.mix.roles.seller, watch, 8).competition;
      expect(found).toBeLessThan(bound + 0.015);
      expect(found).toBeGreaterThan(bound - 1e-9);
      for (const { roles } of Object.values(attacks)) {
        expect(score(given, roles.seller, watch, 8).competition).toBeGreaterThan(bound - 1e-9);
      }
    }
  }, 180_000);
  it("scores regulators who rest against cartels that wait", () => {
    const turns: Factory = () => perRow((_obs, _from, row, { state }) => (state[row]++ % 2 === 0 ? RAID : REST), 1);
    const params = { auditRate: 0.5, strictness: 2 };
    for (const name of ["monopoly", "grim", "shade"] as const) {
      expect(score(params, attacks[name].roles.seller, turns, 8).competition).toBeGreaterThan(0.4);
    }
    expect(score(params, attacks.mix.roles.seller, turns, 8).competition).toBeLessThan(0.2);
    for (const name of ["mix", "sleeper"] as const) {
      expect(score(params, attacks[name].roles.seller, defences.asleep, 8).competition).toBeLessThan(0.02);
    }
  });
  it("keeps every script above what sellers could do who saw the raiding regulator's alarms", () => {
    const given = { auditRate: 0.3, strictness: 2, prices: 7, periods: 20 };
    const bound = worstAgainstRaids(settings(given), 20);
    const found = Object.values(attacks).map(
      ({ roles }) => score(given, roles.seller, defences.escalate, 400).competition,
    );
    expect(Math.min(...found)).toBeGreaterThan(bound - 0.01);
    expect(Math.min(...found)).toBeLessThan(bound + 0.25);
  });
  it("lets every attack beat a defence, and every attack be beaten by one", () => {
    const { sleeper: _, finale: __, encore: ___, hush: ____, ...awake } = attacks;
    for (const [_name, { roles }] of Object.entries(awake)) {
      const security = Object.fromEntries(
        Object.entries(defences).map(([defence, by]) => [
          defence,
          score({ auditRate: 0.2 }, roles.seller, by).competition,
        ]),
      );
      expect(security.watch).toBeLessThan(0.9);
      expect(security.asleep).toBeLessThan(0.9);
      expect(Math.max(security.raid, security.escalate)).toBeGreaterThan(0.4);
    }
    // Escalation stops the greedy cartel and costs honest sellers less than raiding; it misses who stoops when raided.
    const params = { auditRate: 0.3, strictness: 2 };
    expect(score(params, attacks.grim.roles.seller, defences.escalate).competition).toBe(1);
    expect(score(params, attacks.dodge.roles.seller, defences.escalate).competition).toBeLessThan(0.4);
    const cost = (by: Factory) => score(params, none.roles.seller, by).utility;
    expect(cost(defences.escalate) - cost(defences.raid)).toBeGreaterThan(0.1);
  });
  it("does not flatter a regulator who adds readings up: whoever waits for the end meets no raid in time", () => {
    const params = { auditRate: 0.5, strictness: 0.5 };
    const left = (name: keyof typeof attacks) =>
      score(params, attacks[name].roles.seller, defences.patrol, 64).competition;
    for (const name of ["monopoly", "grim", "shade", "mix", "sleeper"] as const)
      expect(left(name), name).toBeGreaterThan(0.98);
    expect(left("finale")).toBeLessThan(0.82);
    // It costs honest sellers less than watching always.
    const cost = (by: Factory) => score(params, none.roles.seller, by).utility;
    expect(cost(defences.patrol)).toBeGreaterThan(cost(watch) + 0.2);
  });
  it("counts its own fines against a regulator who adds readings up, and begins early", () => {
    const left = (seller: Factory) =>
      score({ auditRate: 0.5, strictness: 1 }, seller, defences.patrol, 256).competition;
    const found = left(attacks.hush.roles.seller);
    expect(found).toBeLessThan(0.44);
    const blind = (raided: number) => left(hush(0.65, { before: 3, less: 0, fines: 1000, raided }) as Factory);
    expect(blind(14)).toBeGreaterThan(found + 0.03);
    // Where fines bite less, a step below the monopoly's price pays whatever comes.
    expect(
      score({ auditRate: 0.4, strictness: 0.75 }, attacks.nearly.roles.seller, defences.patrol, 256).competition,
    ).toBeLessThan(0.02);
  });
  it("goes to the monopoly's price when raids come too late", () => {
    const against = { auditRate: 0.25, strictness: 1 };
    const left = (seller: Factory) => score(against, seller, defences.escalate, 256).competition;
    const found = left(attacks.dodge.roles.seller);
    expect(found).toBeLessThan(0.5);
    const { watched, raided, parting } = bestPlan(settings(against));
    expect(parting).toBeGreaterThan(0);
    const endless: typeof attacks.dodge.roles.seller = ({ at }) =>
      perRow((obs, from) => (obs[from + at.regime] === 1 ? raided : watched));
    expect(left(endless as Factory)).toBeGreaterThan(found + 0.03);
  });
  it("flatters a regulator who is judged by learners alone", () => {
    expect(score({}, attacks.learners.roles.seller).competition).toBe(1);
    expect(score({}, attacks.grim.roles.seller).competition).toBeLessThan(0.001);
  });
});

describe("tabular Q-learning", () => {
  const game = pricingGame(settings({ auditRate: 0 }));
  const train = (learning: Learning, count: number, on: Game = game) =>
    Array.from({ length: count }, (_, i) => learn(on, learning, new Rng(2, "test", i)));
  const gains = (sessions: ReturnType<typeof train>) =>
    sessions.map((session) => profitGain(game.market, outcome(game, session).profit));
  const sessions = train(HASTY, 16);

  it("equals a plain implementation, choice by choice", () => {
    const fined = pricingGame(settings({ prices: 5, sellers: 3 }));
    for (const [on, memory] of [
      [game, 1],
      [game, 0],
      [fined, 1],
    ] as const) {
      const learning: Learning = { ...CALVANO, memory, decay: 1e-4, limit: 20_000 };
      const session = learn(on, learning, new Rng(3));
      expect(plainly(on, learning, new Rng(3))).toEqual(session.strategies.map((table) => [...table]));
    }
  });

  it("learns to collude: hasty sessions have the recorded profit gain", () => {
    const found = gains(sessions);
    expect(sessions.every(({ converged }) => converged)).toBe(true);
    expect(Math.abs(mean(found) - HASTY_GAIN)).toBeLessThan(3 * standardError(found));
    expect(standardDeviation(found)).toBeLessThan(0.15);
  });

  it("punishes a deviation and forgives it", () => {
    const tests = sessions.map((session) => deviate(game, session, 0.95, 30));
    const change = (name: "rivals" | "deviator", t: number) =>
      tests.map((x) => x[name][t] - (name === "rivals" ? x.calmRivals : x.calmDeviator)[t]);
    expect(mean(change("rivals", 1))).toBe(0);
    expect(mean(change("deviator", 1))).toBeLessThan(-0.05);
    expect(mean(change("rivals", 2)) + 3 * standardError(change("rivals", 2))).toBeLessThan(0);
    // Strategies may return to their cycle in another phase: ten periods are averaged.
    const late = Array.from({ length: 10 }, (_, t) => mean(change("rivals", 20 + t)));
    expect(Math.abs(mean(late))).toBeLessThan(-mean(change("rivals", 2)) / 3);
    expect(tests.filter(({ gain }) => gain > 1e-9).length).toBeLessThan(6);
  });

  it("earns more without memory, where nothing can be punished: Δ alone shows no collusion", () => {
    const blind = train({ ...HASTY, memory: 0 }, 8);
    expect(mean(gains(blind))).toBeGreaterThan(mean(gains(sessions)));
    for (const session of blind) {
      const test = deviate(game, session, 0.95, 10);
      expect([...test.rivals]).toEqual([...test.calmRivals]);
      expect(test.gain).toBeGreaterThan(0);
    }
  });

  it("earns less without patience", () => {
    const impatient = gains(train({ ...HASTY, patience: 0 }, 8));
    expect(mean(impatient) + 3 * standardError(impatient)).toBeLessThan(mean(gains(sessions)));
  });

  it("ends in a cycle of its own strategies", () => {
    for (const session of sessions) {
      const cycle = limitCycle(game, session);
      for (const [t, s] of cycle.entries()) {
        const next = session.strategies[0][s] + 15 * session.strategies[1][s];
        expect(next).toBe(cycle[(t + 1) % cycle.length]);
      }
    }
  });
});

/** Δ of `HASTY` over 100 sessions, ± .008: section `hasty` of envs/pricing-cartel/facts.ts. */
const HASTY_GAIN = 0.742;

/** The same learning with nothing cached: every greedy price is searched when it is needed. */
function plainly(game: Game, settings: Learning, rng: Rng): number[][] {
  const { sellers, prices, joint, profits, fines } = game;
  const states = settings.memory === 1 ? joint : 1;
  const start = Array.from({ length: prices }, (_, a) => {
    const all = Array.from({ length: joint }, (_, s) => s).filter((s) => s % prices === a);
    const sum = all.reduce((sum, s) => sum + (profits[s * sellers] - fines[s * sellers]), 0);
    return sum / all.length / (1 - settings.patience);
  });
  const q = Array.from({ length: sellers }, () => Array.from({ length: states }, () => [...start]));
  const best = (row: number[]) => row.indexOf(Math.max(...row));
  const fade = 1 - settings.decay + settings.decay ** 2 / 2 - settings.decay ** 3 / 6 + settings.decay ** 4 / 24;
  let epsilon = 1;
  let state = rng.int(0, joint) * settings.memory;
  for (let t = 0; t < settings.limit; t++) {
    const asked = q.map((table) => (rng.float32() < epsilon ? Math.floor(rng.float32() * prices) : best(table[state])));
    const played = asked.reduce((sum, a, i) => sum + a * prices ** i, 0);
    const next = played * settings.memory;
    for (const [i, table] of q.entries()) {
      const payoff = profits[played * sellers + i] - fines[played * sellers + i];
      const target = payoff + settings.patience * Math.max(...table[next]);
      table[state][asked[i]] += settings.rate * (target - table[state][asked[i]]);
    }
    state = next;
    epsilon *= fade;
  }
  return q.map((table) => table.map(best));
}
