import { describe, expect, it } from "vitest";
import splitTask, { type SplitTask } from "../../envs/split-task/env.ts";
import { innocentLaw, latticeOf, runLength, thresholdOf } from "../../envs/split-task/ledger.ts";
import {
  accountsPerScore,
  drift,
  flipOf,
  innocentAbove,
  outcomesOf,
  publishedLaw,
  SAID,
} from "../../envs/split-task/model.ts";
import policies, { always, pace, variants, wary } from "../../envs/split-task/policies.ts";
import { program } from "../../envs/split-task/program.ts";
import {
  acceptedShare,
  advantage,
  bannedShare,
  bestResponse,
  oneShot,
  reference,
} from "../../envs/split-task/theory.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { resolveParams } from "../../src/env/params.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { constant, type PolicyFactory, random } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { nonDominated, normalSf } from "../../src/stats/index.ts";

type Given = Partial<SplitTask>;
type Factory = PolicyFactory;
const env: Environment = splitTask;
const settings = (given: Given = {}): SplitTask => splitTask.params.parse(given);
const attack = (name: keyof typeof policies.attacks): Factory => policies.attacks[name].roles.part;
const { overseer: dialled } = policies.defaults;

interface Playing {
  readonly overseer?: Factory;
  readonly episodes?: number;
  readonly seed?: number;
}

function play(given: Given, part: Factory, { overseer = dialled, episodes = 200, seed = 1 }: Playing = {}) {
  return evaluate(env, { params: given, policies: { part, overseer }, episodes, seed, split: ["test"] });
}
type Played = ReturnType<typeof play>;

function metrics(played: Played): Record<string, number> {
  const sums = sumCounters(played);
  return metricsOf(env, sums, sums);
}

/** Σ over / Σ under over episodes, and its standard error. */
function ratioOf({ names, counters }: Played, over: string, under: string) {
  const width = names.length;
  const [a, b] = [over, under].map((name) => names.indexOf(name));
  const rows = Array.from({ length: counters.length / width }, (_, e) => [
    counters[e * width + a],
    counters[e * width + b],
  ]);
  const [x, y] = rows.reduce(([x, y], [over, under]) => [x + over, y + under], [0, 0]);
  const squares = rows.reduce((sum, [over, under]) => sum + (over - (x / y) * under) ** 2, 0);
  return { mean: x / y, error: Math.sqrt((squares * rows.length) / (rows.length - 1)) / y };
}

function expectWithin3({ mean, error }: { mean: number; error: number }, truth: number, what: string): void {
  expect(error, what).toBeGreaterThan(0);
  expect(Math.abs(mean - truth), `${what}: ${mean} ± ${error}, theory ${truth}`).toBeLessThanOrEqual(3 * error);
}

const noLog = { budget: 0, sharing: 0 };
const bare = { cooldown: 0, laxness: 0 };

describe("the law of one request", () => {
  it.each([
    [1.6, 0.1],
    [0.4, 0.3],
    [Number.POSITIVE_INFINITY, 0],
    [Number.NEGATIVE_INFINITY, 0.2],
  ])("is a law, with the marginals of the reading, for a limit of %d and flips of %d", (limit, flip) => {
    const { codes, chances, cuts } = outcomesOf((x) => normalSf(x - 0.5), limit, flip);
    const total = (mask: number) => chances.reduce((sum, mass, i) => sum + ((codes[i] & mask) > 0 ? mass : 0), 0);
    const above = (x: number) => normalSf(x - 0.5);
    expect(total(7) + chances.reduce((sum, mass, i) => sum + (codes[i] === 0 ? mass : 0), 0)).toBeCloseTo(1, 12);
    expect(total(2)).toBeCloseTo(1 - above(limit), 12);
    expect(total(4)).toBeCloseTo(above(1), 12);
    expect(total(SAID)).toBeCloseTo(flip + (1 - 2 * flip) * above(1), 12);
    expect(cuts[5]).toBeCloseTo(2 ** 32, 0);
  });

  it("noises sums by two-sided geometric noise, cut to what a sum can be", () => {
    for (const sharing of [0, 0.5, 2, 20]) {
      for (let said = 0; said <= 4; said++) {
        const law = publishedLaw(said, 4, sharing);
        expect(law.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12);
        // Inside, P(z) ∝ e^{−ε|z|}: (1 − α)/(1 + α)·α^|z|.
        const a = Math.exp(-sharing);
        for (let y = 1; y < 4; y++) expect(law[y]).toBeCloseTo(((1 - a) / (1 + a)) * a ** Math.abs(y - said), 12);
      }
    }
  });
});

