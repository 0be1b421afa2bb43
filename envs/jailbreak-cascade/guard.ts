import { QUARANTINED } from "./epidemic.ts";
import type { Graph } from "./graph.ts";
import type { JailbreakCascade, MODES } from "./params.ts";

/** Share of the edges with no quarantined end, and the share of those that touch a hub (`special`). */
export function openEdges(
  p: JailbreakCascade,
  { nodes, from, to }: Graph,
  state: Uint8Array,
  special: Uint8Array,
): { open: number; hubs: number } {
  if (p.graph === "pairing") {
    // Any two nodes are equally likely to meet.
    const quarantined = Math.floor(p.quarantine * nodes);
    const hubs = Math.max(0, Math.floor(p.hubs * nodes) - quarantined);
    const pairs = (n: number) => (n * (n - 1)) / (nodes * (nodes - 1));
    const open = pairs(nodes - quarantined);
    return { open, hubs: open === 0 ? 0 : 1 - pairs(nodes - quarantined - hubs) / open };
  }
  const quarantined = QUARANTINED; // imported names are looked up in every use
  let open = 0;
  let hubs = 0;
  for (let i = 0; i < to.length; i++) {
    const u = from[i];
    const w = to[i];
    if (state[u] === quarantined || state[w] === quarantined) continue;
    open++;
    hubs += special[u] | special[w];
  }
  return { open: open / to.length, hubs: open === 0 ? 0 : hubs / open };
}

/**
 * Strengths of a mode: mean φ² over open edges stays (φ·effort)² whatever the weight, hubs' edges getting what the
 * others spare, up to 1. `cost` is that mean. Under local control every node that filters has strength φ·effort.
 */
export function allot(
  { filter, control }: Pick<JailbreakCascade, "filter" | "control">,
  { effort, weight }: (typeof MODES)[number],
  hubs: number,
): { plain: number; guarded: number; cost: number } {
  const even = filter * effort;
  const cost = even * even;
  if (control === "local" || hubs === 0 || hubs === 1) return { plain: even, guarded: even, cost };
  const plain = even * (1 - weight);
  const spared = (cost - (1 - hubs) * plain * plain) / hubs;
  if (spared < 1) return { plain, guarded: Math.sqrt(spared), cost };
  return { plain: Math.sqrt(Math.max(0, (cost - hubs) / (1 - hubs))), guarded: 1, cost };
}
