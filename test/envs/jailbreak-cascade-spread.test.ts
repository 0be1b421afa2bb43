import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import env from "../../envs/jailbreak-cascade/env.ts";
import { epidemic } from "../../envs/jailbreak-cascade/epidemic.ts";
import { drawer, type Graph } from "../../envs/jailbreak-cascade/graph.ts";
import { FILTERS, HEALTHY, HUB, INFECTED, QUARANTINED, STATE, spreading } from "../../envs/jailbreak-cascade/spread.ts";
import { Rng } from "../../src/random/rng.ts";

/** Node 0 linked to 1, 2 and 3; 4 to 1; 5 alone. */
const [starts, ends] = [
  [0, 2, 0, 4],
  [1, 0, 3, 1],
];
const small = (kind: typeof Uint16Array | typeof Int32Array = Uint16Array): Graph => ({
  nodes: 6,
  from: kind.from(starts),
  to: kind.from(ends),
  degree: kind.from([3, 2, 1, 1, 1, 0]),
  order: kind.from([0, 1, 2, 3, 4, 5]),
  ends: 8,
});

/** 4.2 standard errors: one in 40,000, for a share of `runs` trials. */
const near = (share: number, truth: number, runs: number, what: string) =>
  expect(Math.abs(share - truth), `${what}: ${share}, expected ${truth}`).toBeLessThan(
    4.2 * Math.sqrt((truth * (1 - truth)) / runs) + 1e-9,
  );

describe("a network of friends", () => {
  it("has the measured degrees, no link twice and none to oneself, and is another one in every episode", () => {
    const { graph, draw } = drawer({ graph: "friends", nodes: 800, links: 2 });
    const rng = new Rng(3, "friends");
    const drawn = [0, 1].map(() => {
      draw(rng);
      const degrees = new Array(800).fill(0);
      const links = new Set<number>();
      for (let i = 0; i < graph.to.length; i++) {
        const [u, w] = [graph.from[i], graph.to[i]];
        expect(u).not.toBe(w);
        degrees[u]++;
        degrees[w]++;
        links.add(Math.min(u, w) * 800 + Math.max(u, w));
      }
      expect(links.size).toBe(6418); // friendships, Sapiezynski et al. 2019
      expect(degrees).toEqual([...graph.degree]);
      return links;
    });
    expect(graph.ends).toBe(2 * 6418);
    expect(Math.max(...graph.degree)).toBe(101);
    // Mean degree at a link's end.
    expect([...graph.degree].reduce((sum, d) => sum + d * d, 0) / graph.ends).toBeCloseTo(27.21, 2);
    expect([...drawn[0]].filter((link) => drawn[1].has(link)).length).toBeLessThan(600);
  });

  it("scales to other sizes by its quantiles, and spreads over the links last drawn", () => {
    const { graph, draw } = drawer({ graph: "friends", nodes: 81, links: 2 });
    draw(new Rng(4, "friends"));
    expect(graph.ends % 2).toBe(0);
    const spread = spreading(graph, false);
    for (let round = 0; round < 3; round++) {
      draw(new Rng(5 + round, "friends"));
      spread.reset(new Rng(1, "spread"));
      spread.state.fill(HEALTHY);
      spread.state[0] = INFECTED;
      spread.step(new Rng(2, "step"), 1, 1, 0, 0);
      const near = new Set<number>();
      for (let i = 0; i < graph.to.length; i++) {
        if (graph.from[i] === 0) near.add(graph.to[i]);
        if (graph.to[i] === 0) near.add(graph.from[i]);
      }
      const caught = [...spread.state.keys()].filter((u) => u > 0 && (spread.state[u] & STATE) === INFECTED);
      near.delete(0); // so few nodes may have no simple graph of such degrees
      expect(new Set(caught)).toEqual(near);
    }
  });
});

