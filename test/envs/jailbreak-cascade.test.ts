import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { follow } from "../../benchmarks/evidence/cascades/attacked.ts";
import { startBound } from "../../benchmarks/evidence/cascades/bound.ts";
import env, { type JailbreakCascade } from "../../envs/jailbreak-cascade/env.ts";
import { epidemic } from "../../envs/jailbreak-cascade/epidemic.ts";
import { drawer } from "../../envs/jailbreak-cascade/graph.ts";
import { AMOUNTS, allot, MODES, passes, TARGETS, VIRALITIES } from "../../envs/jailbreak-cascade/model.ts";
import { acquaintances, adjacency, influence, netShield, shells } from "../../envs/jailbreak-cascade/orders.ts";
import scripts from "../../envs/jailbreak-cascade/policies.ts";
import { HUB, INFECTED, QUARANTINED, STATE } from "../../envs/jailbreak-cascade/spread.ts";
import {
  contained,
  containmentFilter,
  diesOut,
  endemic,
  meanField,
  pairingStep,
  quenched,
  reference,
  removal,
  spectralRadius,
  stealthiestPass,
} from "../../envs/jailbreak-cascade/theory.ts";
import type { PolicyFor } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { score } from "../../src/play/score.ts";
import { perRow } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { nonDominated } from "../../src/stats/index.ts";

type Given = Partial<JailbreakCascade>;
const settings = (given: Given): JailbreakCascade => env.params.parse(given);
const attacks = Object.keys(scripts.attacks).filter((name) => name !== "none") as (keyof typeof scripts.attacks)[];
type Defence = keyof typeof scripts.defences | "default";

function play(params: Given, attack: keyof typeof scripts.attacks, defence: Defence = "default", episodes = 16) {
  const { attacked, counters, episodes: arms } = score(env, { scripts, params, attack, defence, episodes });
  return { ...attacked, sums: counters.attacked, played: arms.attacked };
}

/** Prevalence after every step of an epidemic that starts from `carriers` random nodes. */
function spread(
  given: Given,
  { carriers, pass, steps, seed = 1 }: Record<"carriers" | "pass" | "steps", number> & { seed?: number },
) {
  const p = settings(given);
  const rng = new Rng(seed, "spread");
  const { graph, draw } = drawer(p);
  draw(rng);
  const plague = epidemic(p, graph, rng);
  plague.reset();
  for (let left = carriers; left > 0; ) if (plague.seed(Math.floor(rng.float32() * p.nodes))) left--;
  const initial = Float64Array.from(plague.state, (byte) => ((byte & STATE) === INFECTED ? 1 : 0));
  const curve = [plague.infected / p.nodes];
  for (let t = 0; t < steps; t++) {
    plague.step(pass, pass, 0);
    curve.push(plague.infected / p.nodes);
  }
  return { curve, graph, initial };
}

