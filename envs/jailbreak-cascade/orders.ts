import type { Rng } from "masque";
import { log } from "masque/numeric";
import { type Graph, type Nodes, nodeArray } from "./graph.ts";
import { HEALTHY, HUB, STATE } from "./spread.ts";

// Whom to seed, and whom to cut off: orders of a graph's nodes, most wanted first. Pairings have no links that last; there
// all orders are by number.

/** Neighbours side by side: those of u are `near[start[u] … start[u + 1])`. */
export interface Adjacency {
  readonly start: Int32Array;
  readonly near: Nodes;
}

export function adjacency({ nodes, from, to }: Graph): Adjacency {
  const start = new Int32Array(nodes + 1);
  for (let i = 0; i < to.length; i++) {
    start[from[i] + 1]++;
    start[to[i] + 1]++;
  }
  for (let u = 0; u < nodes; u++) start[u + 1] += start[u];
  const place = start.slice(0, nodes);
  const near = nodeArray(2 * to.length, nodes);
  for (let i = 0; i < to.length; i++) {
    near[place[from[i]]++] = to[i];
    near[place[to[i]]++] = from[i];
  }
  return { start, near };
}

/** By k-shell (Kitsak et al. 2010, Nature Physics 6:888), degree where equal: peeling off those of least degree. */
export function shells({ nodes, order }: Graph, { start, near }: Adjacency): Nodes {
  const left = Int32Array.from({ length: nodes }, (_, u) => start[u + 1] - start[u]);
  const shell = new Int32Array(nodes).fill(-1);
  let k = 0;
  for (let done = 0; done < nodes; k++) {
    const peel: number[] = [];
    for (let u = 0; u < nodes; u++) if (shell[u] < 0 && left[u] <= k) peel.push(u);
    for (let u = peel.pop(); u !== undefined; u = peel.pop()) {
      if (shell[u] >= 0) continue;
      shell[u] = k;
      done++;
      for (let i = start[u]; i < start[u + 1]; i++) {
        const w = near[i];
        if (shell[w] < 0 && --left[w] <= k) peel.push(w);
      }
    }
  }
  const all = nodeArray(nodes, nodes);
  let count = 0;
  for (let s = k - 1; s >= 0; s--) for (const u of order) if (shell[u] === s) all[count++] = u;
  return all;
}

/** Steps that an outbreak is to outlive. */
const OUTLIVED = 16;
/** Taken for 0 where a logarithm is to be finite. */
const SMALLEST = 1e-300;

/** What seeds meet: a byte a node, as spread.ts says, and what links pass, `guarded` those with a hub at an end. */
export interface Conditions {
  readonly state: Uint8Array;
  readonly plain: number;
  readonly guarded: number;
  readonly recovery: number;
}

/**
 * By greedy influence maximisation (Kempe, Kleinberg and Tardos 2003) for a node's cost, its degree. Seeds are to start what
 * does not die out, and outbreaks are taken for branching processes: several are over together with the product of each one's
 * probability. So −log of that is what a node adds to any others, and the most of it a unit of cost comes first, those of lowest
 * degree where equal. Only healthy nodes catch it: who is cut off or infected is worth nothing, as seed or as neighbour.
 */
export function influence(
  { nodes, degree, order }: Graph,
  { start, near }: Adjacency,
  { state, plain, guarded, recovery }: Conditions,
): Nodes {
  const healthy = (u: number) => (state[u] & STATE) === HEALTHY;
  // Probability that an outbreak from one node is over after so many steps.
  let over = Float64Array.from({ length: nodes }, (_, u) => (healthy(u) ? 0 : 1));
  let next = over.slice();
  for (let step = 0; step < OUTLIVED; step++) {
    for (let u = 0; u < nodes; u++) {
      if (!healthy(u)) continue;
      let all = recovery + (1 - recovery) * over[u];
      for (let i = start[u]; i < start[u + 1]; i++) {
        const w = near[i];
        all *= 1 - ((state[u] | state[w]) & HUB ? guarded : plain) * (1 - over[w]);
      }
      next[u] = all;
    }
    [over, next] = [next, over];
  }
  const worth = over.map((p, u) => -log(Math.max(p, SMALLEST)) / degree[u]);
  return order
    .slice()
    .reverse()
    .sort((a, b) => worth[b] - worth[a]);
}

/** Acquaintances of random nodes (Cohen, Havlin and ben-Avraham 2003): hubs are met without anybody knowing degrees. */
export function acquaintances({ nodes, order }: Graph, { start, near }: Adjacency, count: number, rng: Rng): Nodes {
  const met = new Set<number>();
  for (let tries = 0; met.size < count && tries < 50 * nodes; tries++) {
    const u = Math.floor(rng.float32() * nodes);
    const friends = start[u + 1] - start[u];
    if (friends > 0) met.add(near[start[u] + Math.floor(rng.float32() * friends)]);
  }
  const all = nodeArray(nodes, nodes);
  all.set([...met, ...Array.from(order).filter((u) => !met.has(u))]);
  return all;
}

/** Passes over all links until the eigenvector is taken for settled. */
const PASSES = 60;

/**
 * The first `count` by NetShield (Tong et al. 2010, ICDM): greedily those whose removal lowers the largest eigenvalue most to
 * first order, 2λ x_u² less what neighbours that went before account for.
 */
export function netShield({ nodes, from, to, order }: Graph, { start, near }: Adjacency, count: number): Nodes {
  let x = new Float64Array(nodes).fill(1);
  let y = new Float64Array(nodes);
  let radius = 0;
  for (let n = 0; n < PASSES; n++) {
    y.set(x); // A + I: a bipartite graph has −λ₁ too
    for (let i = 0; i < to.length; i++) {
      y[from[i]] += x[to[i]];
      y[to[i]] += x[from[i]];
    }
    let square = 0;
    for (let u = 0; u < nodes; u++) square += y[u] * y[u];
    radius = Math.sqrt(square);
    for (let u = 0; u < nodes; u++) y[u] /= radius;
    [x, y] = [y, x];
  }
  const worth = x.map((value) => 2 * (radius - 1) * value * value);
  const taken = new Uint8Array(nodes);
  const chosen: number[] = [];
  for (let k = 0; k < count; k++) {
    let best = -1;
    for (let u = 0; u < nodes; u++) if (taken[u] === 0 && (best < 0 || worth[u] > worth[best])) best = u;
    taken[best] = 1;
    chosen.push(best);
    for (let i = start[best]; i < start[best + 1]; i++) worth[near[i]] -= 2 * x[best] * x[near[i]];
  }
  const all = nodeArray(nodes, nodes);
  all.set([...chosen, ...Array.from(order).filter((u) => taken[u] === 0)]);
  return all;
}