describe("a step over links", () => {
  // Below ½ links are hit by a Poisson process, above it each is tried.
  it.each([
    [0.02, 0.02],
    [0.3, 0.3],
    [0.5, 0.5],
    [0.51, 0.51],
    [0.9, 0.9],
    [0.4, 0.1],
    [0.1, 0.4],
    [0, 0.3],
    [0.8, 0.25],
    [0.25, 0.8],
    [1, 0.5],
    [1, 1],
  ])("passes with probability %d, with a hub at an end %d, whatever other links do", (plain, guarded) => {
    const rng = new Rng(1, "step");
    const spread = spreading(small(), false);
    spread.reset(rng);
    const runs = 20_000;
    const caught = { hub: 0, neither: 0, both: 0, twice: 0 };
    let wrong = 0; // an `expect` a run would take most of the time
    for (let n = 0; n < runs; n++) {
      // Node 0 is a hub and infected, so is 4; 1 may catch it from both; 2 and 3 from node 0 alone.
      spread.state.set([HUB | INFECTED, HEALTHY, HEALTHY, HEALTHY, INFECTED, HEALTHY]);
      spread.step(rng, plain, guarded, 0, 0);
      const [, one, two, three, , alone] = spread.state;
      if (alone !== HEALTHY || spread.counts[0] !== 2 + one + two + three) wrong++;
      caught.hub += two;
      caught.neither += (1 - two) * (1 - three);
      caught.both += two * three;
      caught.twice += one;
    }
    expect(wrong).toBe(0);
    near(caught.hub / runs, guarded, runs, "over a hub's link");
    near(caught.neither / runs, (1 - guarded) ** 2, runs, "over neither");
    near(caught.both / runs, guarded ** 2, runs, "over both");
    near(caught.twice / runs, 1 - (1 - plain) * (1 - guarded), runs, "from either");
  });

  it("passes nothing to or from the quarantined, nor on from whoever has just caught it", () => {
    const rng = new Rng(2, "step");
    const spread = spreading(small(), false);
    spread.reset(rng);
    spread.state.set([QUARANTINED, HEALTHY, INFECTED, HEALTHY, HEALTHY, HEALTHY]);
    spread.step(rng, 1, 1, 0, 0);
    expect([...spread.state]).toEqual([QUARANTINED, HEALTHY, INFECTED, HEALTHY, HEALTHY, HEALTHY]);
    spread.state.set([HEALTHY, HEALTHY, INFECTED, HEALTHY, HEALTHY, HEALTHY]);
    spread.step(rng, 1, 1, 0, 0);
    expect([...spread.state]).toEqual([INFECTED, HEALTHY, INFECTED, HEALTHY, HEALTHY, HEALTHY]);
    spread.step(rng, 1, 1, 0, 0);
    expect([...spread.state]).toEqual([INFECTED, INFECTED, INFECTED, INFECTED, HEALTHY, HEALTHY]);
    spread.step(rng, 1, 1, 0, 1); // 0 … 3 recover, 4 caught it in this step
    expect([...spread.state]).toEqual([HEALTHY, HEALTHY, HEALTHY, HEALTHY, INFECTED, HEALTHY]);
  });

  it.each([
    [0.45, 0.45],
    [0.4, 0.15],
    [0.9, 0.6],
  ])("is reported or passed on, never both, where control is local: %d, filtered %d", (plain, guarded) => {
    const rng = new Rng(3, "local");
    const spread = spreading(small(), true);
    spread.reset(rng);
    const runs = 20_000;
    const known = 0.3;
    const told = new Float64Array(6);
    const caught = new Float64Array(6);
    let wrong = 0;
    for (let n = 0; n < runs; n++) {
      spread.state.set([HUB | FILTERS | INFECTED, HEALTHY, FILTERS, HEALTHY, INFECTED, HEALTHY]);
      const now: number[] = [];
      spread.step(rng, plain, guarded, known, 0, (u) => now.push(u));
      for (const u of now) told[u]++;
      for (let u = 0; u < 6; u++) caught[u] += (spread.state[u] & STATE) === INFECTED ? 1 : 0;
      // Nodes 2 and 3 have one infected neighbour: one message at most.
      for (const u of [2, 3]) {
        const messages = now.filter((v) => v === u).length + (spread.state[u] & STATE);
        if (messages > 1) wrong++;
      }
    }
    expect(wrong).toBe(0);
    near(told[2] / runs, guarded * known, runs, "reports of one that filters");
    near(caught[2] / runs, guarded * (1 - known), runs, "one that filters");
    near(told[3] / runs, plain * known, runs, "reports of one that does not");
    near(caught[3] / runs, plain * (1 - known), runs, "one that does not");
    near(caught[1] / runs, 1 - (1 - plain * (1 - known)) ** 2, runs, "one with two infected neighbours");
    expect(told[0] + told[4] + told[5]).toBe(0);
  });

  it.each([0, 1e-3, 1 / 256, 0.2, 0.5, 0.999, 1])("lets the infected recover with probability %d", (recovery) => {
    const nodes = 1009; // one more than fills registers
    const rng = new Rng(4, "recover");
    const none = { ...small(), nodes, from: new Uint16Array(0), to: new Uint16Array(0) };
    const spread = spreading(none, false);
    spread.reset(rng);
    const runs = 200;
    let [healed, lastHealed, wrong] = [0, 0, 0];
    for (let n = 0; n < runs; n++) {
      for (let u = 0; u < nodes; u++) spread.state[u] = ((u + 1) % 4) | (u < 100 ? HUB : 0); // all four, FRESH too
      spread.step(rng, 0.5, 0.5, 0, recovery);
      let [infected, hubs] = [0, 0];
      for (let u = 0; u < nodes; u++) {
        const now = spread.state[u] & STATE;
        if (u % 4 === 0) healed += now === HEALTHY ? 1 : 0;
        else if (now !== [0, QUARANTINED, INFECTED, HEALTHY][u % 4]) wrong++;
        if (now === INFECTED) infected++;
        if (now === INFECTED && spread.state[u] & HUB) hubs++;
      }
      expect([...spread.counts]).toEqual([infected, hubs]);
      lastHealed += (spread.state[nodes - 1] & STATE) === HEALTHY ? 1 : 0;
    }
    expect(wrong).toBe(0);
    near(healed / (runs * 253), recovery, runs * 253, "recovered");
    near(lastHealed / runs, recovery, runs, "the last node");
  });
});