describe("ordered pairing", () => {
  const N = 20_000;

  it("follows the mean-field curve", () => {
    const pass = 0.8;
    const runs = 12;
    const steps = 80;
    const expected = meanField(0.02, pass, 0.05, steps);
    const curves = Array.from(
      { length: runs },
      (_, seed) => spread({ nodes: 4000, graph: "pairing", recovery: 0.05 }, { carriers: 80, pass, steps, seed }).curve,
    );
    for (const t of [1, 5, 10, 20, 40, 80]) {
      const mean = curves.reduce((sum, curve) => sum + curve[t], 0) / runs;
      const squares = curves.reduce((sum, curve) => sum + (curve[t] - mean) ** 2, 0) / (runs - 1);
      // 3 standard errors, and the bias of order 1/N that fluctuations give a finite population's mean.
      expect(Math.abs(mean - expected[t]), `t = ${t}: ${mean}, mean field ${expected[t]}`).toBeLessThan(
        3 * Math.sqrt(squares / runs) + 0.002,
      );
    }
    expect(expected[steps]).toBeCloseTo(endemic(pass, 0.05), 3);
  });

  it("gains ½·pass·c(1 − c)N/(N−1) and loses γc in one step, exactly", () => {
    const [nodes, carriers, pass, recovery] = [64, 16, 0.7, 0.3];
    const runs = 4000;
    const ends = Array.from(
      { length: runs },
      (_, seed) => spread({ nodes, graph: "pairing", recovery }, { carriers, pass, steps: 1, seed }).curve[1],
    );
    const mean = ends.reduce((sum, c) => sum + c, 0) / runs;
    const error = Math.sqrt(ends.reduce((sum, c) => sum + (c - mean) ** 2, 0) / runs / runs);
    const c = carriers / nodes;
    const gain = (pairingStep(c, pass, 0) - c) * (nodes / (nodes - 1));
    expect(Math.abs(mean - (c + gain - recovery * c))).toBeLessThan(3 * error);
  });

  it("is contained from φ = .500 ± .005 on at β = .6, γ = .15: endemic shares lead there", () => {
    expect(containmentFilter(0.6, 0.15)).toBeCloseTo(0.5, 9);
    expect(contained({ infection: 0.6, recovery: 0.15, filter: 0.501 })).toBe(true);
    // Where c = 1 − 2γ/(β(1−φ)) the threshold is φ + β-free: 1 − (1−c)(1−φ), whatever φ it is measured at.
    for (const filter of [0.2, 0.35]) {
      const pass = passes(0.6, 1, filter);
      const { curve } = spread({ nodes: N, graph: "pairing", recovery: 0.15 }, { carriers: N / 4, pass, steps: 240 });
      const late = curve.slice(80);
      const c = late.reduce((sum, value) => sum + value, 0) / late.length;
      expect(Math.abs(1 - (1 - c) * (1 - filter) - 0.5), `φ = ${filter}, c = ${c}`).toBeLessThan(0.005);
    }
    const above = { carriers: N / 4, pass: passes(0.6, 1, 0.56), steps: 300 };
    expect(spread({ nodes: N, graph: "pairing", recovery: 0.15 }, above).curve[300]).toBeLessThan(0.002);
  });

  it("takes one carrier among 10⁶ to 90 % in 35 to 42 rounds", () => {
    const { curve } = spread(
      { nodes: 1_000_000, graph: "pairing", recovery: 0 },
      { carriers: 1, pass: 1, steps: 42, seed: 3 },
    );
    const rounds = curve.findIndex((c) => c >= 0.9);
    expect(rounds).toBeGreaterThanOrEqual(35);
    expect(rounds).toBeLessThanOrEqual(42);
    const expected = meanField(1e-6, 1, 0, 60).findIndex((c) => c >= 0.9);
    expect(expected).toBeGreaterThanOrEqual(35);
    expect(expected).toBeLessThanOrEqual(42);
  }, 120_000); // 42 shuffles of a million nodes: seconds, or many on a busy machine

  it("has the utility and security of `reference`, filtered and quarantined", () => {
    for (const filter of [0, 0.4, 0.8]) {
      const given: Given = {
        graph: "pairing",
        nodes: 4000,
        seeds: 200,
        infection: 0.8,
        recovery: 0.05,
        steps: 120,
        filter,
        quarantine: 0.1,
      };
      const truth = reference(settings(given));
      const { utility, security, played } = play(given, "stealth", "default", 12);
      const width = played.names.length;
      const shares = Array.from({ length: 12 }, (_, e) => played.counters[e * width + 1] / 120);
      const squares = shares.reduce((sum, share) => sum + (share - (1 - security)) ** 2, 0) / 11;
      expect(utility).toBeCloseTo(truth?.utility ?? Number.NaN, 9);
      // 3 standard errors, and again the bias of order 1/N.
      const error = Math.sqrt(squares / 12);
      expect(
        Math.abs(security - (truth?.security ?? Number.NaN)),
        `φ = ${filter}: S ${security} ± ${error}, mean field ${truth?.security}`,
      ).toBeLessThan(3 * error + 0.002);
    }
    expect(reference(settings({}))).toBeNull();
  });

  it("lets a stealthy message through a strong filter", () => {
    expect(stealthiestPass(0.5)).toBe(0.5);
    expect(stealthiestPass(0.9)).toBeCloseTo(1 / (Math.E * Math.log(10)), 12);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (f, v) => {
          expect(passes(1, v, f)).toBeLessThanOrEqual(stealthiestPass(f) + 1e-12);
        },
      ),
      { seed: 1 },
    );
  });
});

