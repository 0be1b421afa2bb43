import { log, log1p, pow } from "../../src/numeric.ts";
import type { Rng } from "../../src/rng.ts";
import type { Graph } from "./graph.ts";
import type { JailbreakCascade } from "./params.ts";

export const HEALTHY = 0;
export const INFECTED = 1;
export const QUARANTINED = 2;

/** β·v·(1−φ)^v: what a link passes. */
export const passes = (infection: number, virality: number, filter: number): number =>
  infection * virality * pow(1 - filter, virality);

/** Probability that a healthy node which gets a message of virality v knows it for what it is, and reports it. */
export const detects = (virality: number): number => 1 - pow(0.5, virality);

/** Below this, what passes is nothing: a uniform number cannot tell it from 0. */
const NOTHING = 2 ** -32;

/** ln(1 − p) where successes are so rare that one logarithm a draw beats multiplying, else 0. */
const rareness = (p: number): number => (p < 0.06 ? log1p(-p) : 0);

/** Failures before the first success at probability 1 − q > NOTHING, by inversion; `rare` is `rareness(1 − q)`. */
function failures(rng: Rng, q: number, rare: number): number {
  const uniform = rng.float32() + 2 ** -33;
  if (rare < 0) return Math.floor(log(uniform) / rare);
  let k = 0;
  for (let left = q; left > uniform; left *= q) k++;
  return k;
}

/** Who is infected, and the synchronous step: infected at its start pass the message on, then recover. */
export function epidemic(p: JailbreakCascade, graph: Graph, rng: Rng) {
  const { nodes, start, links, degree, order } = graph;
  const local = p.control === "local";
  const paired = p.graph === "pairing";
  const needed = paired ? 1 : p.reports; // nobody else's reports reach a node without neighbours
  const state = new Uint8Array(nodes);
  const carriers = new Int32Array(nodes);
  const quarantined = Math.floor(p.quarantine * nodes);
  const [stays, slow] = [1 - p.recovery, rareness(p.recovery)];
  const seats = new Int32Array(paired ? nodes : 0);
  // Edges of class 1 pass with the second probability: hubs' edges, or those to a node that filters by itself.
  const special = new Uint8Array(nodes);
  // Local control: steps that a node still filters, those that do, and the reports of this step.
  const left = new Int32Array(local ? nodes : 0);
  const filtering = new Int32Array(local ? nodes : 0);
  const tally = new Int32Array(local ? nodes : 0);
  const reporters = new Int32Array(local ? nodes : 0);
  const self = {
    state,
    /** 1 for hubs, or for nodes that filter under local control. */
    special,
    infected: 0,
    /** Share of receiving ends of links at nodes that filter by themselves. */
    filtered: 0,
    reports: 0,
    reset() {
      state.fill(HEALTHY);
      for (let i = 0; i < seats.length; i++) seats[i] = i;
      special.fill(0);
      for (let i = 0; i < quarantined; i++) state[order[i]] = QUARANTINED;
      if (local) {
        left.fill(0);
        tally.fill(0);
      } else for (let i = 0; i < Math.floor(p.hubs * nodes); i++) special[order[i]] = 1;
      self.infected = self.filtered = self.reports = on = ends = 0;
    },
    /** Makes a healthy node a carrier; false where it is not healthy. */
    seed(u: number): boolean {
      if (state[u] !== HEALTHY) return false;
      state[u] = INFECTED;
      carriers[self.infected++] = u;
      return true;
    },
    /** One step: `plain` and `guarded` are what edges of class 0 and 1 pass, `known` what receivers detect. */
    step(plain: number, guarded: number, known: number) {
      const old = self.infected;
      const most = Math.max(plain, guarded);
      self.reports = 0;
      if (most > NOTHING && old > 0) {
        if (paired) meet(plain, guarded, known);
        else passOn(old, most, plain / most, guarded / most, known);
      }
      recover(old);
      if (local) heed();
    },
  };
  let on = 0; // nodes that filter
  let ends = 0; // and their degrees together

  /** A message that got through to a healthy node: infects it, unless the node reports it. */
  function arrive(u: number, known: number): void {
    if (local && rng.float32() < known) {
      reporters[self.reports++] = u;
      return;
    }
    state[u] = INFECTED;
    carriers[self.infected++] = u;
  }

  function passOn(old: number, most: number, plain: number, guarded: number, known: number): void {
    const [from, to, who, states, classes] = [start, links, carriers, state, special]; // locals are faster in loops
    const stream = rng;
    const [q, rare] = [1 - most, rareness(most)];
    let skip = failures(stream, q, rare); // edges, over all carriers end to end, until the next that may pass
    for (let i = 0; i < old; i++) {
      const u = who[i];
      const end = from[u + 1];
      let at = from[u] + skip;
      while (at < end) {
        const w = to[at];
        if (states[w] === 0) {
          const share = classes[w] === 1 || (!local && classes[u] === 1) ? guarded : plain;
          if (share === 1 || stream.float32() < share) arrive(w, known);
        }
        at += 1 + failures(stream, q, rare);
      }
      skip = at - end;
    }
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
      if (rng.float32() < pass) arrive(w, known);
    }
  }

  function recover(old: number): void {
    if (p.recovery <= NOTHING) return;
    for (let i = old - 1 - failures(rng, stays, slow); i >= 0; i -= 1 + failures(rng, stays, slow)) {
      state[carriers[i]] = HEALTHY;
      carriers[i] = carriers[--self.infected];
    }
  }

  /** Ends filters whose time is over; begins them where enough was reported in this step. */
  function heed(): void {
    for (let i = on - 1; i >= 0; i--) {
      const u = filtering[i];
      if (--left[u] > 0) continue;
      special[u] = 0;
      ends -= degree[u];
      filtering[i] = filtering[--on];
    }
    for (let r = 0; r < self.reports; r++) {
      const u = reporters[r];
      hear(u);
      for (let at = start[u]; at < start[u + 1]; at++) hear(links[at]);
    }
    for (let r = 0; r < self.reports; r++) {
      const u = reporters[r];
      tally[u] = 0;
      for (let at = start[u]; at < start[u + 1]; at++) tally[links[at]] = 0;
    }
    self.filtered = ends / graph.ends;
  }

  function hear(u: number): void {
    if (++tally[u] !== needed || state[u] === QUARANTINED) return;
    left[u] = p.hold;
    if (special[u] === 1) return;
    special[u] = 1;
    filtering[on++] = u;
    ends += degree[u];
  }
  return self;
}
