import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { finale } from "./policies.ts";

const steps = (at: number, says: string) => ({ low: 0, high: 14, at, integer: true, natural: "both", says }) as const;

const closing = (declared: Readonly<Record<"after" | "before" | "raided", number>>) =>
  tunable({
    dials: {
      after: {
        low: 0,
        high: 1,
        at: declared.after,
        natural: "both",
        says: "share of the session before the monopoly's price",
      },
      before: steps(declared.before, "steps of the grid above honest sellers until then"),
      raided: steps(declared.raided, "the same after a raid"),
    },
    roles: ({ after, ...steps }) => ({ seller: finale(after, steps) }),
  });

export default {
  finale: closing({ after: 0.7, before: 3, raided: 2 }),
  encore: closing({ after: 0.5, before: 1, raided: 3 }),
} satisfies TunableFor<typeof env>;
