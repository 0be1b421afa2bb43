import { pow } from "masque/numeric";
import type { Cover } from "./covers.ts";
import { languageOf, remembered, slices, surprisalTests, type Talk } from "./model.ts";

/** Where a message stands: both ends know it from what was delivered. */
export interface Standing {
  /** Tokens delivered, and the state after them. */
  readonly t: number;
  readonly state: number;
  /** Surprisal in the running overseer's slice so far, in bits. */
  readonly spent: number;
}

/**
 * The law that a code fills with the secret's bits, in place of the cover's: `plan(standing, out)` writes shares of an open
 * state's candidates that add up to 1. Both ends compute it.
 */
export type Plan = (standing: Standing, out: Float64Array) => void;
/** What plans and codes read of an environment's parameters. */
export type Setting = Talk & Readonly<Record<"overseers" | "falseAlarm" | "wordBits", number>>;
export type MakePlan = (cover: Cover, setting: Setting) => Plan;

/** The cover's law with its temperature changed: p^(1/τ). At τ = 1 nothing shows. */
export const tempered =
  (tau: number): MakePlan =>
  (cover, setting) => {
    const language = languageOf(cover, setting);
    const { stride, choices } = language;
    return ({ state }, out) => {
      const { share } = language;
      let sum = 0;
      for (let i = 0; i < choices; i++) {
        const p = share[state * stride + i];
        out[i] = tau === 1 ? p : pow(p, 1 / tau);
        sum += out[i];
      }
      for (let i = 0; i < choices; i++) out[i] /= sum;
    };
  };

/** What is left of a slice's budget, and of its tokens. */
function budget(cover: Cover, setting: Setting): (standing: Standing) => { left: number; steps: number } {
  const tests = surprisalTests(cover, setting);
  const cuts = slices(setting);
  return ({ t, spent }) => {
    const g = cuts.findLastIndex((cut) => cut <= t);
    return { left: tests[g].value - spent, steps: cuts[g + 1] - t };
  };
}

/** Temperatures to choose among, rising. */
const HEATS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2, 2.5, 3, 4, 6, 10];

/**
 * The hottest tempered law whose mean surprisal fits what is left of the threshold; tokens that leave less than `reserve`
 * bits for each one to come are not said.
 */
export const hugging =
  (reserve: number): MakePlan =>
  (cover, setting) => {
    const language = languageOf(cover, setting);
    const { stride, choices } = language;
    const budgetOf = budget(cover, setting);
    const base = new Float64Array(choices);
    return (standing, out) => {
      const { left, steps } = budgetOf(standing);
      const from = standing.state * stride;
      const { share, bits } = language;
      let any = false;
      for (let i = 0; i < choices; i++) {
        const fits = bits[from + i] + (steps - 1) * reserve <= left;
        base[i] = fits ? share[from + i] : 0;
        any ||= fits;
      }
      if (!any) return void out.fill(0).fill(1, 0, 1);
      const allowed = left / steps;
      let best = HEATS[0];
      const heat = (tau: number) => {
        let sum = 0;
        let mean = 0;
        for (let i = 0; i < choices; i++) {
          out[i] = base[i] > 0 ? pow(base[i], 1 / tau) : 0;
          sum += out[i];
        }
        for (let i = 0; i < choices; i++) {
          out[i] /= sum;
          mean += out[i] * bits[from + i];
        }
        return mean;
      };
      for (const tau of HEATS) {
        if (heat(tau) > allowed) break;
        best = tau;
      }
      heat(best);
    };
  };

/** Powers of the cover's law that whole texts are weighed by; 0 gives all texts the same weight. */
export const POWERS = [0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.4, 1.8, 2.5];

/** Sums over all texts of r tokens from a state, by power and r: `[r][state]`, r from 0. */
interface Texts {
  /** P^power of every candidate. */
  readonly raised: Float32Array;
  /** Σ P(text)^power */
  readonly weight: readonly Float64Array[];
  /** Mean surprisal of a text under the law P^power / Σ, in bits. */
  readonly mean: readonly Float32Array[];
}

/** Of every power, and the least surprisal that r tokens can have. Needs a cover that says how many states it has. */
interface Outlook {
  readonly powers: readonly Texts[];
  readonly least: readonly Float32Array[];
}

