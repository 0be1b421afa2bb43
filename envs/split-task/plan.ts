import type { PolicyFor } from "masque";
import { beliefOf } from "./belief.ts";
import type env from "./env.ts";
import { thresholdOf } from "./ledger.ts";
import { accountsPerScore, laxnessNats } from "./model.ts";
import { program } from "./program.ts";

type Part = PolicyFor<typeof env, "part">;

/** What a row remembers besides a belief: requests accepted and refused so far, the load it sent last, and odds in nats that its provider is lax. */
const OWN = 4;

/** More than any odds. */
const BUSY = 1e6;
/** Up to so many accounts a score, all loads are looked at: there is no better play for an insider, cooldowns and laxness apart. */
const EXACT = 2;

/**
 * Plays the program of its score: an insider at the score that it reads, others by what they can know of it, as if they
 * would learn it in the next step (QMDP; Littman, Cassandra and Kaelbling 1995). The largest loads
 * go to free accounts, and of those to whose providers seem lax.
 */
export const plan: Part = ({ params: p, at: places, count }) => {
  const each = accountsPerScore(p);
  const { best, lattice, scores } = program(p, { fast: each > EXACT });
  const at = places as typeof places & { readonly score: number; readonly margin: number };
  const { low, upper } = thresholdOf(p);
  const watched = low > 0 && low < Number.POSITIVE_INFINITY;
  const highest = low + Math.ceil(upper);
  const belief = watched && !p.insider ? beliefOf(p) : null;
  const steps = p.projects * p.deadline;
  const need = 2 * p.size;
  const says = laxnessNats(p);
  const taken = new Uint8Array(each);
  const likely = new Float64Array(2 * scores);
  const width = OWN + (belief?.size ?? 0);
  return {
    stateSize: width,
    act({ rows, obs, obsSize, state, actions }) {
      for (let first = 0; first < rows; first += each) {
        const from = first * obsSize;
        const time = Math.round(obs[from + at.time] * steps);
        const held = first * width + OWN; // the belief of this score
        if (belief && (time === 0 || obs[from + at.banned] > 0)) belief.begin(state, held);
        for (let row = first; row < first + each; row++) {
          const mine = row * width;
          const accepted = Math.round(obs[row * obsSize + at.accepted] * steps);
          const refused = Math.round(obs[row * obsSize + at.refused] * steps);
          const passed = accepted > state[mine];
          if (time > 0 && (passed || refused > state[mine + 1])) {
            belief?.hear(state[mine + 2], passed);
            state[mine + 3] += passed ? says[state[mine + 2]].accepted : says[state[mine + 2]].refused;
          }
          state[mine] = accepted;
          state[mine + 1] = refused;
        }
        if (belief) {
          belief.move(state, held);
          belief.spread(state, held, lattice, likely);
        } else {
          // An insider reads both; where nobody is banned there is nothing to read.
          const read = watched ? Math.round(obs[from + at.score] * highest) : 0;
          const lenient = watched && read + Math.round(obs[from + at.margin] * highest) > low;
          likely.fill(0);
          likely[Math.min(scores - 1, Math.floor(read / lattice)) + (lenient ? scores : 0)] = 1;
        }
        const missing = Math.ceil((Math.round(obs[from + at.need] * need) * each) / count);
        const sizes = best(time, missing, likely);
        for (const size of sizes) {
          let chosen = -1;
          let most = Number.NEGATIVE_INFINITY;
          for (let row = first; row < first + each; row++) {
            // Those that cool down come last: what they are told is not sent.
            const odds = state[row * width + 3] - (obs[row * obsSize + at.cooling] > 0 ? BUSY : 0);
            if (taken[row - first] === 1 || odds <= most) continue;
            most = odds;
            chosen = row;
          }
          taken[chosen - first] = 1;
          actions[chosen] = size;
          state[chosen * width + 2] = size;
        }
        taken.fill(0);
      }
    },
  };
};
