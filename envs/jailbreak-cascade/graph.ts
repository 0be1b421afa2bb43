import type { Rng } from "../../src/rng.ts";
import type { JailbreakCascade } from "./params.ts";

/** Nodes by number. Two bytes a node where they do: graphs of many copies must share a cache. */
export type Nodes = Uint16Array | Int32Array;

/** An undirected graph: link i is between nodes `pairs[2i]` and `pairs[2i + 1]`. */
export interface Graph {
  readonly nodes: number;
  readonly pairs: Nodes;
  /** What a node counts for: its degree, 1 where pairs are drawn in every step. */
  readonly degree: Nodes;
  /** Nodes from the highest degree to the lowest, older ones first where equal. */
  readonly order: Nodes;
  /** Sum of `degree`. */
  readonly ends: number;
}

/** Room for `length` numbers of up to `nodes` nodes. */
export const nodeArray = (length: number, nodes: number): Nodes =>
  nodes <= 65_536 ? new Uint16Array(length) : new Int32Array(length);

/** Memory for graphs of one kind and size, and what draws one into it. Pairings have no links that last. */
export function drawer({ graph, nodes, links: m }: Pick<JailbreakCascade, "graph" | "nodes" | "links">): {
  readonly graph: Graph;
  draw(rng: Rng): void;
} {
  const edges = graph === "scale-free" ? m * (nodes - m) : graph === "lattice" ? 2 * nodes : 0;
  const pairs = nodeArray(2 * edges, nodes);
  const degree = nodeArray(nodes, nodes).fill(1);
  const order = nodeArray(nodes, nodes);
  for (let u = 0; u < nodes; u++) order[u] = u;
  const places = new Int32Array(nodes + 1);

  if (graph === "lattice") {
    latticePairs(pairs, nodes);
    degree.fill(4);
  }
  return {
    graph: { nodes, pairs, degree, order, ends: edges > 0 ? 2 * edges : nodes },
    draw(rng) {
      if (graph !== "scale-free") return;
      preferentialPairs(pairs, degree, m, rng);
      sortByDegree(degree, order, places);
    },
  };
}

/** A counting sort, highest degree first. */
function sortByDegree(degree: Nodes, order: Nodes, places: Int32Array): void {
  places.fill(0);
  for (let u = 0; u < degree.length; u++) places[degree[u]]++;
  for (let d = places.length - 1, at = 0; d >= 0; d--) {
    const here = places[d];
    places[d] = at;
    at += here;
  }
  for (let u = 0; u < degree.length; u++) order[places[degree[u]]++] = u;
}

/** Links i to i+1 and to i+w, w ≈ √N, round a ring: a torus whose rows are joined, for any N. */
function latticePairs(pairs: Nodes, nodes: number): void {
  const width = Math.round(Math.sqrt(nodes));
  for (let i = 0, at = 0; i < nodes; i++) {
    pairs[at++] = i;
    pairs[at++] = (i + 1) % nodes;
    pairs[at++] = i;
    pairs[at++] = (i + width) % nodes;
  }
}

/**
 * Barabási and Albert (1999), doi:10.1126/science.286.5439.509, from a star of m+1 nodes: every new node links to m
 * different ones with probability proportional to degree, that is, to ends of links drawn uniformly.
 */
function preferentialPairs(pairs: Nodes, degree: Nodes, m: number, rng: Rng): void {
  degree.fill(m);
  let at = 0;
  for (let leaf = 1; leaf <= m; leaf++) {
    degree[leaf] = 1;
    pairs[at++] = 0;
    pairs[at++] = leaf;
  }
  for (let u = m + 1; u < degree.length; u++) {
    const ends = at;
    for (let made = 0; made < m; ) {
      const other = pairs[Math.floor(rng.float32() * ends)];
      let known = false;
      for (let i = ends; i < at; i += 2) if (pairs[i + 1] === other) known = true;
      if (known) continue;
      degree[other]++;
      pairs[at++] = u;
      pairs[at++] = other;
      made++;
    }
  }
}
