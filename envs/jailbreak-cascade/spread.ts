import { poisson, type Rng } from "masque";
import { log1p } from "masque/numeric";
import type { Graph } from "./graph.ts";
import { BLOCK, placesFor, STREAMS, seedStreams, workbench } from "./kernels/kernels.ts";

// What a node's byte says: one of four in its two lowest bits, and bits of their own.
export const HEALTHY = 0;
export const INFECTED = 1;
export const QUARANTINED = 2;
/** Caught it in the step that is under way. */
export const FRESH = 3;
export const STATE = 3;
export const HUB = 4;
/** Filters by itself. */
export const FILTERS = 8;

const ONE = 2 ** 32;

/** How often a link is hit that is hit at all with probability p. */
const rateOf = (p: number) => -log1p(-p);

/**
 * Probability that a hit counts on a link that is to pass with probability p, where hits come at the `rate` of links that
 * pass with probability `most`; or once, at rate 0.
 */
function stays(p: number, most: number, rate: number): number {
  if (rate === 0) return p;
  return p === most ? 1 : rateOf(p) / rate;
}

/** The states of a graph's nodes, and the steps that change them. */
export function spreading({ nodes, from, to }: Graph, local: boolean) {
  const links = to.length;
  const wide = to.BYTES_PER_ELEMENT > 2;
  const at = placesFor(nodes, to, local);
  const own = new Uint8Array(at.words); // generators, counts and states, as they lie on the workbench
  const streams = new Int32Array(own.buffer, 0, STREAMS);
  const counts = new Int32Array(own.buffer, at.counts, 2);
  let bench = workbench(at.size);
  let changed = bench.heap.subarray(0, own.length);
  return {
    /** A byte a node. */
    state: own.subarray(at.states, at.states + nodes),
    /** Nodes infected, and the hubs among them, after the last step. */
    counts,
    reset(rng: Rng): void {
      seedStreams(streams, rng);
      counts.fill(0);
    },
    /** All links, those with no quarantined end, and of these the ones with a hub at an end. */
    edges(): { all: number; open: number; hubs: number } {
      const { words, run, bring } = workbench(at.size);
      bring(own, at, from, to);
      (wide ? run.edges32 : run.edges16)(at.states, at.from, at.to, links, at.counts);
      return { all: links, open: words[at.counts / 4], hubs: words[at.counts / 4 + 1] };
    },
    /**
     * One step: every link with an infected and a healthy end passes it on with probability `guarded` if an end is a hub
     * (where control is local: if the healthy end filters), else `plain`; healthy nodes that know it for what it is, with
     * probability `known`, report it instead; then those infected at the start recover with probability `recovery`.
     *
     * Links are hit by a Poisson process of rate −ln(1 − p) each: so any of them is hit at all with probability p,
     * whatever happens to others, in the time of those that are. Above ½ every link is tried instead.
     */
    step(rng: Rng, plain: number, guarded: number, known: number, recovery: number, report?: (u: number) => void) {
      if (bench !== workbench(at.size)) {
        // A larger graph came since; no one should keep the old one's memory.
        bench = workbench(at.size);
        changed = bench.heap.subarray(0, own.length);
      }
      const { words, run, bring } = bench;
      bring(own, at, from, to);
      const most = Math.max(plain, guarded);
      if (links > 0 && most > 0) {
        const rate = most > 0.5 ? 0 : rateOf(most);
        const ofPlain = ONE * stays(plain, most, rate);
        const ofGuarded = ONE * stays(guarded, most, rate);
        const spread = local ? (wide ? run.local32 : run.local16) : wide ? run.central32 : run.central16;
        let reports = 0;
        for (let first = 0; first < links; first += BLOCK) {
          const block = Math.min(BLOCK, links - first);
          const hits = rate === 0 ? -1 : poisson(rng, rate * block);
          const skip = first * to.BYTES_PER_ELEMENT;
          // biome-ignore format: a line of addresses, a line of numbers
          reports += spread(
            0, at.words, at.states, at.from + skip, at.to + skip, block, hits,
            ofPlain, ofGuarded, local ? FILTERS : HUB, ONE * known, at.struck, at.reports + 4 * reports,
          );
        }
        if (report) for (let i = 0; i < reports; i++) report(words[at.reports / 4 + i]);
      }
      run.recover(0, at.words, at.states, nodes, ONE * recovery, at.counts);
      own.set(changed);
    },
  };
}
