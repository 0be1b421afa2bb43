import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { VIRALITIES } from "./model.ts";
import { infect, type Plan } from "./policies.ts";

const from = (at: number) =>
  ({ low: 0, high: 0.9, at, natural: "low", says: "share of the episode before anything is spent" }) as const;
const virality = {
  low: 0,
  high: VIRALITIES.length - 1,
  at: 4,
  integer: true,
  natural: "both",
  says: "number of the virality",
} as const;

/** Seeds where the plan says, all at once, at a time. */
const timed = (declared: number, plan: Plan) =>
  tunable({ dials: { from: from(declared) }, roles: ({ from }) => ({ attacker: infect({ ...plan, from }) }) });

export default {
  stealth: timed(0, { virality: "known", target: "leaves" }),
  influence: timed(0, { virality: "known", target: "influence" }),
  later: timed(0.2, { virality: "seen", target: "influence" }),
  whisper: tunable({
    dials: { virality, from: from(0) },
    roles: ({ virality, from }) => ({ attacker: infect({ virality, target: "random", from }) }),
  }),
  embers: tunable({
    dials: {
      below: { low: 0.0005, high: 0.5, at: 0.002, log: true, says: "prevalence at which the next quarter is spent" },
      from: from(0),
    },
    roles: ({ below, from }) => ({ attacker: infect({ virality: "known", target: "leaves", below, from }) }),
  }),
  ambush: tunable({
    dials: {
      lull: {
        low: 0.02,
        high: 1,
        at: 0.7,
        natural: "high",
        says: "share of the filters' strength at which they are asleep",
      },
      from: from(0),
    },
    roles: ({ lull, from }) => ({ attacker: infect({ virality: "seen", target: "influence", lull, from }) }),
  }),
} satisfies TunableFor<typeof env>;
