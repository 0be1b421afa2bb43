import type { Rng } from "masque";
import { type Graph, type Nodes, nodeArray } from "./graph.ts";
import type { Rules } from "./model.ts";
import { acquaintances, adjacency, netShield } from "./orders.ts";
import { FILTERS, FRESH, HEALTHY, HUB, INFECTED, QUARANTINED, STATE, spreading } from "./spread.ts";

/** Who is infected, and the synchronous step: infected at its start pass the message on, then recover. */
export function epidemic(p: Rules, graph: Graph, rng: Rng) {
  const { nodes, order } = graph;
  const local = p.control === "local";
  const paired = p.graph === "pairing";
  const spread = spreading(graph, local);
  const { state, counts } = spread;
  const special = local ? FILTERS : HUB;
  const seats = nodeArray(paired ? nodes : 0, nodes);
  const quarantined = Math.floor(p.quarantine * nodes);
  const hubCount = Math.floor(p.hubs * nodes);
  const before = new Uint8Array(p.immunity === "lasting" ? nodes : 0);
  /** Whom the quarantine cuts off, first ones first. */
  const cut = (): Nodes => {
    if (p.cut === "degree" || paired || quarantined === 0) return order;
    const known = adjacency(graph);
    return p.cut === "netshield" ? netShield(graph, known, quarantined) : acquaintances(graph, known, quarantined, rng);
  };
  const guard = local ? watch(p, graph, state) : undefined;
  const self = {
    /** A byte a node, as spread.ts says. */
    state,
    /** The bit of it for which links pass with the second probability: of both ends, or of the healthy one under local control. */
    special,
    infected: 0,
    /** Hubs that were infected after the last step. */
    hubs: 0,
    /** Share of receiving ends of links at nodes that filter by themselves. */
    filtered: 0,
    reports: 0,
    reset() {
      spread.reset(rng);
      state.fill(HEALTHY);
      for (let i = 0; i < seats.length; i++) seats[i] = i;
      const wanted = cut();
      for (let i = 0; i < quarantined; i++) state[wanted[i]] = QUARANTINED;
      for (let i = 0; i < hubCount; i++) state[order[i]] |= HUB;
      guard?.reset();
      self.infected = self.hubs = self.filtered = self.reports = 0;
    },
    /** Share of the edges with no quarantined end, and the share of those that touch a hub. */
    openEdges(): { open: number; hubs: number } {
      const { all, open, hubs } = paired ? pairs(nodes, quarantined, hubCount) : spread.edges();
      return { open: open / all, hubs: open === 0 ? 0 : hubs / open };
    },
    /** Makes a healthy node a carrier; false where it is not healthy. */
    seed(u: number): boolean {
      if ((state[u] & STATE) !== HEALTHY) return false;
      state[u] |= INFECTED;
      self.infected++;
      return true;
    },
    /** One step: `plain` and `guarded` are what links pass, as `special` says, `known` what receivers detect. */
    step(plain: number, guarded: number, known: number) {
      if (self.infected > 0) {
        if (paired) meet(plain, guarded, known);
        if (before.length > 0) before.set(state);
        spread.step(rng, plain, guarded, known, p.recovery, guard?.report);
        // Who recovered for good is out of the epidemic, as who is quarantined; traffic goes on.
        for (let u = 0; u < before.length; u++) {
          if ((before[u] & STATE) === INFECTED && (state[u] & STATE) === HEALTHY) state[u] |= QUARANTINED;
        }
        self.infected = counts[0];
        self.hubs = counts[1];
      }
      if (guard) {
        self.reports = guard.reports;
        self.filtered = guard.heed();
      }
    },
  };

  /** Seats everyone in random pairs: the first of a pair asks, and the second, who answers, may catch it. */
  function meet(plain: number, guarded: number, known: number): void {
    for (let i = nodes - 1; i > 0; i--) {
      const j = Math.floor(rng.float32() * (i + 1));
      const held = seats[i];
      seats[i] = seats[j];
      seats[j] = held;
    }
    for (let i = 0; i + 1 < nodes; i += 2) {
      const u = seats[i];
      const w = seats[i + 1];
      if ((state[u] & STATE) !== INFECTED || (state[w] & STATE) !== HEALTHY) continue;
      const pass = (local ? state[w] : state[u] | state[w]) & special ? guarded : plain;
      if (rng.float32() >= pass) continue;
      if (guard && rng.float32() < known) guard.report(w);
      else state[w] |= FRESH;
    }
  }
  return self;
}

/** Local control: who reports, and who filters because of it. Keeps the bit FILTERS of `state` for nodes that do. */
function watch(p: Rules, { nodes, from, to, degree, ends }: Graph, state: Uint8Array) {
  const needed = p.graph === "pairing" ? 1 : p.reports; // nobody else's reports reach a node without neighbours
  const left = new Int32Array(nodes); // steps that a node still filters
  const reported = new Int32Array(nodes);
  const heard = new Int32Array(nodes);
  const self = {
    /** In this step. */
    reports: 0,
    reset() {
      left.fill(0);
      reported.fill(0);
      self.reports = 0;
    },
    report(u: number): void {
      reported[u]++;
      self.reports++;
    },
    /**
     * Ends filters whose time is over; begins them where enough was reported in this step. Returns the share of ends of
     * links at nodes that filter from now on.
     */
    heed(): number {
      heard.set(reported);
      if (self.reports > 0) {
        for (let i = 0; i < to.length; i++) {
          heard[from[i]] += reported[to[i]];
          heard[to[i]] += reported[from[i]];
        }
      }
      let filtering = 0;
      for (let u = 0; u < nodes; u++) {
        if (heard[u] >= needed && (state[u] & STATE) !== QUARANTINED) left[u] = p.hold;
        else if (left[u] > 0) left[u]--;
        if (left[u] > 0) {
          state[u] |= FILTERS;
          filtering += degree[u];
        } else state[u] &= ~FILTERS;
      }
      reported.fill(0);
      self.reports = 0;
      return filtering / ends;
    },
  };
  return self;
}

/** Edges where any two nodes may meet: all, those with no quarantined end, and of these the ones with a hub. */
function pairs(nodes: number, quarantined: number, hubs: number): { all: number; open: number; hubs: number } {
  const among = (n: number) => (n * (n - 1)) / 2;
  const open = among(nodes - quarantined);
  return { all: among(nodes), open, hubs: open - among(nodes - Math.max(quarantined, hubs)) };
}
