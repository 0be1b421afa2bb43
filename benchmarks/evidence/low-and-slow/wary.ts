import type { PolicyFor } from "masque";
import { exp } from "masque/numeric";
import { programme } from "../../../envs/low-and-slow/alone.ts";
import type env from "../../../envs/low-and-slow/env.ts";
import { LEAKS, SHIFT, thresholds } from "../../../envs/low-and-slow/model.ts";

/**
 * What leakers may go by beyond their own scores: how fresh the pool's last alarm is (twice), where the pooled score would
 * stand by what they leaked themselves, how many of them are free, how near the end is, and whether the pool ever rang.
 */
const SEEN = ["fresh", "recent", "pooled", "free", "end", "first"] as const;
const price = 4;
const total = price + SEEN.length;

/** Dials of `wary`, in order: those of the programme and the order, a unit's price by what is seen, then the total by it. */
export const DIALS = ["wall", "swept", "heat", "late heat", ...SEEN.map((of) => `price ${of}`)].concat(
  "total",
  SEEN.map((of) => `total ${of}`),
);

const dialled = (set: Readonly<Record<string, number>>): readonly number[] => DIALS.map((name) => set[name] ?? 0);

/** Dials at which it plays `alone-swept`. */
export const SCRIPT = dialled({ wall: 1, swept: 0.4, heat: 0.12, total: 1.2 });

/** Where a search may begin: at the script, and at what long searches came to (18 million steps at β = .02, w = 1; at .05, ½). */
export const STARTS: readonly (readonly number[])[] = [
  SCRIPT,
  dialled({
    wall: 1,
    swept: 0.44,
    heat: 0.45,
    "late heat": 1,
    "price fresh": -1,
    "price recent": -0.3,
    "price pooled": -0.5,
    "price free": 0.85,
    "price end": 0.27,
    total: 1.37,
    "total fresh": 0.92,
    "total recent": -1.25,
    "total free": 0.26,
    "total end": 0.29,
    "total first": 0.85,
  }),
  dialled({
    wall: 1,
    swept: 0.8,
    heat: 0.12,
    "late heat": 0.2,
    "price fresh": 0.14,
    "price recent": -0.14,
    "price free": 0.13,
    total: 1.5,
    "total fresh": -0.2,
    "total pooled": 0.2,
    "total free": 0.57,
    "total end": -0.24,
  }),
];

/** Scores that stand for a detector that never rings. */
const NEVER = 12;
/** Swept a step, at the dial 1: dials are of one size, as a search with one step size needs them. */
const SWEPT = 0.04;
/** What innocent noise lifts a reflected score by a step, about. */
const LIFT = 0.06;
const MEMORY = ["since", "rang", "pooled", "swept", "swept before"].length;

/**
 * Leakers of one attacker who each follow the programme of one stream, as `alone-swept`, and besides remember the pool:
 * when it rang, whom it can have blocked, and what they themselves added to it. The price of a unit and what is leaked
 * together move with that, linearly. `wall` scales the threshold that they believe in, for monitors who move it.
 */
export const wary =
  (dials: ArrayLike<number>): PolicyFor<typeof env, "leaker"> =>
  ({ params, count, at }) => {
    const { steps, cap, block, streams, sweep } = params;
    const { own, pooled } = thresholds(params);
    const unit = own < Number.POSITIVE_INFINITY ? Math.max(own, 0.01) : thresholds(params, 0).own;
    const limit = pooled < Number.POSITIVE_INFINITY ? Math.max(pooled, 0.5) : 4;
    const believed = Math.max(0.3, dials[0]) * (own < Number.POSITIVE_INFINITY ? unit : NEVER);
    const { gain, width } = programme(believed, params, { swept: Math.max(0, Math.min(1, SWEPT * dials[1])) });
    const cells = gain[0][0].length;
    const seen = new Float64Array(SEEN.length);
    const worth = new Float64Array(count);
    const best = new Int32Array(count);
    const turn = Array.from({ length: count }, (_, i) => i);
    const along = (from: number) => seen.reduce((sum, value, k) => sum + dials[from + k] * value, 0);
    return {
      stateSize: MEMORY,
      act({ rows, obs, obsSize, state, actions }) {
        for (let from = 0; from < rows; from += count) {
          const first = from * obsSize;
          const memory = state.subarray(from * MEMORY, (from + 1) * MEMORY); // the first row's, for all
          const t = Math.min(steps - 1, Math.round(obs[first + at.time] * steps));
          let heard = 0;
          let free = 0;
          for (let i = 0; i < count; i++) {
            heard += 8 * obs[first + i * obsSize + at.reading];
            if (obs[first + i * obsSize + at.blocked] === 0) free++;
          }
          let watched = streams;
          for (let k = 3; k < MEMORY; k++) {
            if (memory[k] === 0) continue;
            memory[k]--;
            watched -= sweep;
          }
          if (t > 0) {
            memory[0]++;
            const drift = SHIFT * (heard / Math.sqrt(Math.max(8, watched)) - SHIFT / 2);
            memory[2] = Math.max(0, memory[2] + drift + LIFT);
          }
          if (obs[first + at.alarm] > 0) memory.set([0, 1, 0, block, memory[3]]);
          seen.set([
            exp(-memory[0] / 12),
            exp(-memory[0] / 40),
            Math.min(1.5, memory[2] / limit) - 0.5,
            free / count - 0.6,
            Math.max(0, 1 - (steps - t) / 30),
            1 - memory[1],
          ]);
          const cost = along(price);
          const heat = dials[2] + dials[3] * Math.max(0, 1 - (steps - t) / 60);
          const wanted = Math.max(0, Math.min(1, dials[total] + along(total + 1)));
          let left = Math.round((cap * wanted) / LEAKS[1]) * LEAKS[1];
          actions.fill(0, from, from + count);
          for (let i = 0; i < count; i++) {
            best[i] = 0;
            worth[i] = Number.NEGATIVE_INFINITY;
            if (obs[first + i * obsSize + at.blocked] > 0) continue;
            const score = obs[first + i * obsSize + at.score] * unit;
            const cell = Math.min(cells - 1, Math.round(score / width));
            const gained = (a: number) => gain[t][a][cell] - gain[t][0][cell] - cost * LEAKS[a];
            for (let a = 1; a < LEAKS.length; a++) if (gained(a) > gained(best[i])) best[i] = a;
            if (best[i] > 0) worth[i] = gained(best[i]) / LEAKS[best[i]] + heat * score;
          }
          turn.sort((i, j) => worth[j] - worth[i] || i - j);
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
