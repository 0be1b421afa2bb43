import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { play } from "./plans.ts";

const delta = (at: number, says: string) => ({ low: 0.25, high: 40, at, log: true, says }) as const;

export default {
  "covert-4": tunable({
    dials: {
      upTo: delta(4, "Δ up to which all push"),
      from: delta(1.25, "Δ from which they report less"),
    },
    roles: ({ upTo, from }) => ({ device: play({ report: "less", from, push: { upTo } }) }),
  }),
  "covert-10": tunable({
    dials: {
      hold: delta(10, "Δ at which as many push as hold it there"),
      from: delta(2, "Δ from which they report less"),
    },
    roles: ({ hold, from }) => ({ device: play({ report: "less", from, push: { hold } }) }),
  }),
  hug: tunable({
    dials: {
      gap: { low: -2, high: 8, at: 1, says: "how much farther the load is than believed before they report less" },
      aim: { low: 0, high: 16, at: 3.9, says: "where they steer the load" },
      slack: { low: -4, high: 8, at: 1, says: "by how much farther while the window's energy is behind its mean" },
      rise: { low: -4, high: 4, at: 0.4, says: "by how much farther as the window's energy rises" },
    },
    roles: ({ gap, aim, slack, rise }) => ({ device: play({ report: "less", gap, push: { aim, slack, rise } }) }),
  }),
  seesaw: tunable({
    dials: {
      twins: { low: 0, high: 1, at: 0.5, natural: "both", says: "share of the robots that follow the twin" },
      hold: delta(14, "Δ at which they hold the load"),
    },
    roles: ({ twins, hold }) => ({ device: play({ report: "less", twins, push: { hold } }) }),
  }),
  blend: tunable({
    dials: {
      twins: { low: 0, high: 1, at: 0.25, natural: "both", says: "share of the robots that follow the twin" },
      hold: delta(14, "Δ at which they hold the load"),
    },
    roles: ({ twins, hold }) => ({ device: play({ report: "hide", twins, push: { hold } }) }),
  }),
} satisfies TunableFor<typeof env>;
