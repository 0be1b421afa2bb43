import { describe, expect, it } from "vitest";
import market from "../../envs/whitewash-market/env.ts";
import { memory } from "../../envs/whitewash-market/memory.ts";
import { conviction, meeting, probationTrades, survival, trust } from "../../envs/whitewash-market/model.ts";
import type { Market } from "../../envs/whitewash-market/params.ts";
import policies, { burn, variants } from "../../envs/whitewash-market/policies.ts";
import { program } from "../../envs/whitewash-market/program.ts";
import { bestResponse, feesPaid, reference, solventShare, worth } from "../../envs/whitewash-market/theory.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { resolveParams } from "../../src/env/params.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { constant, type PolicyFactory, perRow, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { nonDominated } from "../../src/stats/index.ts";

type Given = Partial<Market>;
type Factory = PolicyFactory;
type Attack = keyof typeof policies.attacks;
const env: Environment = market;
const settings = (given: Given = {}): Market => market.params.parse(given);
const attack = (name: Attack): Factory => policies.attacks[name].roles.cheat;
const door = (name: keyof typeof policies.defences): Factory => policies.defences[name].roles.registrar;
const { trader, registrar: open } = policies.defaults;
const [CHEAT, LEAVE, STAND] = [1, 2, 3];

function play(
  given: Given,
  cheat: Factory,
  { registrar = open, episodes = 128, seed = 1 }: { registrar?: Factory; episodes?: number; seed?: number } = {},
) {
  const seats: Record<string, Factory> = { trader, cheat, registrar };
  return evaluate(env, { params: given, policies: seats, episodes, seed, split: ["test"] });
}
type Played = ReturnType<typeof play>;

function metrics(given: Given, cheat: Factory, more: { registrar?: Factory; episodes?: number } = {}) {
  const sums = sumCounters(play(given, cheat, more));
  return metricsOf(env, sums, sums) as Record<"utility" | "security" | "peace", number>;
}

/** Σ over/Σ under over episodes, `less` being taken off, and its standard error by the delta method. */
function ratioOf({ names, counters }: Played, over: string, under: string, less = "") {
  const width = names.length;
  const episodes = counters.length / width;
  const at = (e: number, name: string) => (name === "" ? 0 : counters[e * width + names.indexOf(name)]);
  const rows = Array.from({ length: episodes }, (_, e) => [at(e, over) - at(e, less), at(e, under)]);
  const [a, b] = rows.reduce(([x, y], [over, under]) => [x + over, y + under], [0, 0]);
  const ratio = a / b;
  const squares = rows.reduce((sum, [over, under]) => sum + (over - ratio * under) ** 2, 0);
  return { ratio, error: Math.sqrt((squares * episodes) / (episodes - 1)) / b };
}

function expectWithin3(found: { ratio: number; error: number }, truth: number, what: string): void {
  const { ratio, error } = found;
  const said = `${what}: ${ratio} ± ${error}, theory ${truth}`;
  expect(Math.abs(ratio - truth), said).toBeLessThanOrEqual(3 * error + 1e-12);
}

/** D of the levels that facts are stated at, as π. */
const levels = [
  [0.1, 0.003, 0.9731, 0.3269, 1],
  [0.3, 0.001, 0.946, 0.5083, 2],
  [0.3, 0.01, 0.9045, 0.715, 3],
  [0.5, 0.003, 0.8752, 0.7957, 4],
  [0.5, 0.01, 0.8166, 0.8586, 4],
  [0.5, 0.03, 0.675, 0.8979, 3],
  [0.7, 0.001, 0.784, 0.8504, 0],
  [0.7, 0.01, 0.654, 0.9205, 0],
  [0.8, 0.003, 0.6319, 0.9163, 0],
] as const;

describe("the laws", () => {
  it("complaints: a theft shifts the evidence by 2.5 deviations", () => {
    for (const [strictness, convicted] of [
      [0.001, 0.278],
      [0.003, 0.402],
      [0.01, 0.569],
      [0.03, 0.732],
      [0, 0],
      [1, 1],
    ])
      expect(conviction(strictness)).toBeCloseTo(convicted, 3);
  });

  it("probation and trust: from a twentieth to all in D trades", () => {
    expect([0, 0.1, 0.3, 0.5, 0.8].map((π) => Math.round(100 * probationTrades(π)) / 100)).toEqual([
      0, 1.11, 4.29, 10, 40,
    ]);
    expect([0, 5, 10, 99].map((r) => trust(r, 10))).toEqual([0.05, 0.525, 1, 1]);
    expect([trust(0, 0), trust(1e9, Number.POSITIVE_INFINITY)]).toEqual([1, 0.05]);
  });

  it.each(levels)(
    "π = %d, β = %d: utility %d, security %d against the best response, who burns from r = %d",
    (...row) => {
      const [probation, strictness, utility, security, from] = row;
      const p = settings({ probation, strictness });
      expect(Math.abs(worth(p) - utility)).toBeLessThan(6e-5);
      expect(Math.abs(bestResponse(p)!.security - security)).toBeLessThan(6e-5);
      expect(reference(p)).toEqual({ utility: worth(p), peace: worth(p), ...bestResponse(p) });
      const { plan } = program(p);
      expect(Array.from({ length: 60 }, (_, r) => plan(0, r, 0)).indexOf(true)).toBe(from);
    },
  );

  it("fees: utility 1 − κ(ν + β)(N − 1)/(H − 1), and the share of thefts that a solvent cheat can bear", () => {
    const at = (fee: number) => settings({ probation: 0, strictness: 0.01, fee });
    expect(1 - feesPaid(at(4))).toBeCloseTo(0.892, 3);
    const bounds = [3, 4, 6, 10].map((fee) => 1 - solventShare(at(fee)));
    [0.176, 0.447, 0.671, 0.823].forEach((bound, i) => {
      expect(Math.abs(bounds[i] - bound)).toBeLessThan(6e-4);
      // The first wallet and the last steps are worth about .01 to cheats, or cost them that.
      expect(Math.abs(bestResponse(at([3, 4, 6, 10][i]))!.security - bound)).toBeLessThan(0.025);
    });
    // It binds from κ = 1.5/τ = 2.6 on: below that whoever cheats always can pay.
    expect(solventShare(at(2))).toBe(1);
    expect(bestResponse(at(2))!.security).toBeLessThan(0.01);
    expect(bestResponse(settings({ fee: 4 }))).toBeNull();
    expect(bestResponse(settings({ mode: "gossip" }))).toBeNull();
    expect(bestResponse(settings({ dues: 0.5 }))).toBeNull();
  });
});

describe("the dynamic program", () => {
  it("is the best of all plans where there are few, met by hand", () => {
    // Three meetings, D = 1.11: cheat from the first, the second or the third trade on; every plan by enumeration.
    const p = settings({ traders: 8, cheats: 2, steps: 3, probation: 0.1, strictness: 0.01 });
    const D = probationTrades(0.1);
    const h = survival(p);
    const [m, τ, β] = [meeting(p), conviction(0.01), 0.01];
    const stake = (r: number) => {
      let sum = 0;
      for (let n = 0; n < 9; n++) sum += (n < 8 ? h ** n * (1 - h) : h ** n) * Math.min(trust(r, D), trust(n, D));
      return sum;
    };
    let most = 0;
    for (let code = 0; code < 2 ** 9; code++) {
      const cheats = (step: number, r: number) => ((code >> (3 * step + r)) & 1) === 1;
      const value = (step: number, r: number): number => {
        if (step === 3) return 0;
        const lost = cheats(step, r) ? τ : β;
        const met = (cheats(step, r) ? stake(r) : 0) + lost * value(step + 1, 0) + (1 - lost) * value(step + 1, r + 1);
        return m * met + (1 - m) * value(step + 1, r);
      };
      most = Math.max(most, value(0, 0));
    }
    expect(program(p).stolen).toBeCloseTo(most / (3 * m), 12);
  });

  it("with a fee it is the recursion over all histories of wallets", () => {
    const p = settings({ traders: 4, cheats: 2, steps: 6, probation: 0, strictness: 0.1, fee: 1.5 });
    const [m, τ, β] = [meeting(p), conviction(0.1), 0.1];
    const best = (step: number, wallet: number): number => {
      if (step === 6) return 0;
      const later = (gain: number, lost: number) =>
        lost * (wallet + gain >= 1.5 ? best(step + 1, wallet + gain - 1.5) : 0) +
        (1 - lost) * best(step + 1, wallet + gain);
      return m * Math.max(later(1, β), 1 + later(1.5, τ)) + (1 - m) * best(step + 1, wallet);
    };
    expect(program(p).stolen).toBeCloseTo(best(0, 2) / (6 * m), 12);
  });

  it("is no worse than any scripted attack, nor than 40 burns of random shape, at three levels", () => {
    const rng = new Rng(3, "burns");
    for (const [probation, strictness, , security] of [levels[1], levels[4], levels[7]]) {
      const given = { probation, strictness };
      const others = Object.keys(policies.attacks).map((name) => attack(name as Attack));
      for (let n = 0; n < 12; n++) others.push(burn({ from: rng.float() * 1.2 - 0.1, standing: rng.int(0, 4) }));
      for (const other of others) {
        const { ratio, error } = ratioOf(play(given, other, { episodes: 16, seed: 4 }), "stolen", "meetings");
        expect(1 - ratio).toBeGreaterThan(security - 3 * error - 0.002);
      }
    }
  });
});

describe("play agrees with theory within 3 standard errors", () => {
  it.each(levels)("π = %d, β = %d: utility, and security under the program", (probation, strictness) => {
    const given = { probation, strictness };
    const p = settings(given);
    const attacked = play(given, attack("program"), { episodes: 192, seed: 11 });
    expectWithin3(ratioOf(attacked, "stolen", "meetings"), 1 - bestResponse(p)!.security, "stolen");
    // Thefts leave traders' names alone: utility under attack is that in peace.
    expectWithin3(ratioOf(attacked, "value", "pairs"), 2 * worth(p), "utility, attacked");
    const clean = play(given, attack("none"), { episodes: 128, seed: 12 });
    expectWithin3(ratioOf(clean, "value", "pairs", "fees"), 2 * worth(p), "utility, clean");
  });

  it.each([2, 3, 4, 6, 10])("κ = %d, D = 0, β = .01: fees, and security under the program", (fee) => {
    const given = { probation: 0, strictness: 0.01, fee };
    const p = settings(given);
    const attacked = play(given, attack("program"), { episodes: 192, seed: 13 });
    expectWithin3(ratioOf(attacked, "stolen", "meetings"), 1 - bestResponse(p)!.security, "stolen");
    const clean = play(given, attack("none"), { episodes: 192, seed: 14 });
    expectWithin3(ratioOf(clean, "value", "pairs", "fees"), 2 * (1 - feesPaid(p)), "utility");
  });

  it("and with fees and probation together within .006: wallets then lie between the lattice's points", () => {
    for (const given of [
      { probation: 0.3, strictness: 0.003, fee: 4 },
      { probation: 0.5, strictness: 0.003, fee: 4 },
      { probation: 0.3, strictness: 0.01, fee: 2 },
    ])
      expect(Math.abs(metrics(given, attack("program")).security - (1 - program(settings(given)).stolen))).toBeLessThan(
        0.006,
      );
  });
});

describe("the frontier", () => {
  const worst = (given: Given, { registrar = open as Factory, episodes = 16 } = {}) =>
    Object.keys(policies.attacks)
      .filter((name) => name !== "none")
      .map((name) => ({ name, ...metrics(given, attack(name as Attack), { registrar, episodes }) }))
      .reduce((a, b) => (b.security < a.security ? b : a));

  it("lies above U + S = 1 between two poor ends, at eight non-dominated levels", () => {
    const off = worst({ probation: 0, strictness: 0 }, { episodes: 4 });
    expect(off.utility).toBe(1);
    expect(off.security).toBe(0);
    const lockdown = worst({ probation: 1, strictness: 1 }, { episodes: 4 });
    expect(lockdown.utility).toBeCloseTo(0.05, 12);
    expect(lockdown.security).toBeCloseTo(0.95, 12);
    const points = [0.1, 0.3, 0.5, 0.7].flatMap((probation) =>
      [0.003, 0.01].map((strictness) => {
        const p = settings({ probation, strictness });
        return [worth(p), bestResponse(p)!.security];
      }),
    );
    expect(nonDominated(points).every(Boolean)).toBe(true);
    for (const [utility, security] of points) expect(utility + security).toBeGreaterThan(1.29);
  });

  it("probation alone and expulsion alone are worth nothing: each needs the other", () => {
    const dues = bestResponse(settings({ strictness: 0 }))!.security;
    expect(dues).toBeCloseTo(0.082, 2);
    expect(worth(settings({ strictness: 0 }))).toBeCloseTo(0.902, 2);
    const expulsion = settings({ probation: 0, strictness: 0.1 });
    expect(bestResponse(expulsion)!.security).toBeCloseTo(0, 12);
    expect(worth(expulsion)).toBe(1);
  });

  it("dues beat fees at equal utility", () => {
    const fee = settings({ probation: 0, strictness: 0.01, fee: 4 });
    const dues = settings({ probation: 0.5, strictness: 0.001 });
    expect(Math.abs(worth(dues) - (1 - feesPaid(fee)))).toBeLessThan(0.01);
    expect(bestResponse(dues)!.security).toBeGreaterThan(bestResponse(fee)!.security + 0.2);
  });

  it("a door that freezes, or threatens to, buys no more than the dials do", () => {
    // Utility that the dials have at these securities: (π, β, κ) = (.5, .003, 0) and (.5, .01, 0) of the levels above.
    const given = { probation: 0.3, strictness: 0.01 };
    for (const name of ["closed", "panic", "grim", "batch", "random"] as const) {
      const { utility, security } = worst(given, { registrar: door(name) });
      expect(utility + security, name).toBeLessThan(1.64);
    }
    const closed = worst(given, { registrar: door("closed") });
    expect(closed.security).toBeGreaterThan(worst(given).security + 0.08);
    expect(closed.utility).toBeLessThan(0.8);
    // Were owners kept out for ever, a threat would be worth more than any dial: what this world fell to at first.
    const spared = play({ ...given, patience: 2000 }, attack("ring"), { registrar: door("grim"), episodes: 32 });
    expect(ratioOf(spared, "stolen", "meetings").ratio).toBeLessThan(0.2);
  });

  it("each attack is somewhere the worst", () => {
    expect(worst({ probation: 0.7, strictness: 0.003, dues: 1 }).name).toMatch(/program|smash/);
    const gossip = { mode: "gossip", probation: 0.3, strictness: 0.003 } as const;
    expect(worst(gossip).name).toMatch(/program|dodge50/);
    expect(worst({ ...gossip, share: 0 }).name).toBe("linger3");
    expect(worst({ ...gossip, probation: 0.5, share: 0 }).name).toBe("linger6");
    expect(worst({ ...gossip, probation: 0.5, share: 0.5 }).name).toBe("linger2");
    expect(worst({ dues: 0.5 }).name).toBe("shop");
    expect(worst({ dues: 0, liability: false }).name).toBe("guild2");
    expect(worst({ dues: 0, liability: false, wards: 8 }).name).toBe("guild1");
    const fee = { probation: 0, strictness: 0.01 };
    for (const [κ, name] of [
      [3, "solvent2"],
      [4, "solvent2"],
      [6, "solvent4"],
    ] as const) {
      const found = ["solvent2", "solvent4", "smash"].map((one) => ({
        one,
        security: metrics({ ...fee, fee: κ }, attack(one as Attack), { episodes: 48 }).security,
      }));
      expect(found.reduce((a, b) => (b.security < a.security ? b : a)).one).toBe(name);
    }
  });
});

describe("gossip", () => {
  const gossip = { mode: "gossip", probation: 0.3, strictness: 0.003 } as const;

  it("keeps lists that agree with their counts, whatever is told, and forgets names", () => {
    const [owners, traders] = [70, 40];
    const lists = memory(owners, traders);
    const truth = Array.from({ length: traders }, () => new Set<number>());
    const rng = new Rng(2, "gossip");
    for (let n = 0; n < 3000; n++) {
      const [i, j, k] = [rng.int(0, traders), rng.int(0, traders), rng.int(0, owners)];
      const what = rng.int(0, 8);
      if (what < 4 && i !== k) {
        lists.learn(i, k);
        truth[i].add(k);
      } else if (what < 7 && i !== j) {
        lists.merge(i, j);
        const all = [...truth[i], ...truth[j]];
        truth[i] = new Set(all.filter((name) => name !== i));
        truth[j] = new Set(all.filter((name) => name !== j));
      } else if (what === 7) {
        lists.forget(k);
        for (const known of truth) known.delete(k);
        if (k < traders) truth[k].clear();
      }
    }
    for (let k = 0; k < owners; k++) {
      const holders = truth.flatMap((known, i) => (known.has(k) ? [i] : []));
      expect(lists.known[k]).toBe(holders.length);
      for (let i = 0; i < traders; i++) expect(lists.knows(i, k)).toBe(truth[i].has(k));
    }
  });

  it("starves who keep a ruined name, not who leave it; and is worth less the less is told", () => {
    const at = (share: number, name: Attack) => metrics({ ...gossip, share }, attack(name), { episodes: 48 }).security;
    expect(at(1, "burn50")).toBeGreaterThan(0.93);
    expect(Math.abs(at(1, "dodge50") - 0.481)).toBeLessThan(0.012);
    expect(Math.abs(at(0.5, "dodge50") - 0.432)).toBeLessThan(0.012);
    expect(Math.abs(at(0, "linger3") - 0.279)).toBeLessThan(0.012);
    // The registry's is .617 at these dials.
    expect(at(1, "program")).toBeLessThan(0.617 - 0.12);
  });
});

describe("vouchers", () => {
  it("with liability they pay for what they let in, and utility under attack tells", () => {
    const peace = metrics({ dues: 0 }, attack("none"), { episodes: 48 });
    expect(Math.abs(peace.utility - 0.957)).toBeLessThan(0.006);
    const { utility, security } = metrics({ dues: 0 }, attack("shop"), { episodes: 48 });
    expect(utility).toBeLessThan(0.66);
    expect(security).toBeLessThan(0.58);
    expect(metrics({ dues: 0, liability: false }, attack("shop"), { episodes: 48 }).utility).toBeGreaterThan(0.94);
  });

  it("carry so many wards at a time, and nobody while they stand for nothing", () => {
    const free = { dues: 0, liability: false };
    const [none, two, eight] = [0, 2, 8].map(
      (wards) =>
        metrics({ ...free, wards: Math.max(1, wards), fool: 0 }, wards === 0 ? attack("burn100") : attack("guild1"))
          .security,
    );
    expect(eight).toBeLessThan(two - 0.2);
    expect(two).toBeLessThan(none - 0.03);
  });
});

describe("the rules", () => {
  const still = { turnover: 0, strictness: 0 };

  it("a theft pays 1.5 stakes and costs the victim one; counters and rewards say the same", () => {
    const given = { ...still, traders: 3, cheats: 1, probation: 0, steps: 40 };
    const view = parallel(market, given);
    view.reset({ seed: 3 });
    let stolen = 0;
    for (let t = 0; t < 40; t++) {
      const [, rewards] = view.step({ trader_0: 0, trader_1: 0, trader_2: 0, cheat_0: CHEAT, registrar_0: 0 });
      expect([rewards.trader_0, rewards.trader_1, rewards.trader_2].sort()).toEqual([-1, 1, 1]);
      stolen += rewards.cheat_0;
    }
    expect(stolen).toBeCloseTo(1, 12);
    const played = play(given, constant(CHEAT), { episodes: 1 });
    expect(sumCounters(played)).toEqual({
      value: 80,
      pairs: 40,
      fees: 0,
      stolen: 40,
      meetings: 40,
      thefts: 40,
      expelled: 0,
      caught: 0,
      waiting: 0,
    });
    const [honest, thief, desk] = played.returns;
    expect(honest).toBeCloseTo(40 / 3, 12);
    expect(thief).toBeCloseTo(1, 12);
    expect(desk).toBeCloseTo(0, 12); // all that traders could make of each other, and all that could be stolen
  });

  it("turnover begins with the second step, everybody pays for its name, and thefts are counted whole", () => {
    const fees = (steps: number) =>
      sumCounters(play({ steps, turnover: 1, strictness: 0, probation: 0, fee: 1 }, constant(0), { episodes: 1 })).fees;
    expect([1, 2, 5].map(fees)).toEqual([0, 24, 96]);
    const { thefts, stolen, meetings } = sumCounters(play({}, constant(CHEAT), { episodes: 2 }));
    expect(Number.isInteger(thefts)).toBe(true);
    expect(thefts).toBe(meetings);
    expect(stolen).toBeLessThan(thefts / 2);
  });

  it("under gossip a trader whom more than half refuse takes a new name", () => {
    // Every trade is complained of: with three traders two who know a name are more than half.
    const given = { mode: "gossip", traders: 3, cheats: 1, strictness: 1, turnover: 0, share: 0, fee: 1 } as const;
    const { expelled, fees, caught } = sumCounters(play(given, constant(0), { episodes: 16 }));
    expect(expelled).toBeGreaterThan(16 * 20);
    expect(fees).toBe(expelled);
    expect(caught).toBe(0);
    // Of two traders, one who knows is just half.
    const two = { ...given, traders: 2, cheats: 2 };
    expect(sumCounters(play(two, constant(0), { episodes: 16 })).expelled).toBe(0);
  });

  it("names grow by trades, fall to strangers' trust, and cheats see where they stand", () => {
    const view = parallel(market, { ...still, traders: 3, cheats: 1, probation: 0.5, steps: 50 });
    const acts = { trader_0: 0, trader_1: 0, trader_2: 0, registrar_0: 0 } as const;
    const [first] = view.reset({ seed: 1 });
    expect([...first.cheat_0].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([0, 0.05, 0, 0, 0, 0, 0]);
    const step = (cheat_0: number) => view.step({ ...acts, cheat_0 })[0].cheat_0;
    for (let t = 1; t <= 12; t++) expect(step(0)[0]).toBeCloseTo(Math.min(1, t / 10), 6);
    expect(step(STAND)[1]).toBe(1);
    expect(step(LEAVE)[0]).toBeCloseTo(0.1, 6);
  });

  it("whoever cannot pay waits outside, and is met in vain", () => {
    // Everybody is expelled after every trade. A purse of 2 buys no name at κ = 10: one trade and out, for ever.
    const given = { strictness: 1, turnover: 0, fee: 10, probation: 0, steps: 20 };
    const sums = sumCounters(play(given, constant(CHEAT), { episodes: 8 }));
    expect(sums.thefts).toBe(8 * 8);
    expect(sums.caught).toBe(8 * 8);
    expect(sums.meetings).toBeGreaterThan(8 * 8 * 12);
    expect(sums.waiting).toBeGreaterThan(8 * 8 * 15);
    expect(metrics(given, constant(CHEAT), { episodes: 8 }).utility).toBe(0);
  });

  it("a frozen door keeps owners out for `patience` steps, and no longer", () => {
    for (const patience of [0, 1, 5]) {
      const given = { traders: 31, cheats: 1, strictness: 1, turnover: 0, probation: 0, steps: 60, patience };
      const sums = sumCounters(play(given, constant(0), { registrar: door("closed"), episodes: 4 }));
      // Nobody but the cheat itself is left out of a meeting: a trade, then so many steps outside.
      const waits = play({ ...given, traders: 3, fee: 0 }, constant(0), { registrar: door("closed"), episodes: 1 });
      expect(sumCounters(waits).expelled).toBe(3 * Math.ceil(60 / (patience + 1)));
      expect(sums.expelled).toBe(4 * 31 * Math.ceil(60 / (patience + 1)));
    }
  });

  it("wallets are shown only where names cost something: what partners were worth stays unknown", () => {
    const seen = new Set<number>();
    const watch: Factory = (context) => {
      const { wallet } = context.at as Record<string, number>;
      return perRow((obs, from, _row, { rngs }) => {
        seen.add(obs[from + wallet]);
        return rngs[0].int(0, 2);
      });
    };
    play({}, watch, { episodes: 2 });
    expect([...seen]).toEqual([0]);
    play({ fee: 2 }, watch, { episodes: 2 });
    expect(seen.size).toBeGreaterThan(50);
  });

  it("the registrar reads complaints in peace as well, and more of them under attack", () => {
    const means = (["none", "smash"] as const).map((name) => {
      let sum = 0;
      let steps = 0;
      const read: Factory = (context) => {
        const { expelled } = context.at as Record<string, number>;
        return perRow((obs, from) => {
          sum += obs[from + expelled];
          steps++;
          return 0;
        });
      };
      play({ strictness: 0.01 }, attack(name), { registrar: read, episodes: 16 });
      return sum / steps;
    });
    expect(Math.abs(means[0] - 0.01)).toBeLessThan(0.001);
    expect(means[1]).toBeGreaterThan(0.08);
  });

  it.each(variants)("rewards add up to what is counted: %o", (given) => {
    const p = settings(given);
    const played = play(given, random, { registrar: random, episodes: 16 });
    const sums = sumCounters(played);
    const width = env.roles(p) && played.returns.length / 16;
    let [traders, cheats] = [0, 0];
    for (let e = 0; e < 16; e++) {
      traders += played.returns[e * width] * p.traders;
      cheats += played.returns[e * width + 1] * p.cheats;
    }
    expect(cheats * p.steps * meeting(p)).toBeCloseTo(sums.stolen, 6);
    // What traders make of each other, less fees, less what cheats take of them; and what cheats who cooperate bring.
    expect(traders).toBeLessThanOrEqual(sums.value - sums.fees - sums.stolen + sums.meetings - sums.thefts + 1e-6);
  });

  it.each([
    [{ traders: 23 }, /even number of owners/],
    [{ probation: 1.5 }, /probation/],
    [{ strictness: -0.1 }, /strictness/],
    [{ mode: "council" }, /mode/],
    [{ wards: 0 }, /wards/],
  ])("refuses %o", (given, message) => {
    expect(() => resolveParams(market, given)).toThrow(message);
  });
});
