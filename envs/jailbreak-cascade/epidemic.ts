import { pow } from "../../src/numeric.ts";
import type { Rng } from "../../src/rng.ts";
import { Trials } from "../../src/trials.ts";
import { type Graph, nodeArray } from "./graph.ts";
import type { JailbreakCascade } from "./params.ts";
import { watch } from "./watch.ts";

export const HEALTHY = 0;
export const INFECTED = 1;
export const QUARANTINED = 2;

/** β·v·(1−φ)^v: what a link passes. */
export const passes = (infection: number, virality: number, filter: number): number =>
  infection * virality * pow(1 - filter, virality);

/** Probability that a healthy node which gets a message of virality v knows it for what it is, and reports it. */
export const detects = (virality: number): number => 1 - pow(0.5, virality);

/** Places picked by trials: every copy's, since none needs them for longer than a loop. */
let picked = new Int32Array(0);

/** Who is infected, and the synchronous step: infected at its start pass the message on, then recover. */
export function epidemic(p: JailbreakCascade, graph: Graph, rng: Rng) {
  const { nodes, from, to: into, order } = graph;
  const local = p.control === "local";
  const paired = p.graph === "pairing";
  const trials = new Trials();
  const most = Math.max(nodes, into.length);
  if (picked.length < most) picked = new Int32Array(most);
  const state = new Uint8Array(nodes);
  const carriers = nodeArray(nodes, nodes);
  const seats = nodeArray(paired ? nodes : 0, nodes);
  // Links of class 1 pass with the second probability: hubs' links, or those to a node that filters by itself.
  const special = new Uint8Array(nodes);
  const guard = local ? watch(p, graph, state, special) : undefined;
  const self = {
    state,
    /** 1 for hubs, or for nodes that filter under local control. */
    special,
    infected: 0,
    /** Share of receiving ends of links at nodes that filter by themselves. */
    filtered: 0,
    reports: 0,
    reset() {
      trials.seed(rng);
      state.fill(HEALTHY);
      for (let i = 0; i < seats.length; i++) seats[i] = i;
      special.fill(0);
      const quarantined = Math.floor(p.quarantine * nodes);
      for (let i = 0; i < quarantined; i++) state[order[i]] = QUARANTINED;
      if (guard) guard.reset();
      else for (let i = 0; i < Math.floor(p.hubs * nodes); i++) special[order[i]] = 1;
      self.infected = self.filtered = self.reports = 0;
    },
    /** Makes a healthy node a carrier; false where it is not healthy. */
    seed(u: number): boolean {
      if (state[u] !== HEALTHY) return false;
      state[u] = INFECTED;
      carriers[self.infected++] = u;
      return true;
    },
    /** One step: `plain` and `guarded` are what links of class 0 and 1 pass, `known` what receivers detect. */
    step(plain: number, guarded: number, known: number) {
      const old = self.infected;
      if (old > 0 && Math.max(plain, guarded) > 0) {
        if (paired) meet(plain, guarded, known);
        else passOn(plain, guarded, known);
      }
      recover(old);
      if (guard) {
        self.reports = guard.reports;
        self.filtered = guard.heed();
      }
    },
  };

  /**
   * Picks the links over which something may pass, whoever is infected, and of these the ones with an infected and a
   * healthy end, all before anybody catches it: what is infected in this step passes nothing on yet.
   */
  function passOn(plain: number, guarded: number, known: number): void {
    const [starts, ends, states, classes] = [from, into, state, special]; // locals: faster
    const [hits, who, watcher] = [picked, carriers, guard];
    const most = Math.max(plain, guarded);
    let all = self.infected;
    const passing = trials.successes(ends.length, most, hits);
    let live = 0;
    for (let i = 0; i < passing; i++) {
      const link = hits[i];
      const u = states[starts[link]];
      const w = states[ends[link]];
      hits[live] = link;
      live += (u ^ w) & ~((u | w) >> 1) & 1; // 1 for HEALTHY with INFECTED: no branch that would be guessed wrong
    }
    for (let i = 0; i < live; i++) {
      const u = starts[hits[i]];
      const w = ends[hits[i]];
      const to = u ^ ((u ^ w) & -states[u]); // the healthy end
      if (states[to] !== HEALTHY) continue; // caught it over another link
      if (plain !== guarded) {
        const pass = classes[to] === 1 || (!local && (classes[u] | classes[w]) === 1) ? guarded : plain;
        if (pass < most && trials.uniform() * most >= pass) continue;
      }
      if (watcher && trials.uniform() < known) watcher.report(to);
      else {
        states[to] = INFECTED;
        who[all++] = to;
      }
    }
    self.infected = all;
  }

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
      if (state[u] !== INFECTED || state[w] !== HEALTHY) continue;
      const pass = special[w] === 1 || (special[u] === 1 && !local) ? guarded : plain;
      if (rng.float32() >= pass) continue;
      if (guard && rng.float32() < known) guard.report(w);
      else self.seed(w);
    }
  }

  /** From the last to the first, so that whoever takes the place of one that recovers has had its turn. */
  function recover(old: number): void {
    const [who, states, hits] = [carriers, state, picked];
    let all = self.infected;
    for (let i = trials.successes(old, p.recovery, hits) - 1; i >= 0; i--) {
      states[who[hits[i]]] = HEALTHY;
      who[hits[i]] = who[--all];
    }
    self.infected = all;
  }
  return self;
}
