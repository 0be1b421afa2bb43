import type { Rng } from "masque";
import { type Graph, type Nodes, nodeArray } from "./graph.ts";

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

/** Reverse reachable sets that `influence` draws. */
const SETS = 16;

/**
 * By greedy influence maximisation for a node's cost, its degree: the most of so many reverse reachable sets covered anew a unit
 * of cost (Kempe, Kleinberg and Tardos 2003; Borgs et al. 2014), every link passing with probability `transmits`; `most` nodes
 * at the most. The others follow by degree, the lowest first.
 */
export function influence(
  { nodes, degree, order }: Graph,
  { start, near }: Adjacency,
  transmits: number,
  most: number,
  rng: Rng,
): Nodes {
  // Sets end to end: that of s is `members[ends[s − 1] … ends[s])`.
  const members = nodeArray(SETS * nodes, nodes);
  const ends = new Int32Array(SETS + 1);
  const seen = new Uint8Array(nodes);
  const gain = new Int32Array(nodes);
  let end = 0;
  for (let s = 0; s < SETS; s++) {
    seen.fill(0);
    const first = Math.floor(rng.float32() * nodes);
    seen[first] = 1;
    members[end] = first;
    for (let at = end++; at < end; at++) {
      const u = members[at];
      gain[u]++;
      for (let i = start[u]; i < start[u + 1]; i++) {
        const w = near[i];
        if (seen[w] === 1 || rng.float32() >= transmits) continue;
        seen[w] = 1;
        members[end++] = w;
      }
    }
    ends[s + 1] = end;
  }
  const covered = new Uint8Array(SETS);
  const taken = new Uint8Array(nodes);
  const all = nodeArray(nodes, nodes);
  let count = 0;
  while (count < most) {
    let best = -1;
    for (let u = 0; u < nodes; u++) {
      if (gain[u] === 0 || taken[u] === 1) continue;
      if (best < 0 || gain[u] * degree[best] > gain[best] * degree[u]) best = u;
    }
    if (best < 0) break;
    taken[best] = 1;
    all[count++] = best;
    for (let s = 0; s < SETS; s++) {
      if (covered[s] === 1 || members.subarray(ends[s], ends[s + 1]).indexOf(best) < 0) continue;
      covered[s] = 1;
      for (let i = ends[s]; i < ends[s + 1]; i++) gain[members[i]]--;
    }
  }
  for (let i = nodes - 1; i >= 0; i--) if (taken[order[i]] === 0) all[count++] = order[i];
  return all;
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