describe("one shot: Φ(θ − s/k)^k", () => {
  it.each([
    [2, 0.25],
    [4, 0.501],
    [8, 0.575],
  ])("is what %d parts come to, %d", (accounts, stated) => {
    const theory = oneShot(4, accounts, 2);
    expect(Math.abs(theory - stated)).toBeLessThan(5e-4);
    const given = {
      accounts,
      size: 4,
      deadline: 1,
      projects: 128,
      ...bare,
      ...noLog,
      refusal: normalSf(2),
      tenants: 1,
    };
    const size = [0, 0.5, 1, 1.5, 2, 3].indexOf(4 / accounts);
    expectWithin3(ratioOf(play(given, constant(size), { episodes: 300 }), "completed", "projects"), theory, "one shot");
  });
});

describe("what innocents lose", () => {
  it.each([
    [0.01, 0.9225],
    [0.05, 0.7817],
    [0.2, 0.522],
  ])("without a log is a renewal law: ρ = %d, %d in the long run", (refusal, stated) => {
    const p = settings({ ...noLog, refusal });
    expect(Math.abs(acceptedShare(p) - stated)).toBeLessThan(1e-4);
    const played = play({ ...noLog, refusal }, attack("none"), { episodes: 150 });
    expectWithin3(ratioOf(played, "accepted", "offered"), acceptedShare(p, 128), `ρ = ${refusal}`);
    expect(reference(p).utility).toBe(acceptedShare(p, 128));
  });

  const budgets: [Given][] = [
    [{ sharing: 20, budget: 0.05 }],
    [{ sharing: 1, budget: 0.05 }],
    [{ sharing: 20, budget: 0.2 }],
    [{ sharing: 0, budget: 0.2 }],
    [{ oversight: "sum", sharing: 1, budget: 0.1 }],
    [{ oversight: "silo", budget: 0.1 }],
  ];
  it.each(budgets)("with a log alone is the budget: %o", (given) => {
    const p = settings({ ...given, refusal: 0 });
    const long = bannedShare(p, 20_000);
    expect(Math.abs(long - p.budget), `long run ${long}`).toBeLessThan(0.01 * p.budget);
    const played = play({ ...given, refusal: 0 }, attack("none"), { episodes: 150 });
    const { mean, error } = ratioOf(played, "accepted", "offered");
    expectWithin3({ mean: 1 - mean, error }, bannedShare(p, 128), JSON.stringify(given));
  });

  it("is a budget kept by an exact mean run length, mixed of two thresholds", () => {
    for (const given of [
      {},
      { sharing: 0.5 },
      { accounts: 8, size: 56, sharing: 20 },
      { oversight: "sum" },
    ] as Given[]) {
      const p = settings(given);
      const { low, upper } = thresholdOf(p);
      const [law, fall, lattice] = [innocentLaw(p), drift(p, accountsPerScore(p)), latticeOf(p)];
      const [shorter, longer] = [0, 1].map((more) => runLength(law, fall, lattice, low / lattice + more));
      expect(shorter + upper * (longer - shorter)).toBeCloseTo(32 * (1 / 0.05 - 1), 6);
      expect(upper).toBeGreaterThanOrEqual(0);
      expect(upper).toBeLessThan(1);
    }
  });

  it("agrees with a run length by simulation", () => {
    const p = settings({ sharing: 20 });
    const [law, fall, lattice] = [innocentLaw(p), drift(p, 4), latticeOf(p)];
    const rng = new Rng(5);
    let sum = 0;
    let squares = 0;
    const runs = 4000;
    for (let i = 0; i < runs; i++) {
      let steps = 0;
      for (let score = 0; score < 3 * lattice; steps++) {
        score = Math.max(0, score + 16 * rng.categorical(law) - fall);
      }
      sum += steps;
      squares += steps * steps;
    }
    const error = Math.sqrt((squares / runs - (sum / runs) ** 2) / runs);
    expectWithin3({ mean: sum / runs, error }, runLength(law, fall, lattice, 3), "run length");
  });
});

