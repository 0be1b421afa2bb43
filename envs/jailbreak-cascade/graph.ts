import type { Rng } from "masque";
import { friendDegrees, pairEnds } from "./friends.ts";
import { bytesOf, placesFor, STREAMS, seedStreams, workbench } from "./kernels/kernels.ts";
import type { Rules } from "./model.ts";

/** Nodes by number. Two bytes a node where they do: graphs of many copies must share a cache. */
export type Nodes = Uint16Array | Int32Array;

/** An undirected graph: link i is between nodes `from[i]` and `to[i]`. */
export interface Graph {
  readonly nodes: number;
  /** The same in all graphs of one kind and size, which share it; of friends, one's own. */
  readonly from: Nodes;
  readonly to: Nodes;
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
export function drawer({ graph, nodes, links: m }: Pick<Rules, "graph" | "nodes" | "links">): {
  readonly graph: Graph;
  draw(rng: Rng): void;
} {
  const friends = graph === "friends" ? friendDegrees(nodes) : [];
  const ofFriends = friends.reduce((sum, degree) => sum + degree, 0) / 2;
  const edges = graph === "scale-free" ? m * (nodes - m) : graph === "lattice" ? 2 * nodes : ofFriends;
  const from = graph === "friends" ? nodeArray(edges, nodes) : sources(graph, nodes, m, edges);
  const to = nodeArray(edges, nodes);
  const degree = nodeArray(nodes, nodes).fill(1);
  const order = nodeArray(nodes, nodes);
  for (let u = 0; u < nodes; u++) order[u] = u;
  const places = new Int32Array(nodes + 1);
  const at = placesFor(nodes, to, false);
  const [ends, degrees] = [bytesOf(to), bytesOf(degree)];
  const streams = new Int32Array(STREAMS);
  const own = bytesOf(streams);

  if (graph === "lattice") {
    latticeLinks(to);
    degree.fill(4);
  }
  degree.set(friends);
  return {
    graph: { nodes, from, to, degree, order, ends: edges > 0 ? 2 * edges : nodes },
    draw(rng) {
      if (graph === "friends") {
        pairEnds(friends, from, to, rng);
        workbench(at.size).forget();
      }
      if (graph !== "scale-free") return;
      const { heap, run, bring } = workbench(at.size);
      seedStreams(streams, rng);
      bring(own, at, from, to);
      (to.BYTES_PER_ELEMENT === 2 ? run.attach16 : run.attach32)(0, at.from, at.to, at.degrees, nodes, m);
      ends.set(heap.subarray(at.to, at.to + ends.length));
      degrees.set(heap.subarray(at.degrees, at.degrees + degrees.length));
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
function latticeLinks(to: Nodes): void {
  const nodes = to.length / 2;
  const width = Math.round(Math.sqrt(nodes));
  for (let i = 0; i < nodes; i++) {
    to[2 * i] = (i + 1) % nodes;
    to[2 * i + 1] = (i + width) % nodes;
  }
}

let shared = { kind: "", from: nodeArray(0, 0) };

/** Where links begin, by kind and size alone: the last ones made serve all copies, so that a cache holds them once. */
function sources(graph: string, nodes: number, m: number, edges: number): Nodes {
  const kind = `${graph} ${nodes} ${m}`;
  if (shared.kind === kind) return shared.from;
  const from = nodeArray(edges, nodes);
  const perNode = graph === "lattice" ? 2 : m;
  const star = graph === "lattice" ? 0 : m; // links of the first node, before the others make theirs
  for (let i = star; i < edges; i++) from[i] = Math.floor((i - star) / perNode) + (star > 0 ? m + 1 : 0);
  shared = { kind, from };
  return from;
}