describe("the workbench", () => {
  const graphOf = (nodes: number, kind?: typeof Int32Array): Graph => {
    const { graph, draw } = drawer({ graph: "scale-free", nodes, links: 2 });
    draw(new Rng(5, "graph"));
    if (!kind) return graph;
    return { ...graph, from: kind.from(graph.from), to: kind.from(graph.to) };
  };
  const run = function* (graph: Graph, local: boolean, scale = 1) {
    const rng = new Rng(6, "run");
    const spread = spreading(graph, local);
    spread.reset(rng);
    spread.state.fill(HEALTHY);
    for (let u = 0; u < 5; u++) spread.state[u] = INFECTED | HUB;
    for (let t = 0; t < 12; t++) {
      const reports: number[] = [];
      spread.step(rng, scale * (t % 3 === 0 ? 0.7 : 0.3), scale * 0.2, 0.2, 0.1, (u) => reports.push(u));
      yield { state: [...spread.state], reports };
    }
  };

  it.each([false, true])("gives nodes of two and of four bytes the same steps (local control: %s)", (local) => {
    const wide = [...run(graphOf(300, Int32Array), local)];
    expect(wide).toEqual([...run(graphOf(300), local)]);
    expect(wide.some(({ reports }) => reports.length > 0)).toBe(local);
    expect(wide.at(-1)?.state.filter((byte) => (byte & STATE) === INFECTED).length).toBeGreaterThan(20);
  });

  it("serves graphs of many sizes in turn, two by two and together, as if each were alone", () => {
    const makers = [
      () => run(graphOf(300), false),
      () => run(graphOf(40), true),
      () => run(graphOf(20_000), false), // grows it
      () => run(graphOf(300), true),
      () => run(graphOf(300, Int32Array), false),
      () => run({ ...graphOf(5000), from: new Uint16Array(0), to: new Uint16Array(0) }, false), // a pairing
      () => run(graphOf(6000), false, 0), // lets nothing pass
    ];
    const alone = makers.map((make) => [...make()]);
    const inTurn = (group: number[]) => {
      const steps = group.map((i) => makers[i]());
      for (let t = 0; t < 12; t++) {
        for (const [k, i] of group.entries()) {
          const same = isDeepStrictEqual(steps[k].next().value, alone[i][t]);
          expect(same, `step ${t} of maker ${i} among ${group}`).toBe(true);
        }
      }
    };
    const all = makers.map((_, i) => i);
    for (const i of all) for (const j of all) if (i !== j) inTurn([i, j]);
    inTurn(all);
  });

  it("collects reports of all blocks of links", () => {
    const nodes = 80_000;
    const half = Int32Array.from({ length: nodes / 2 }, (_, i) => 2 * i);
    const pairs = { ...small(), nodes, from: half, to: half.map((u) => u + 1) };
    const rng = new Rng(8, "pairs");
    const spread = spreading(pairs, true);
    spread.reset(rng);
    for (const u of half) spread.state[u + (u % 3 === 0 ? 1 : 0)] = INFECTED;
    const reports: number[] = [];
    spread.step(rng, 1, 1, 1, 0, (u) => reports.push(u));
    expect(reports.sort((a, b) => a - b)).toEqual([...half].map((u) => u + (u % 3 === 0 ? 0 : 1)));
    expect(spread.counts[0]).toBe(nodes / 2);
  });

  it("counts open edges, and those of hubs, of a lattice that nobody drew since others were stepped", () => {
    const p = env.params.parse({ graph: "lattice", nodes: 50, quarantine: 0.1, hubs: 0.3 });
    const { graph } = drawer(p);
    const plague = epidemic(p, graph, new Rng(9, "lattice"));
    const other = run(graphOf(300), false);
    other.next();
    plague.reset();
    const edges = [...graph.from].map((u, i) => [plague.state[u], plague.state[graph.to[i]]]);
    const open = edges.filter((ends) => ends.every((byte) => (byte & STATE) !== QUARANTINED));
    const hubs = open.filter((ends) => ends.some((byte) => (byte & HUB) !== 0));
    expect(open.length).toBeLessThan(edges.length);
    expect(hubs.length).toBeGreaterThan(0);
    expect(plague.openEdges()).toEqual({ open: open.length / edges.length, hubs: hubs.length / open.length });
  });

  it("steps graphs of 100,000 nodes, whose numbers do not fit in two bytes", () => {
    const p = env.params.parse({ nodes: 100_000 });
    const { graph, draw } = drawer(p);
    const rng = new Rng(7, "large");
    draw(rng);
    expect(graph.to).toBeInstanceOf(Int32Array);
    const degrees = new Int32Array(p.nodes);
    for (let i = 0; i < graph.to.length; i++) {
      degrees[graph.from[i]]++;
      degrees[graph.to[i]]++;
    }
    expect(degrees).toEqual(graph.degree);
    const spread = spreading(graph, false);
    spread.reset(rng);
    spread.state[graph.order[0]] = INFECTED;
    spread.step(rng, 1, 1, 0, 0);
    expect(spread.counts[0]).toBe(1 + graph.degree[graph.order[0]]);
    const plague = epidemic(p, graph, rng);
    plague.reset();
    for (let i = 0; i < 1000; i++) plague.seed(graph.order[i]);
    for (let t = 0; t < 30; t++) plague.step(0.1, 0.1, 0);
    let infected = 0;
    for (const byte of plague.state) if ((byte & STATE) === INFECTED) infected++;
    expect(plague.infected).toBe(infected);
    expect(infected).toBeGreaterThan(20_000);
  });
});