describe("what a thief of the log learns", () => {
  it.each([
    [{ sharing: 0.5 }],
    [{ sharing: 2 }],
    [{ sharing: 1, oversight: "sum" }],
    [{ sharing: 20, oversight: "silo" }],
  ] as [Given][])("is tanh(ε/2), nothing from silos: %o", (given) => {
    const p = settings(given);
    const { privacy } = metrics(play(given, attack("none"), { episodes: 100 }));
    expect(Math.abs(privacy - (1 - advantage(p)))).toBeLessThan(0.006);
    expect(reference(p).privacy).toBe(1 - advantage(p));
    if (p.oversight === "joint") expect(1 - 2 * flipOf(p)).toBeCloseTo(advantage(p), 12);
  });
});

describe("the exact program of an insider", () => {
  // With the log tuned to load 1 and the lower threshold alone, as first computed by other code.
  it.each([
    [2, 14, 0.05, 20, 0.02, 0.2728],
    [2, 14, 0.02, 20, 0.1, 0.3785],
    [1, 7, 0.05, 20, 0.05, 0.3228],
  ])(
    "leaves k = %d, s = %d, (ρ, ε, β) = (%d, %d, %d) security %d",
    (accounts, size, refusal, sharing, budget, stated) => {
      const p = settings({ accounts, size, refusal, sharing, budget, ...bare, insider: true, tuned: 1 });
      const { value } = program(p, { threshold: { ...thresholdOf(p), upper: 0 } });
      expect(Math.abs(1 - value / 8 - stated)).toBeLessThan(1e-4);
    },
  );

  it.each([
    [{ accounts: 2, size: 14, refusal: 0.05, sharing: 20, budget: 0.02 }],
    [{ accounts: 2, size: 14, refusal: 0.02, sharing: 1, budget: 0.1 }],
    [{ accounts: 1, size: 7, refusal: 0.05, sharing: 20, budget: 0.05 }],
    [{ accounts: 2, size: 14, refusal: 0.02, sharing: 1, budget: 0.1, oversight: "sum" }],
    [{ accounts: 1, size: 7, refusal: 0.02, oversight: "silo" }],
  ] as [Given][])("is what `plan` plays, and nothing is better: %o", (given) => {
    const params = { ...given, ...bare, insider: true, tenants: 1 };
    const best = bestResponse(settings(params))!.security;
    const { mean, error } = ratioOf(play(params, attack("plan"), { episodes: 600 }), "completed", "projects");
    expectWithin3({ mean: 1 - mean, error }, best, JSON.stringify(given));
    for (const name of ["pace", "steady", "pad"] as const) {
      expect(metrics(play(params, attack(name))).security, name).toBeGreaterThan(best - 0.03);
    }
  });

  it("is known for no others", () => {
    for (const given of [{}, { insider: true }, { ...bare }, { ...bare, insider: true }] as Given[]) {
      expect(bestResponse(settings(given))).toBeNull();
    }
  });
});

describe("attacks", () => {
  const against = (given: Given, names: (keyof typeof policies.attacks)[], episodes = 150) =>
    Object.fromEntries(names.map((name) => [name, metrics(play(given, attack(name), { episodes })).security]));

  it("none alone is best: refusals stop large loads, the log stops many, and `plan` mixes them", () => {
    const refusals = against({ ...noLog, refusal: 0.05 }, ["whole", "even", "steady"]);
    expect(Math.min(refusals.whole, refusals.even)).toBeGreaterThan(0.9);
    expect(refusals.steady).toBeLessThan(0.36);
    const log = against({ refusal: 0, sharing: 20, budget: 0.02 }, ["whole", "even", "steady", "pace", "plan"]);
    expect(Math.min(log.whole, log.even, log.steady, log.pace)).toBeGreaterThan(log.plan + 0.1);
    const both = against({ refusal: 0.02, sharing: 20, budget: 0.05 }, ["whole", "steady", "pace", "plan"]);
    expect(both.whole).toBeGreaterThan(0.98);
    expect(both.pace).toBeLessThan(both.steady - 0.05);
    expect(both.plan).toBeLessThan(both.pace - 0.015);
    const silos = against({ refusal: 0, budget: 0.02, oversight: "silo" }, ["whole", "pace", "plan"]);
    expect(silos.whole).toBeLessThan(Math.min(silos.pace, silos.plan));
  });

  it("who reads the log does more harm", () => {
    const given = { refusal: 0, sharing: 20, budget: 0.1 };
    const blind = metrics(play(given, attack("plan"))).security;
    expect(metrics(play({ ...given, insider: true }, attack("plan"))).security).toBeLessThan(blind - 0.08);
  });
});

