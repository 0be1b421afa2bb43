import type { Graph } from "./graph.ts";
import type { JailbreakCascade } from "./params.ts";
import { FILTERS, QUARANTINED, STATE } from "./spread.ts";

/** Local control: who reports, and who filters because of it. Keeps the bit FILTERS of `state` for nodes that do. */
export function watch(p: JailbreakCascade, { nodes, from, to, degree, ends }: Graph, state: Uint8Array) {
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
