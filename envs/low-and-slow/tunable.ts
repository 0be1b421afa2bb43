import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { leak, type Plan } from "./policies.ts";

/** A plan with as many real dials as it has: the total, the ceiling, where rest ends below it, and fear of the bell. */
const planned = (
  declared: { total: number; ceiling: number; resume?: number },
  { level, order }: Pick<Plan, "level" | "order">,
) =>
  tunable({
    dials: {
      total: {
        low: 0.2,
        high: 1,
        at: declared.total,
        natural: "high",
        says: "share of the cap that is leaked in a step",
      },
      ceiling: {
        low: 0.02,
        high: 1,
        at: declared.ceiling,
        natural: "high",
        says: "share of the threshold from which a leaker rests",
      },
      resume: {
        low: 0,
        high: 1,
        at: declared.resume ?? 1,
        natural: "both",
        says: "share of the ceiling to which its score must fall before it leaks again",
      },
      bell: {
        low: 0,
        high: 40,
        at: 0,
        integer: true,
        natural: "low",
        says: "steps for which all rest after the pool's alarm",
      },
    },
    roles: ({ total, ceiling, resume, bell }) => ({
      leaker: leak({ total, ceiling, resume: resume * ceiling, bell, level, order }),
    }),
  });

export default {
  hug: planned({ total: 1, ceiling: 0.4 }, { level: 1, order: "coolest" }),
  rota: planned({ total: 1, ceiling: 0.3 }, { level: 1, order: "first" }),
  ease: planned({ total: 0.75, ceiling: 0.4, resume: 0.5 }, { level: "even", order: "coolest" }),
  burn: planned({ total: 0.75, ceiling: 1 }, { level: 1, order: "hottest" }),
} satisfies TunableFor<typeof env>;