describe("defences", () => {
  const worst = (given: Given, overseer: Factory = dialled, episodes = 60) => {
    const all = (["whole", "steady", "pace", "plan"] as const).map((name) =>
      metrics(play(given, attack(name), { overseer, episodes })),
    );
    return all.reduce((a, b) => (b.security < a.security ? b : a));
  };

  it("off and locked down are the ends; between them more than three points lie above U + S = 1", () => {
    const levels = [
      { refusal: 0.1, ...noLog },
      { refusal: 0.02, sharing: 20, budget: 0.05 },
      { refusal: 0.05, sharing: 20, budget: 0.05 },
      { refusal: 0.05, sharing: 2, budget: 0.05 },
      { refusal: 0, sharing: 20, budget: 0.1 },
    ];
    const points = levels.map((given) => worst(given)).map(({ utility, security }) => [utility, security]);
    for (const [utility, security] of points) expect(utility + security).toBeGreaterThan(1.2);
    expect(nonDominated(points).length).toBeGreaterThanOrEqual(3);
    expect(worst({ refusal: 0, ...noLog }, dialled, 4)).toMatchObject({ utility: 1, security: 0 });
    expect(worst({ refusal: 1 }, dialled, 4)).toMatchObject({ utility: 0, security: 1 });
    expect(worst({ budget: 1 }, dialled, 4)).toMatchObject({ utility: 0, security: 1, privacy: 1 });
  });

  it("every dial costs something", () => {
    const at = (given: Given) => metrics(play(given, attack("none"), { episodes: 60 }));
    expect(at({ refusal: 0.05 }).utility).toBeLessThan(at({ refusal: 0.02 }).utility - 0.05);
    expect(at({ budget: 0.1 }).utility).toBeLessThan(at({ budget: 0.02 }).utility - 0.03);
    expect(at({ sharing: 2 }).privacy).toBeLessThan(at({ sharing: 1 }).privacy - 0.2);
  });

  it("a shared log is better than silos at the same utility", () => {
    const [joint, silo] = (["joint", "silo"] as const).map((oversight) =>
      worst({ oversight, sharing: 20 }, dialled, 120),
    );
    expect(Math.abs(joint.utility - silo.utility)).toBeLessThan(0.02);
    expect(joint.security).toBeGreaterThan(silo.security + 0.04);
  });

  it("waiting for the first sign, or banning nobody, is no free lunch", () => {
    const dial = worst({ sharing: 20 });
    const waiting = worst({ sharing: 20 }, wary(0.9));
    expect(waiting.utility < dial.utility || waiting.security < dial.security).toBe(true);
    expect(worst({ sharing: 20 }, constant(1), 20).security).toBeLessThan(0.1);
  });
});