describe("graphs", () => {
  const drawn = (given: Given, seed: number) => {
    const { graph, draw } = drawer(settings(given));
    draw(new Rng(seed, "graph"));
    return graph;
  };

  it.each([
    { nodes: 500, links: 3 },
    { nodes: 17, links: 8 },
    { graph: "lattice" as const, nodes: 16 },
    { graph: "lattice" as const, nodes: 1001 },
  ])("are simple and ordered by degree: %o", (given) => {
    const { nodes, from, to, degree, order, ends } = drawn(given, 3);
    const near = Array.from({ length: nodes }, () => new Set<number>());
    for (let i = 0; i < to.length; i++) {
      const [u, w] = [from[i], to[i]];
      expect(u).not.toBe(w);
      expect(near[u].has(w), `${u} and ${w} are linked twice`).toBe(false);
      near[u].add(w);
      near[w].add(u);
    }
    expect([...degree]).toEqual(near.map(({ size }) => size));
    expect(2 * to.length).toBe(ends);
    expect(new Set(order).size).toBe(nodes);
    for (let i = 1; i < nodes; i++) expect(degree[order[i]]).toBeLessThanOrEqual(degree[order[i - 1]]);
    const m = given.links ?? 2;
    expect(ends).toBe("graph" in given ? 4 * nodes : 2 * m * (nodes - m));
  });

  it("have the spectral radius that they should: 4 for a lattice, √n for a star", () => {
    expect(spectralRadius(drawn({ graph: "lattice", nodes: 400 }, 1))).toBeCloseTo(4, 4);
    const { graph } = drawer(settings({ nodes: 17, links: 1 }));
    const star = { ...graph, from: new Int32Array(16), to: Int32Array.from({ length: 16 }, (_, i) => i + 1) };
    expect(spectralRadius(star)).toBeCloseTo(4, 4);
  });

  it("λ₁ of BA(1000,2) is 10.75 ± .5 in the mean; 5.9 without the top 1 % of hubs, hardly less without a random 1 %", () => {
    const seeds = Array.from({ length: 40 }, (_, i) => i);
    const mean = (f: (seed: number) => number) => seeds.reduce((sum, seed) => sum + f(seed), 0) / seeds.length;
    const all = mean((seed) => spectralRadius(drawn({}, seed)));
    const cut = mean((seed) => spectralRadius(drawn({}, seed), removal(drawn({}, seed), 10)));
    const some = mean((seed) => spectralRadius(drawn({}, seed), removal(drawn({}, seed), 10, new Rng(seed, "cut"))));
    expect(Math.abs(all - 10.75), `λ₁ ${all}`).toBeLessThan(0.5);
    expect(Math.abs(cut - 5.9), `without hubs ${cut}`).toBeLessThan(0.3);
    expect(Math.abs(some - 10.7), `without some ${some}`).toBeLessThan(0.5);
    expect(some).toBeLessThan(all);
  });

  it("keep prevalence below the quenched mean field, which dies out where pass·λ₁ < γ", () => {
    for (const pass of [0.015, 0.05, 0.1, 0.2]) {
      const runs = Array.from({ length: 8 }, (_, seed) => {
        const { curve, graph, initial } = spread({}, { carriers: 100, pass, steps: 60, seed });
        return { curve, bound: quenched(graph, initial, pass, 0.2, 60), radius: spectralRadius(graph) };
      });
      const at = (of: "curve" | "bound", t: number) => runs.reduce((sum, run) => sum + run[of][t], 0) / runs.length;
      for (const t of [10, 30, 60]) expect(at("curve", t)).toBeLessThan(at("bound", t) + 0.01);
      expect(at("bound", 60) - at("curve", 60)).toBeLessThan(0.1);
      if (pass === 0.015) {
        for (const { radius } of runs)
          expect(diesOut({ infection: pass, recovery: 0.2, filter: 0 }, radius)).toBe(true);
        // .0005 in the mean and .002 a run: 100 runs tell it from .001.
        const ends = Array.from(
          { length: 100 },
          (_, seed) => spread({}, { carriers: 100, pass, steps: 60, seed }).curve,
        );
        expect(ends.reduce((sum, curve) => sum + curve[60], 0) / ends.length).toBeLessThan(0.001);
      }
    }
  });

  it("infect a node with k infected neighbours with probability 1 − (1−p)^k, hubs' edges at their own strength", () => {
    const p = settings({ graph: "lattice", nodes: 16, recovery: 0.25, hubs: 0.0625 });
    const rng = new Rng(5, "edges");
    const { graph, draw } = drawer(p);
    draw(rng);
    const plague = epidemic(p, graph, rng);
    const runs = 20_000;
    const hits = new Float64Array(16);
    for (let n = 0; n < runs; n++) {
      plague.reset(); // node 0 is the hub; 1 and 15 are its neighbours on the ring
      plague.seed(1);
      plague.seed(3);
      plague.step(0.5, 0.02, 0);
      for (let u = 0; u < 16; u++) hits[u] += (plague.state[u] & STATE) === INFECTED ? 1 : 0;
    }
    const near = (u: number, truth: number) =>
      expect(Math.abs(hits[u] / runs - truth), `node ${u}`).toBeLessThan(4 * Math.sqrt((truth * (1 - truth)) / runs));
    near(0, 0.02); // from 1
    near(2, 0.75); // from 1 and 3
    near(4, 0.5); // from 3
    near(5, 0.5); // from 1, one row on
    near(1, 0.75); // has not recovered
    expect(hits[10]).toBe(0);
  });
});

