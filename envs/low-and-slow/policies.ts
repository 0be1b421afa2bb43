import { constant, type PolicyFor, random, type ScriptsFor } from "masque";
import { alone } from "./alone.ts";
import type env from "./env.ts";
import { LEAKS } from "./model.ts";

type Leaker = PolicyFor<typeof env, "leaker">;
type Monitor = PolicyFor<typeof env, "monitor">;

/** How leakers of one attacker share their theft, step by step. */
export interface Plan {
  /** What they leak together in a step, as a share of the cap (as far as free leakers and levels allow). */
  readonly total: number;
  /** What a leaker leaks while it is its turn; `even`: the least level that reaches the total with everyone free. */
  readonly level: (typeof LEAKS)[number] | "even";
  /** Leakers whose score is above this share of the threshold rest, */
  readonly ceiling: number;
  /** until it has fallen to this share of it; the ceiling itself when omitted. */
  readonly resume?: number;
  /** Steps for which all rest once the pool's bell has rung; 0 when omitted. */
  readonly bell?: number;
  /** Who goes first: the lowest score, the lowest number, or the highest score. */
  readonly order: "coolest" | "first" | "hottest";
}

/** Plays a plan: a leaker's turn comes in order, until the total is reached. Looks at all leakers of a copy. */
export const leak =
  ({ total, level, ceiling, order, resume = ceiling, bell = 0 }: Plan): Leaker =>
  ({ params: { cap }, count, at }) => {
    const turn = Array.from({ length: count }, (_, i) => i);
    const sign = order === "coolest" ? 1 : order === "hottest" ? -1 : 0;
    return {
      // A row's memory: whether it rests, and for how long the bell still holds.
      stateSize: 2,
      act({ rows, obs, obsSize, state, actions }) {
        for (let from = 0; from < rows; from += count) {
          const score = (i: number) => obs[(from + i) * obsSize + at.score];
          let held = false;
          for (let row = from; row < from + count; row++) {
            if (score(row - from) > ceiling) state[2 * row] = 1;
            else if (score(row - from) <= resume) state[2 * row] = 0;
            if (bell > 0 && obs[row * obsSize + at.alarm] > 0) state[2 * row + 1] = bell;
            else if (state[2 * row + 1] > 0) state[2 * row + 1]--;
            if (state[2 * row + 1] > 0) held = true;
          }
          actions.fill(0, from, from + count);
          if (held) continue;
          const ready = turn.filter((i) => obs[(from + i) * obsSize + at.blocked] === 0 && state[2 * (from + i)] === 0);
          ready.sort((i, j) => sign * (score(i) - score(j)) || i - j);
          const wanted = level === "even" ? (total * cap) / Math.max(1, ready.length) : level;
          const least = LEAKS.findIndex((leaked) => leaked >= wanted);
          const action = least < 0 ? LEAKS.length - 1 : least;
          let left = total * cap;
          for (let n = 0; n < ready.length && left > 0; n++) {
            actions[from + ready[n]] = action;
            left -= LEAKS[action];
          }
        }
      },
    };
  };

/** The search of the evidence plays 672 plans for 8 episodes of 400 steps in each arm, at every level. */
const searched = { tuningSteps: 672 * 8 * 400 * 2 };

/** A joint attack from a plan. */
const together = (summary: string, plan: Plan, more: { tuningSteps?: number } = {}) => ({
  summary,
  joint: true,
  ...more,
  roles: { leaker: leak(plan) },
});

/** Heeds the streams' alarms or the pool's: which of the two is secret from step to step. */
const shuffle: Monitor = () => ({
  act({ rows, rngs, actions }) {
    for (let row = 0; row < rows; row++) actions[row] = rngs[row].bernoulli(0.5) ? 1 : 2;
  },
});

export default {
  defaults: { monitor: constant(0) },
  attacks: {
    none: { summary: "does as the innocent do: leaks nothing", roles: { leaker: constant(0) } },
    flood: { summary: "naive: everyone leaks all it can, always", roles: { leaker: constant(LEAKS.length - 1) } },
    spread: together("everyone leaks the same, just enough to fill the cap", {
      total: 1,
      level: "even",
      ceiling: 1,
      order: "coolest",
    }),
    "first-four": together("the first free leakers leak all they can; the others stand by", {
      total: 1,
      level: 1,
      ceiling: 1,
      order: "first",
    }),
    hug: together(
      "the best found against few of the streams' alarms: leak when cool, rest from 40 % of the threshold",
      {
        total: 1,
        level: 1,
        ceiling: 0.4,
        order: "coolest",
      },
      searched,
    ),
    rota: together(
      "in turn by number, whoever has reached 30 % of the threshold rests",
      {
        total: 1,
        level: 1,
        ceiling: 0.3,
        order: "first",
      },
      searched,
    ),
    cool: together(
      "the best found against many: rest from 20 %",
      {
        total: 1,
        level: 1,
        ceiling: 0.2,
        order: "coolest",
      },
      searched,
    ),
    ease: together(
      "three quarters of the cap, evenly; who reached 40 % rests until half of that",
      {
        total: 0.75,
        level: "even",
        ceiling: 0.4,
        resume: 0.2,
        order: "coolest",
      },
      searched,
    ),
    burn: together(
      "the best found against the pool: three leak all they can, those who are hottest anyway",
      {
        total: 0.75,
        level: 1,
        ceiling: 1,
        order: "hottest",
      },
      searched,
    ),
    alone: {
      summary: "each leaks what would be best for it alone, by dynamic programming; the cap goes to whom it gains most",
      joint: true,
      roles: { leaker: alone(0) },
    },
    "alone-swept": {
      summary: "the same, in fear of the pool's alarm, which takes the hottest",
      joint: true,
      roles: { leaker: alone(0.016) },
    },
    hush: together(
      "half the cap, evenly: the pooled score does not drift",
      {
        total: 0.5,
        level: "even",
        ceiling: 1,
        order: "coolest",
      },
      searched,
    ),
  },
  defences: {
    streams: { summary: "spends the whole budget on the streams' own alarms", roles: { monitor: constant(1) } },
    pool: { summary: "spends as much as it may on the pooled alarm", roles: { monitor: constant(2) } },
    shuffle: { summary: "draws one of the two for every step", roles: { monitor: shuffle } },
    random: { summary: "draws one of the three splits for every step", roles: { monitor: random } },
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets for conformance: the default, the decentralised variant, few streams, long episodes, both ends. */
export const variants = [
  {},
  { messages: "bits" },
  { streams: 5, leakers: 2, steps: 30, cap: 1.5, block: 4, sweep: 7, budget: 0.3 },
  { pool: "shiryaev", messages: "bits", streams: 16, leakers: 4, sweep: 4, steps: 40, budget: 0.2, pooling: 1 },
  { pool: "higher-criticism", shock: 0.1, streams: 16, leakers: 4, sweep: 4, steps: 40, budget: 0.2, pooling: 1 },
  { steps: 60, budget: 0 },
  { steps: 60, budget: 1, pooling: 1 },
] as const;
