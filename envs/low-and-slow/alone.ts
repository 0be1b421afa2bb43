import type { PolicyFor } from "masque";
import { normalCdf } from "masque/stats";
import type env from "./env.ts";
import { LEAKS, SHIFT, thresholds } from "./model.ts";

/** What a leaker that no cap binds gains from each level on, step by step. */
export interface Programme {
  /** `[steps][level][cell]`: leaked from this step to the end, if it leaks so much now and as well as can be later. */
  readonly gain: readonly (readonly Float64Array[])[];
  /** Width of a cell of scores. */
  readonly width: number;
}

/**
 * The best that one leaker can do against the alarm of its own stream, by backward induction over steps and cells of its
 * score S ← max(0, S + δ(x − δ/2)): an alarm ends in S = 0 after `block` steps, and the episode pardons what is left of
 * a block. `swept`: chance a step that the pool blocks who is above 1. Exact up to the cells.
 */
export function programme(
  threshold: number,
  { steps, block }: { readonly steps: number; readonly block: number },
  { swept = 0, cells = 48 } = {},
): Programme {
  const width = threshold / cells;
  const laws = LEAKS.map((leak) =>
    Array.from({ length: cells }, (_, i) => {
      let below = 0;
      const law = Float64Array.from({ length: cells }, (_, j) => {
        const edge = j === cells - 1 ? threshold : (j + 0.5) * width;
        const upTo = normalCdf((edge - i * width - SHIFT * leak + (SHIFT * SHIFT) / 2) / SHIFT);
        const mass = upTo - below;
        below = upTo;
        return mass;
      });
      return { law, rings: 1 - below };
    }),
  );
  const value = Array.from({ length: steps + 1 }, () => new Float64Array(cells));
  const gain: Float64Array[][] = [];
  for (let t = steps - 1; t >= 0; t--) {
    const again = value[Math.min(steps, t + 1 + block)][0];
    const next = value[t + 1].map((v, j) => (j * width > 1 ? (1 - swept) * v + swept * again : v));
    gain[t] = laws.map((from, a) =>
      Float64Array.from(from, ({ law, rings }) => {
        let sum = LEAKS[a] + rings * again;
        for (let j = 0; j < cells; j++) sum += law[j] * next[j];
        return sum;
      }),
    );
    for (let i = 0; i < cells; i++) {
      let most = 0;
      for (const of of gain[t]) most = Math.max(most, of[i]);
      value[t][i] = most;
    }
  }
  return { gain, width };
}

/** Scores that stand for a detector that never rings. */
const NEVER = 12;

/**
 * Every leaker would leak as if it were alone; what the cap allows goes to those who gain most a unit, and of equal ones to the
 * hotter. Looks at all leakers of a copy.
 */
export const alone =
  (swept: number): PolicyFor<typeof env, "leaker"> =>
  ({ params, count, at }) => {
    const { steps, cap } = params;
    const own = thresholds(params).own;
    const rings = own < Number.POSITIVE_INFINITY;
    // The unit in which an agent sees its score, as env.ts has it.
    const unit = rings ? Math.max(own, 0.01) : thresholds(params, 0).own;
    const { gain, width } = programme(rings ? unit : NEVER, params, { swept });
    const worth = new Float64Array(count);
    const best = new Int32Array(count);
    const turn = Array.from({ length: count }, (_, i) => i);
    return {
      act({ rows, obs, obsSize, actions }) {
        for (let from = 0; from < rows; from += count) {
          actions.fill(0, from, from + count);
          const t = Math.min(steps - 1, Math.round(obs[from * obsSize + at.time] * steps));
          for (let i = 0; i < count; i++) {
            const seen = (from + i) * obsSize;
            best[i] = 0;
            worth[i] = Number.NEGATIVE_INFINITY;
            if (obs[seen + at.blocked] > 0) continue;
            const score = obs[seen + at.score] * unit;
            const of = gain[t];
            const cell = Math.min(of[0].length - 1, Math.round(score / width));
            for (let a = 1; a < LEAKS.length; a++) if (of[a][cell] > of[best[i]][cell]) best[i] = a;
            if (best[i] > 0) worth[i] = (of[best[i]][cell] - of[0][cell]) / LEAKS[best[i]] + HEAT * score;
          }
          turn.sort((i, j) => worth[j] - worth[i] || i - j);
          let left = cap;
          for (const i of turn) {
            let a = best[i];
            if (a === 0 || left <= 0) break;
            while (a > 1 && LEAKS[a] > left) a--;
            actions[from + i] = a;
            left -= LEAKS[a];
          }
        }
      },
    };
  };
/** What a unit of score counts for where gains are alike. */
const HEAT = 0.12;
