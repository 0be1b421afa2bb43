import { latticeOf, type Threshold, thresholdOf } from "./ledger.ts";
import { type Load, loadsOf } from "./loads.ts";
import { accountsPerScore, drift, GRAIN, publishedLaw, SIZES } from "./model.ts";
import type { SplitTask } from "./params.ts";

// What the accounts of one score could do at best if they read it: a dynamic program over (step, harm, score, threshold in
// force). Exact under a joint log or noised sums without cooldowns and laxness; else accounts cool down and providers are
// lax independently in every step, with the frequencies that they have. In silos an account does its share of a project.

export interface Program {
  /** Projects completed in an episode, in the mean. */
  readonly value: number;
  /** Steps between two scores, in sixteenths. */
  readonly lattice: number;
  /** Scores under either threshold that a belief weighs: those below the lower, `scores` − 1, then one between them. */
  readonly scores: number;
  /**
   * The best actions in a step, largest first, with so much missing (in halves) and so likely scores, by threshold in
   * force: `[2 · scores]`, in lattice steps, the lower threshold first. As if all were known from the next step on.
   */
  best(step: number, missing: number, belief: ArrayLike<number>): readonly number[];
}

export interface Solving {
  /** Leaves out loads for which another does more harm with fewer entries in the mean: faster, and no longer exact. */
  readonly fast?: boolean;
  readonly threshold?: Threshold;
}

/** Beliefs less likely are passed over. */
const NEGLIGIBLE = 1e-3;
/** Projects that a fast program looks ahead; what it does earlier it does as in the first of them. */
const AHEAD = 4;

/** What a ban leaves of a project that it does not outlive: what is complete and, in silos, everything. */
const spared = (p: SplitTask, harm: number, need: number): number =>
  p.oversight === "silo" || harm === need ? harm : 0;

export function program(p: SplitTask, { fast = false, threshold = thresholdOf(p) }: Solving = {}): Program {
  const sent = accountsPerScore(p);
  const loads = loadsOf(p, fast);
  const { deadline, ban } = p;
  const projects = fast ? Math.min(AHEAD, p.projects) : p.projects;
  const steps = projects * deadline;
  const need = Math.ceil((2 * p.size * sent) / p.accounts);
  const lattice = latticeOf(p);
  const fall = drift(p, sent);
  const watched = threshold.low > 0 && threshold.low < Number.POSITIVE_INFINITY;
  const low = watched ? threshold.low / lattice : 1;
  const tops = watched && threshold.upper > 0 ? 2 : 1;
  const width = need + 1;
  const most = need + 2 * SIZES[SIZES.length - 1] * sent;
  const layer = tops * (low + 1) * width;
  const place = (top: number, score: number) => (top * (low + 1) + score) * width;
  const value = new Float64Array((steps + 1) * layer); // after the last step: nothing
  /** At the start of a step with score 0 and a threshold drawn anew. */
  const fresh = (step: number, harm: number): number => {
    if (step >= steps) return 0;
    const at = step * layer + harm;
    const lower = value[at];
    return tops === 1 ? lower : lower + threshold.upper * (value[at + place(1, 0)] - lower);
  };
  // By what the log publishes, then by how many ones there are: value of the next step at each harm.
  const heard = Array.from({ length: sent + 1 }, () => new Float64Array(most + 1));
  const noise =
    p.oversight === "sum" ? Array.from({ length: sent + 1 }, (_, said) => publishedLaw(said, sent, p.sharing)) : null;
  const mixed = noise ? heard.map(() => new Float64Array(most + 1)) : heard;

  /** Fills `mixed` for a step and a score. */
  function lookAhead(step: number, top: number, score: number): void {
    const ends = (step + 1) % deadline === 0;
    const back = step + 1 + ban;
    const outlives = Math.floor(back / deadline) === Math.floor(step / deadline);
    for (let entry = 0; entry <= sent; entry++) {
      const next = watched ? Math.max(0, score + (entry * GRAIN - fall) / lattice) : 0;
      const caught = watched && next >= low + top;
      const ahead = (step + 1) * layer + (caught ? 0 : place(top, next));
      const values = heard[entry];
      for (let harm = 0; harm <= need; harm++) {
        if (caught) values[harm] = fresh(back, outlives ? spared(p, harm, need) : 0);
        else values[harm] = value[ahead + (ends ? 0 : harm)];
      }
      values.fill(values[need], need);
    }
    if (!noise) return;
    for (let said = 0; said <= sent; said++) {
      for (let harm = 0; harm <= most; harm++) {
        mixed[said][harm] = noise[said].reduce((sum, mass, entry) => sum + mass * heard[entry][harm], 0);
      }
    }
  }
  const worth = ({ gains, said, chances }: Load, harm: number): number => {
    const reward = harm < need ? 1 : 0;
    let sum = 0;
    for (let i = 0; i < chances.length; i++) {
      const to = harm + gains[i];
      sum += chances[i] * (mixed[said[i]][to] + (to >= need ? reward : 0));
    }
    return sum;
  };
  for (let step = steps - 1; step >= 0; step--) {
    const done = step % deadline === 0 ? 0 : need;
    for (let top = 0; top < tops; top++) {
      for (let score = 0; score < low + top; score++) {
        lookAhead(step, top, score);
        for (let harm = 0; harm <= done; harm++) {
          let best = 0;
          for (let a = 0; a < loads.length; a++) best = Math.max(best, worth(loads[a], harm));
          value[step * layer + place(top, score) + harm] = best;
        }
      }
    }
  }
  const skipped = (p.projects - projects) * deadline;
  const sums = new Float64Array(loads.length);
  return {
    value: fresh(0, 0) * (p.projects / projects),
    lattice,
    scores: low + 1,
    best(given, missing, belief) {
      const step = given < skipped ? given % deadline : given - skipped;
      const harm = Math.max(0, need - missing);
      sums.fill(0);
      for (let i = 0; i < 2 * (low + 1); i++) {
        if (belief[i] < NEGLIGIBLE) continue;
        const top = i > low ? tops - 1 : 0;
        lookAhead(step, top, Math.min(low + top - 1, i % (low + 1)));
        for (let a = 0; a < loads.length; a++) sums[a] += belief[i] * worth(loads[a], harm);
      }
      let chosen = 0;
      for (let a = 1; a < loads.length; a++) if (sums[a] > sums[chosen] + 1e-12) chosen = a;
      return loads[chosen].sizes;
    },
  };
}
