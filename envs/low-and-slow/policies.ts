import { constant, type PolicyFor, random, type ScriptsFor } from "masque";
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
  /** Leakers whose score is above this share of the threshold rest. */
  readonly ceiling: number;
  /** Who goes first: the lowest score, the lowest number, or the highest score. */
  readonly order: "coolest" | "first" | "hottest";
}

/** Plays a plan: a leaker's turn comes in order, until the total is reached. Looks at all leakers of a copy. */
export const leak =
  ({ total, level, ceiling, order }: Plan): Leaker =>
  ({ params: { cap }, count, at }) => {
    const turn = Array.from({ length: count }, (_, i) => i);
    const sign = order === "coolest" ? 1 : order === "hottest" ? -1 : 0;
    return {
      act({ rows, obs, obsSize, actions }) {
        for (let from = 0; from < rows; from += count) {
          const score = (i: number) => obs[(from + i) * obsSize + at.score];
          const ready = turn.filter((i) => obs[(from + i) * obsSize + at.blocked] === 0 && score(i) <= ceiling);
          ready.sort((i, j) => sign * (score(i) - score(j)) || i - j);
          const wanted = level === "even" ? (total * cap) / Math.max(1, ready.length) : level;
          const least = LEAKS.findIndex((leaked) => leaked >= wanted);
          const action = least < 0 ? LEAKS.length - 1 : least;
          actions.fill(0, from, from + count);
          let left = total * cap;
          for (let n = 0; n < ready.length && left > 0; n++) {
            actions[from + ready[n]] = action;
            left -= LEAKS[action];
          }
        }
      },
    };
  };

/** The search of the evidence plays 192 plans for 16 episodes of 400 steps in each arm, at every level. */
const searched = { tuningSteps: 192 * 16 * 400 * 2 };

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
      "the best found against the streams' alarms: leak when cool, rest from 40 % of the threshold",
      {
        total: 1,
        level: 1,
        ceiling: 0.4,
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
  { steps: 60, budget: 0 },
  { steps: 60, budget: 1, pooling: 1 },
] as const;