describe("filters", () => {
  it("cost the same however they are weighted", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.constantFrom(...MODES),
        (filter, hubs, mode) => {
          const { plain, guarded, cost } = allot({ filter, control: "central" }, mode, hubs);
          expect(hubs * guarded ** 2 + (1 - hubs) * plain ** 2).toBeCloseTo(cost, 9);
          expect(cost).toBeCloseTo((filter * mode.effort) ** 2, 12);
          for (const strength of [plain, guarded]) {
            expect(strength).toBeGreaterThanOrEqual(0);
            expect(strength).toBeLessThanOrEqual(1);
          }
        },
      ),
      { seed: 1 },
    );
  });

  const worst = (given: Given, defence?: Defence, some = attacks) => {
    const all = some.map((attack) => play(given, attack, defence));
    return all.reduce((a, b) => (b.security < a.security ? b : a));
  };

  it("have a real frontier: .5 → (.75, .61), .7 → (.51, .79), .9 → (.19, .96)", () => {
    const points = [0, 0.35, 0.5, 0.7, 0.9, 1].map((filter) => worst({ filter }));
    expect(points[0].utility).toBe(1);
    expect(points[0].security).toBeLessThan(0.5);
    expect(points[5].utility).toBe(0);
    expect(points[5].security).toBeGreaterThan(0.99);
    for (const [i, u, s] of [
      [2, 0.75, 0.61],
      [3, 0.51, 0.79],
      [4, 0.19, 0.96],
    ]) {
      expect(points[i].utility).toBeCloseTo(u, 6);
      expect(Math.abs(points[i].security - s), `S ${points[i].security}, expected ${s}`).toBeLessThan(0.03);
    }
    const above = points.filter(({ utility, security }) => utility + security > 1.05);
    expect(above.length).toBeGreaterThanOrEqual(3);
    expect(nonDominated(above.map(({ utility, security }) => [utility, security])).length).toBe(above.length);
  });

  it("do better weighted to hubs, at equal utility, and hub quarantine under 10 % does worse than either", () => {
    const uniform = worst({ filter: 0.7 });
    const weighted = worst({ filter: 0.7 }, "hubs-first");
    expect(weighted.utility).toBeCloseTo(uniform.utility, 12);
    expect(weighted.security).toBeGreaterThan(uniform.security + 0.02);
    for (const quarantine of [0.02, 0.05]) {
      const cut = worst({ filter: 0, quarantine });
      const filter = Math.sqrt(1 - cut.utility);
      expect(worst({ filter }).security, `quarantine ${quarantine}`).toBeGreaterThan(cut.security + 0.03);
    }
  });

  it("that heed reports give about (.95, .85) with k = 2, where uniform ones of that utility are far less secure", () => {
    const local = play({ control: "local", filter: 0.9 }, "stealth");
    expect(Math.abs(local.utility - 0.95)).toBeLessThan(0.03);
    expect(Math.abs(local.security - 0.85)).toBeLessThan(0.03);
    const uniform = play({ filter: Math.sqrt(1 - local.utility) }, "stealth");
    expect(local.security).toBeGreaterThan(uniform.security + 0.15);
  });

  it("are met by whom they leave: influence finds the nodes that quarantine left linked, chameleon heeds both classes of edges", () => {
    const cut = { filter: 0.2, quarantine: 0.1 };
    expect(play(cut, "influence").security).toBeLessThan(worst(cut, undefined, ["stealth", "hubs"]).security - 0.01);
    const schedule = (attack: (typeof attacks)[number]) => play({ filter: 0.75 }, attack, "relaxing", 32).security;
    expect(schedule("chameleon")).toBeLessThan(schedule("influence") - 0.015);
  });

  it("let every attack beat one defence and lose to another of the same cost", () => {
    const defences: Defence[] = ["default", "hubs-first", "hubs-only"];
    for (const attack of attacks) {
      const scores = defences.map((defence) => play({ filter: 0.7 }, attack, defence).security);
      expect(Math.max(...scores) - Math.min(...scores), `${attack}: ${scores}`).toBeGreaterThan(0.04);
    }
    // And no defence is best against all: cheap seeds avoid guarded hubs, hubs are what hub seeds need.
    const against = (attack: (typeof attacks)[number], defence: Defence) =>
      play({ filter: 0.7, inflow: 0 }, attack, defence).security;
    expect(against("hubs", "hubs-only")).toBeGreaterThan(against("hubs", "hubs-first") + 0.02);
    expect(against("blast", "hubs-only")).toBeLessThan(against("blast", "hubs-first") - 0.05);
  });
});

