import type { Rng } from "../../src/rng.ts";
import type { JailbreakCascade } from "./params.ts";

/** An undirected graph as compressed rows: the neighbours of u are `links[start[u]] … links[start[u + 1] − 1]`. */
export interface Graph {
  readonly nodes: number;
  readonly start: Int32Array;
  readonly links: Int32Array;
  /** What a node counts for: its degree, 1 where pairs are drawn in every step. */
  readonly degree: Int32Array;
  /** Nodes from the highest degree to the lowest, older ones first where equal. */
  readonly order: Int32Array;
  /** Sum of `degree`. */
  readonly ends: number;
}

/** Memory for graphs of one kind and size, and what draws one into it. Pairings have no links that last. */
export function drawer({ graph, nodes, links: m }: Pick<JailbreakCascade, "graph" | "nodes" | "links">): {
  readonly graph: Graph;
  draw(rng: Rng): void;
} {
  const edges = graph === "scale-free" ? m * (nodes - m) : graph === "lattice" ? 2 * nodes : 0;
  const pairs = new Int32Array(2 * edges);
  const start = new Int32Array(nodes + 1);
  const links = new Int32Array(2 * edges);
  const degree = new Int32Array(nodes).fill(1);
  const order = Int32Array.from({ length: nodes }, (_, i) => i);
  const places = new Int32Array(nodes + 1);

  const compress = () => {
    degree.fill(0);
    for (let i = 0; i < pairs.length; i++) degree[pairs[i]]++;
    for (let u = 0; u < nodes; u++) start[u + 1] = start[u] + degree[u];
    places.set(start);
    for (let i = 0; i < pairs.length; i += 2) {
      links[places[pairs[i]]++] = pairs[i + 1];
      links[places[pairs[i + 1]]++] = pairs[i];
    }
    // Counting sort, highest degree first.
    places.fill(0);
    for (let u = 0; u < nodes; u++) places[degree[u]]++;
    for (let d = nodes - 1, at = 0; d >= 0; d--) {
      const here = places[d];
      places[d] = at;
      at += here;
    }
    for (let u = 0; u < nodes; u++) order[places[degree[u]]++] = u;
  };
  if (graph === "lattice") {
    latticePairs(pairs, nodes);
    compress();
  }
  return {
    graph: { nodes, start, links, degree, order, ends: edges > 0 ? 2 * edges : nodes },
    draw(rng) {
      if (graph !== "scale-free") return;
      preferentialPairs(pairs, nodes, m, rng);
      compress();
    },
  };
}

/** Links i to i+1 and to i+w, w ≈ √N, round a ring: a torus whose rows are joined, for any N. */
function latticePairs(pairs: Int32Array, nodes: number): void {
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
function preferentialPairs(pairs: Int32Array, nodes: number, m: number, rng: Rng): void {
  let at = 0;
  for (let leaf = 1; leaf <= m; leaf++) {
    pairs[at++] = 0;
    pairs[at++] = leaf;
  }
  for (let u = m + 1; u < nodes; u++) {
    const ends = at;
    for (let made = 0; made < m; ) {
      const other = pairs[Math.floor(rng.float32() * ends)];
      let known = false;
      for (let i = ends; i < at; i += 2) if (pairs[i + 1] === other) known = true;
      if (known) continue;
      pairs[at++] = u;
      pairs[at++] = other;
      made++;
    }
  }
}
