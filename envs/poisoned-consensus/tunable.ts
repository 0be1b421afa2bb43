import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { PUSHES } from "./model.ts";
import { type Push, plan } from "./plans.ts";

const LEVELS = PUSHES.filter((push) => push !== "honest");
/** The push nearest to a number of deviations, of those that actions have. */
const nearest = (push: number): Push =>
  LEVELS.reduce((best, level) => (Math.abs(level - push) < Math.abs(best - push) ? level : best));

const push = (at: number, says = "deviations along the minority that it reports; the nearest of those there are") =>
  ({ low: -4, high: 4, at, natural: "both", says }) as const;
const rounds = (at: number, says: string) => ({ low: 2, high: 100, at, log: true, integer: true, says }) as const;
const cuts = (at: number, says: string) => ({ low: 0.2, high: 3, at, log: true, says }) as const;

export default {
  steer: tunable({
    dials: { push: push(1.5) },
    roles: ({ push }) => ({ byzantine: plan({ push: nearest(push), steer: true }) }),
  }),
  sway: tunable({
    dials: {
      push: push(4),
      half: rounds(12, "rounds towards the minority"),
      back: rounds(24, "rounds away from it"),
    },
    roles: ({ push, half, back }) => ({ byzantine: plan({ push: nearest(push), half, back }) }),
  }),
  flip: tunable({
    dials: { push: push(4), turn: cuts(0.95, "cuts of the side's score at which pushes turn") },
    roles: ({ push, turn }) => ({ byzantine: plan({ push: nearest(push), turn }) }),
  }),
  hold: tunable({
    dials: {
      push: push(1),
      rest: push(0.75, "what it reports instead once its score has passed the ceiling"),
      ceiling: cuts(0.7, "cuts from which it rests"),
    },
    roles: ({ push, rest, ceiling }) => ({ byzantine: plan({ push: nearest(push), rest: nearest(rest), ceiling }) }),
  }),
  "launder-deep": tunable({
    dials: {
      push: push(4),
      hidden: push(-2, "what it reports while it is left out"),
      sunk: push(-4, "what it reports while it is left out and its score is beyond the ceiling"),
      ceiling: cuts(1.4, "cuts from which it is sunk"),
    },
    roles: ({ push, hidden, sunk, ceiling }) => ({
      byzantine: plan({ push: nearest(push), hidden: nearest(hidden), sunk: nearest(sunk), ceiling }),
    }),
  }),
} satisfies TunableFor<typeof env>;