describe("orders of nodes", () => {
  const graphOf = (given: Given, seed = 1) => {
    const { graph, draw } = drawer(settings(given));
    draw(new Rng(seed, "graph"));
    return { graph, near: adjacency(graph) };
  };

  it("list every node once, and neighbours as the links have them", () => {
    const { graph, near } = graphOf({ nodes: 120, links: 2 });
    expect(near.near.length).toBe(graph.ends);
    for (const u of [0, 5, 119]) {
      const mine = [...near.near.subarray(near.start[u], near.start[u + 1])].sort((a, b) => a - b);
      const links = [...graph.from.keys()].flatMap((i) =>
        graph.from[i] === u ? [graph.to[i]] : graph.to[i] === u ? [graph.from[i]] : [],
      );
      expect(mine).toEqual(links.sort((a, b) => a - b));
    }
    const rng = new Rng(2);
    for (const order of [
      shells(graph, near),
      influence(graph, near, { state: new Uint8Array(120), plain: 0.2, guarded: 0.1, recovery: 0.2 }),
      acquaintances(graph, near, 10, rng),
      netShield(graph, near, 10),
    ]) {
      expect(new Set(order).size).toBe(120);
    }
  });

  it("by shells put a clique before its tails", () => {
    // Nodes 0-3 form a clique, 4-9 hang on node 0 one by one, so that 0 has the highest degree and 4-9 the outer shell.
    const from = Int32Array.from([1, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9]);
    const to = Int32Array.from([0, 0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0]);
    const degree = new Int32Array(10);
    for (let i = 0; i < 12; i++) {
      degree[from[i]]++;
      degree[to[i]]++;
    }
    const order = Int32Array.from([...degree.keys()].sort((a, b) => degree[b] - degree[a] || a - b));
    const graph = { nodes: 10, from, to, degree, order, ends: 24 };
    expect([...shells(graph, adjacency(graph))].slice(0, 4).sort()).toEqual([0, 1, 2, 3]);
    // One leaf reaches all that the hub does, at a ninth of its price; where the hub is cut off, infected or well guarded, none.
    const first = (hub: number, guarded = 0.5) => {
      const state = new Uint8Array(10);
      state[0] = hub;
      return influence(graph, adjacency(graph), { state, plain: 0.5, guarded, recovery: 0.2 })[0];
    };
    expect(degree[first(0)]).toBe(1);
    expect(degree[first(HUB)]).toBe(1);
    for (const met of [first(QUARANTINED), first(INFECTED), first(HUB, 0)]) expect([1, 2, 3]).toContain(met);
    expect(netShield(graph, adjacency(graph), 1)[0]).toBe(0);
  });

  it("cut off what matters: NetShield lowers λ₁ about as degrees do, acquaintances less, random nodes hardly", () => {
    const radius = { degree: 0, netshield: 0, acquaintance: 0, random: 0 };
    for (let seed = 0; seed < 6; seed++) {
      const { graph, near } = graphOf({}, seed);
      const rng = new Rng(seed, "cut");
      const without = (list: ArrayLike<number>) => {
        const removed = new Uint8Array(graph.nodes);
        for (let i = 0; i < 20; i++) removed[list[i]] = 1;
        return spectralRadius(graph, removed) / 6;
      };
      radius.degree += without(graph.order);
      radius.netshield += without(netShield(graph, near, 20));
      radius.acquaintance += without(acquaintances(graph, near, 20, rng));
      radius.random += without(rng.shuffle(graph.order.slice()));
    }
    // To first order about one eigenvector: close to degrees, not always better.
    expect(radius.netshield).toBeLessThan(radius.degree + 0.7);
    expect(radius.netshield).toBeLessThan(radius.random - 2);
    expect(radius.acquaintance).toBeLessThan(radius.random);
    expect(radius.degree).toBeLessThan(radius.acquaintance);
  });
});

