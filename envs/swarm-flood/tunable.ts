import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { probe, swarm } from "./policies.ts";

const period = (at: number) =>
  ({ low: 1, high: 16, at, integer: true, natural: "low", says: "steps between a bot's visits" }) as const;
const reach = (at: number) =>
  ({ low: 0.3, high: 1.3, at, says: "share of the tolerance up to which it asks" }) as const;
/** Up to the end of the default warm-up, at any phase of four. */
const start = (at: number) =>
  ({ low: 0, high: 36, at, integer: true, natural: "low", says: "steps before the first visit" }) as const;

/** Bots that stay at a gateway and ask in step. */
const pulse = (declared: { readonly period: number; readonly reach: number; readonly start?: number }) =>
  tunable({
    dials: { period: period(declared.period), reach: reach(declared.reach), start: start(declared.start ?? 0) },
    roles: ({ period, reach, start }) => ({
      bot: swarm(() => ({ period, reach, start, stagger: 0, rotate: false })),
    }),
  });

export default {
  hug: pulse({ period: 1, reach: 1 }),
  "hug-pulse": pulse({ period: 2, reach: 1 }),
  "slow-pulse": pulse({ period: 4, reach: 1 }),
  "wary-pulse": pulse({ period: 4, reach: 0.555, start: 31 }),
  probe: tunable({
    dials: {
      period: { ...period(4), high: 12 },
      patience: {
        low: 2,
        high: 320,
        at: 160,
        log: true,
        integer: true,
        says: "steps without a block before one tries more",
      },
    },
    roles: ({ period, patience }) => ({ bot: probe(period, patience) }),
  }),
} satisfies TunableFor<typeof env>;