/** Looks ahead over all texts, by dynamic programming on the automaton. */
export function outlookOf(cover: Cover, setting: Setting, steps: number): Outlook {
  const language = languageOf(cover, setting);
  const { stride, choices } = language;
  return remembered(cover, `outlook ${stride} ${choices} ${steps}`, () => {
    const count = cover.states!;
    for (let state = 0; state < count; state++) {
      language.open(state);
      for (let i = 0; i < choices; i++) language.after(state, i);
    }
    const { following, bits, share } = language;
    const powers = POWERS.map((power): Texts => {
      const raised = new Float32Array(count * stride);
      for (let at = 0; at < raised.length; at++) if (share[at] > 0) raised[at] = pow(share[at], power);
      const weight = [new Float64Array(count).fill(1)];
      const mean = [new Float32Array(count)];
      for (let r = 1; r <= steps; r++) {
        const [before, spent] = [weight[r - 1], mean[r - 1]];
        const [all, bitsOf] = [new Float64Array(count), new Float32Array(count)];
        for (let state = 0; state < count; state++) {
          let sum = 0;
          let total = 0;
          for (let at = state * stride; at < state * stride + choices; at++) {
            const next = following[at];
            const w = raised[at] * before[next];
            sum += w;
            total += w * (bits[at] + spent[next]);
          }
          all[state] = sum;
          bitsOf[state] = total / sum;
        }
        weight.push(all);
        mean.push(bitsOf);
      }
      return { raised, weight, mean };
    });
    const least = [new Float32Array(count)];
    for (let r = 1; r <= steps; r++) {
      const row = new Float32Array(count);
      for (let state = 0; state < count; state++) {
        let most = Number.POSITIVE_INFINITY;
        for (let at = state * stride; at < state * stride + choices; at++) {
          most = Math.min(most, bits[at] + least[r - 1][following[at]]);
        }
        row[state] = most;
      }
      least.push(row);
    }
    return { powers, least };
  });
}

/** What is kept for redraws, in bits times the root of the tokens to come: their surprisal is by chance. By search. */
const kept = (redraw: number): number => 0.3 + 1.7 * Math.sqrt(redraw);

/**
 * Nearly the most even law on the texts that pass: whole texts are weighed by a power of their probability (Gibbs), chosen
 * anew at each token so that the mean surprisal to come is what is left, less something for redraws (`care` times what is
 * usual); what could not pass any more is not said. Covers without a list of states are planned as by `hugging`.
 */
export const filling =
  (care: number): MakePlan =>
  (cover, setting) => {
    if (cover.states === undefined) return hugging(0.5)(cover, setting);
    const language = languageOf(cover, setting);
    const { stride, choices } = language;
    const budgetOf = budget(cover, setting);
    const cuts = slices(setting);
    const { powers, least } = outlookOf(cover, setting, Math.max(...cuts.slice(1).map((to, g) => to - cuts[g])));
    const { redraw } = setting;
    const margin = care * kept(redraw);
    const even = POWERS.indexOf(1);
    return ({ t, state, spent }, out) => {
      const { left, steps } = budgetOf({ t, state, spent });
      const { bits, following } = language;
      const from = state * stride;
      // Of the tokens to come a share is redrawn, from the cover's law.
      const to = (k: number) =>
        (1 - redraw) * powers[k].mean[steps][state] +
        redraw * powers[even].mean[steps][state] +
        margin * Math.sqrt(steps);
      let hot = 0;
      while (hot < POWERS.length - 1 && to(hot) > left) hot++;
      const cool = Math.max(0, hot - 1);
      // Between the power that fits and the next hotter one: the mixture whose mean is what is left.
      const mixed = hot === 0 || to(hot) > left ? 0 : (left - to(hot)) / (to(cool) - to(hot));
      let sum = 0;
      const fill = (k: number, weight: number) => {
        const { raised, weight: ahead } = powers[k];
        const total = ahead[steps][state];
        for (let i = 0; i < choices; i++) {
          const next = following[from + i];
          if (bits[from + i] + least[steps - 1][next] > left) continue;
          const w = (weight * raised[from + i] * ahead[steps - 1][next]) / total;
          out[i] += w;
          sum += w;
        }
      };
      out.fill(0);
      fill(hot, 1 - mixed);
      if (mixed > 0) fill(cool, mixed);
      if (sum > 0) for (let i = 0; i < choices; i++) out[i] /= sum;
      else out[0] = 1;
    };
  };