describe("what the defender knows, and when it acts", () => {
  const watch = (given: Given, steps: number, mode = (_t: number) => 0) => {
    const world = vector(env, 64, { nodes: 400, steps: 100, ...given } as Given, 7);
    world.reset();
    const { at, size } = env.roles(settings(given)).filter.observation;
    const seen: { tests: number; service: number }[] = [];
    for (let t = 0; t < steps; t++) {
      world.roles.attacker.actions.fill(0);
      world.roles.filter.actions.fill(mode(t));
      world.step();
      const mean = (part: number) => {
        let sum = 0;
        for (let copy = 0; copy < 64; copy++) sum += world.roles.filter.obs[copy * size + part];
        return sum / 64;
      };
      seen.push({ tests: mean(at.tests), service: mean(at.service) });
    }
    return seen;
  };

  it("tests are positive at the rate of false positives where nobody is infected, and read after a delay", () => {
    const seen = watch({ inflow: 0, seeds: 0, tests: 0.5, falsePositive: 0.1, delay: 3 }, 20);
    expect(seen.slice(0, 2).map(({ tests }) => tests)).toEqual([0, 0]);
    const late = seen.slice(5).reduce((sum, { tests }) => sum + tests, 0) / 15;
    expect(Math.abs(late - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / (64 * 100 * 15)));
  });

  it("modes are in force after a lag, the first from the start", () => {
    const off = MODES.findIndex(({ effort }) => effort === 0);
    const seen = watch({ filter: 1, lag: 4, inflow: 0 }, 8, (t) => (t < 2 ? 0 : off));
    expect(seen.map(({ service }) => service)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it("makes whoever waits for signs pay what steady filters cost", () => {
    const worst = (given: Given, defence: Defence) =>
      attacks.map((attack) => play(given, attack, defence, 12)).reduce((a, b) => (b.security < a.security ? b : a));
    const steady = [0.6, 0.7, 0.8, 0.9, 1].map((filter) => worst({ filter }, "hubs-first"));
    for (const [filter, defence] of [
      [1, "extinguish"],
      [0.9, "extinguish"],
      [1, "thermostat"],
    ] as const) {
      const { utility, security } = worst({ filter }, defence);
      const i = steady.findIndex((point) => point.utility <= utility);
      const [a, b] = [steady[i - 1], steady[i]];
      const share = (a.utility - utility) / (a.utility - b.utility);
      expect(security, `${defence} ${filter}`).toBeLessThan(a.security + share * (b.security - a.security) + 0.01);
    }
  });

  it("lets patient attackers make schedules pay for their lull; a strict start is worth something even so", () => {
    // Filters that are strict first and half as strong later: whoever strikes at once meets the strict ones.
    const early: PolicyFor<typeof env, "filter"> = ({ at }) =>
      perRow((obs, from) => {
        return obs[from + at.time] < 0.3
          ? MODES.findIndex((m) => m.weight === 0.1)
          : MODES.findIndex((m) => m.effort === 0.5);
      });
    const under = (attack: keyof typeof scripts.attacks, filter: PolicyFor<typeof env, "filter">) =>
      score(env, { scripts, params: { filter: 0.9 }, attack, defence: { filter }, episodes: 12 }).attacked;
    expect(under("ambush", early).security).toBeLessThan(under("chameleon", early).security - 0.05);
    const relaxing = attacks
      .map((attack) => play({ filter: 0.75 }, attack, "relaxing", 12))
      .reduce((a, b) => (b.security < a.security ? b : a));
    const steady = attacks
      .map((attack) => play({ filter: Math.sqrt(1 - relaxing.utility) }, attack, "hubs-first", 12))
      .reduce((a, b) => (b.security < a.security ? b : a));
    expect(relaxing.security).toBeGreaterThan(steady.security + 0.03);
  });

  it("lasting immunity ends an epidemic that goes on without it", () => {
    const given: Given = { inflow: 0, filter: 0, steps: 100 };
    const [sis, sir] = (["none", "lasting"] as const).map((immunity) =>
      play({ ...given, immunity }, "stealth", "default", 4),
    );
    expect(sir.security).toBeGreaterThan(sis.security + 0.2);
    // Nobody is infected twice: the infected share summed over steps is at most one spell each, 1/γ in the mean.
    expect(sir.sums.infected / 4).toBeLessThan(1 / 0.2 + 0.5);
  });
});

describe("what may be found against filters", () => {
  const once = { turn: 0, quarters: 4, rest: 0, whole: true, below: 1, waits: false, target: "influence" } as const;
  const worst = (given: Given, defence: Defence) =>
    Math.min(...(["blast", "stealth", "chameleon", "influence"] as const).map((a) => play(given, a, defence).security));

  it("is searched among schedules that hold the scripts' play", () => {
    const under = (attacker: PolicyFor<typeof env, "attacker">, defence: Defence, episodes = 4) =>
      score(env, { scripts, params: { filter: 0.9 }, attack: { attacker }, defence, episodes }).attacked.security;
    const influential = follow({ ...once, early: 2, later: 2, down: 2 });
    expect(under(influential, "default")).toBe(under(scripts.attacks.influence.roles.attacker, "default"));
    const patient = follow({ ...once, early: 0, later: 2, down: 7, quarters: 0, waits: true });
    expect(under(patient, "relaxing")).toBeLessThan(under(influential, "relaxing") - 0.05);
  });

  it("is bounded where filters do not react: the bound lies below every attack that spends at once, and near strong filters", () => {
    for (const given of [{ filter: 0.5 }, { filter: 0.9 }]) {
      const bound = startBound("hubs-first", settings(given), 8)!;
      expect(bound).toBeLessThan(worst(given, "hubs-first"));
      expect(bound).toBeGreaterThan(given.filter === 0.9 ? 0.99 : 0.4);
    }
    // Where nothing passes, seeds and accidents recover one by one.
    expect(startBound("default", settings({ filter: 1 }), 2)).toBeGreaterThan(0.997);
    expect(startBound("thermostat", settings({}))).toBeNull();
  });
});

describe("the environment", () => {
  it("counts what it pays: the attacker's return is the infected share, summed", () => {
    const { played, sums } = play({}, "blast", "default", 3);
    expect(played.returns[0] + played.returns[2] + played.returns[4]).toBeCloseTo(sums.infected, 9);
    expect(play({ inflow: 0 }, "none", "default", 3).security).toBe(1);
    // Accidents happen whoever attacks: an arm cannot be told by its silence.
    const peace = play({}, "none", "default", 8).security;
    expect(peace).toBeLessThan(0.95);
    expect(peace).toBeGreaterThan(play({}, "stealth", "default", 8).security + 0.05);
  });

  it("never sells more seeds than the budget pays, hubs at their degree", () => {
    for (const attack of attacks) {
      const { sums } = play({ seeds: 10 }, attack, "default", 3);
      const budget = (3 * 10 * 2 * 2 * 998) / 1000;
      expect(sums.spent).toBeLessThanOrEqual(budget + 1e-6);
      if (attack !== "ambush") expect(sums.spent, attack).toBeGreaterThan(0.2 * budget); // embers spends a quarter where that is enough
      if (attack === "hubs") expect(sums.seeded).toBeLessThan(20);
      if (attack === "stealth") expect(sums.seeded).toBe(57);
    }
  });

  it("draws a graph for every episode, the same in both arms", () => {
    const world = vector(env, 2, { nodes: 300 }, 4);
    world.reset();
    const [a, b] = [world.render(0), world.render(1)];
    expect(a).toBeDefined();
    world.reset(4);
    expect(world.render(0)).toEqual(a);
    expect(world.render(1)?.width).toBe(b?.width);
  });

  it("holds 100 000 nodes and keeps count of them", () => {
    const world = vector(env, 1, { nodes: 100_000, seeds: 2000, filter: 0, steps: 12 }, 2);
    world.reset();
    const { attacker } = world.roles;
    let prevalence = 0;
    for (let t = 0; t < 11; t++) {
      attacker.actions.set([VIRALITIES.length - 1, t === 0 ? AMOUNTS.length - 1 : 0, TARGETS.indexOf("leaves")]);
      world.step();
      // Nobody is infected twice in a step: at most every node, and a seed's worth at first.
      expect(attacker.rewards[0]).toBeGreaterThan(prevalence / 2);
      prevalence = attacker.rewards[0];
    }
    expect(prevalence).toBeGreaterThan(0.4);
    expect(prevalence).toBeLessThan(0.7);
    expect(world.counters(0).spent).toBeLessThanOrEqual(2000 * 4);
  });

  it("refuses more links than the nodes allow, and says so", () => {
    expect(() => vector(env, 1, { nodes: 16, links: 8 })).toThrow(/links/);
    expect(() => vector(env, 1, { filter: 1.1 })).toThrow(/filter/);
  });
});