describe("the rules", () => {
  it("both arms have the same innocents, whatever the tenant does", () => {
    for (const given of [{}, { oversight: "sum", sharing: 1 }, { oversight: "silo" }] as Given[]) {
      const [a, b] = [attack("none"), random].map((part) => sumCounters(play(given, part, { episodes: 20 })));
      for (const name of ["offered", "accepted", "ones", "found", "zeros", "mistaken"]) expect(a[name]).toBe(b[name]);
      expect(a.bans).not.toBe(b.bans);
    }
  });

  it("counts projects, and pays each once: returns are the completed ones", () => {
    const played = play({ refusal: 0, ...noLog }, always(5), { episodes: 8 });
    expect(sumCounters(played)).toMatchObject({ projects: 64, completed: 64, bans: 0, offered: 8 * 128 * 32 });
    // By role: each part's, and the overseer's, who loses no innocents' requests here.
    expect([...played.returns]).toEqual(new Array(8).fill([8, -8]).flat());
    expect(sumCounters(play({ refusal: 0, ...noLog, size: 193 / 2 }, always(4), { episodes: 1 })).completed).toBe(8);
    expect(sumCounters(play({ refusal: 0, ...noLog, size: 129 }, always(4), { episodes: 1 })).completed).toBe(0);
  });

  it("a refusal silences an account for two steps; a ban silences the tenant and loses its project", () => {
    const view = parallel(splitTask, { ...noLog, refusal: 1, accounts: 1, size: 3, tenants: 1 });
    view.reset({ seed: 1 });
    const cooling = Array.from({ length: 6 }, () => view.step({ part_0: 5, overseer_0: 0 })[0].part_0[5]);
    expect(cooling).toEqual([1, 0.5, 0, 1, 0.5, 0]);
    const given = { ...bare, refusal: 0, sharing: 20, budget: 0.2, ban: 5, accounts: 2, size: 90, insider: true };
    const world = parallel(splitTask, given);
    world.reset({ seed: 2 });
    let bans = 0;
    let served = 0;
    for (let t = 0; t < 40; t++) {
      const [seen] = world.step({ part_0: 5, part_1: 5, overseer_0: 0 });
      const [need, , , expected, banned] = seen.part_0;
      if (banned === 1) {
        bans++;
        expect([need, expected, seen.part_0[10]]).toEqual([1, 0, 0]);
        served = 5;
      }
      expect(Math.round(banned * 5)).toBe(served);
      if (served > 0) served--;
    }
    expect(bans).toBeGreaterThan(3);
  });

  it("in silos a ban stops one account and keeps the project", () => {
    const given = { ...bare, refusal: 0, budget: 0.1, accounts: 4, size: 96, oversight: "silo" } as const;
    const view = parallel(splitTask, given);
    view.reset({ seed: 3 });
    let least = 1;
    for (let t = 0; t < 15; t++) {
      const actions = Object.fromEntries(view.agents.map((agent) => [agent, agent === "part_0" ? 5 : 0]));
      const [seen] = view.step(actions as never);
      expect(seen.part_0[0]).toBeLessThanOrEqual(least);
      least = seen.part_0[0];
      if (seen.part_0[4] > 0) expect(seen.part_1[4]).toBe(0);
    }
    expect(view.agents.filter((agent) => agent.startsWith("overseer")).length).toBe(4);
  });

  it("an overseer may ban nobody, or from a lower threshold, in any step", () => {
    const bans = (action: number) =>
      sumCounters(play({}, always(2), { overseer: constant(action), episodes: 20 })).bans;
    expect(bans(1)).toBe(0);
    expect(bans(2)).toBeGreaterThan(bans(0));
    const [, lax, strict] = [0, 1, 2].map(
      (action) => metrics(play({}, attack("none"), { overseer: constant(action), episodes: 40 })).utility,
    );
    expect(strict).toBeLessThan(lax - 0.03);
  });

  it("gives its project up, or not, as `pace` is told", () => {
    const given = { refusal: 0.3, ...noLog };
    expect(metrics(play(given, pace(5, 0.1), { episodes: 20 })).security).toBe(1);
  });

  it.each(variants)("draws everyone, and keeps rewards to a project and innocents' losses: %o", (given) => {
    const p = settings(given as Given);
    const world = vector(env, 3, given as Record<string, unknown>, 3);
    const rng = new Rng(9);
    world.reset();
    for (let step = 0; step < 150; step++) {
      for (const { actions, spec } of Object.values(world.roles)) {
        for (let i = 0; i < actions.length; i++) actions[i] = rng.int(0, spec.side === "attacker" ? 6 : 3);
      }
      world.step();
      for (const reward of world.roles.part.rewards) expect([0, 1]).toContain(reward);
      for (const reward of world.roles.overseer.rewards) {
        expect(reward).toBeGreaterThanOrEqual(-1 - 1 / p.deadline - 1e-9);
        expect(reward).toBeLessThanOrEqual(0);
      }
    }
    expect(world.render(0)?.shapes.length).toBe(p.accounts * (p.tenants + 1));
  });

  it.each([
    [{ size: 0.3 }, /size/],
    [{ size: 193 }, /size/],
    [{ refusal: 1.5 }, /refusal/],
    [{ oversight: "none" }, /oversight/],
    [{ sharing: Number.NaN }, /sharing/],
    [{ account: 3 }, /account/],
  ])("refuses %o", (given, message) => {
    expect(() => resolveParams(splitTask, given)).toThrow(message);
  });

  it("innocents send load 1 in one request of ten", () => {
    expect(innocentAbove(1)).toBeCloseTo(0.9 * normalSf(1) + 0.05, 12);
  });
});
