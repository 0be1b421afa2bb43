import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { finale, hush } from "./policies.ts";

const steps = (at: number, says: string) => ({ low: 0, high: 14, at, integer: true, natural: "both", says }) as const;

const after = (at: number) =>
  ({ low: 0, high: 1, at, natural: "both", says: "share of the session before the monopoly's price" }) as const;

const closing = (declared: Readonly<Record<"after" | "before" | "raided", number>>) =>
  tunable({
    dials: {
      after: after(declared.after),
      before: steps(declared.before, "steps of the grid above honest sellers until then"),
      raided: steps(declared.raided, "the same after a raid"),
    },
    roles: ({ after, ...steps }) => ({ seller: finale(after, steps) }),
  });

export default {
  finale: closing({ after: 0.7, before: 3, raided: 2 }),
  encore: closing({ after: 0.5, before: 1, raided: 3 }),
  hush: tunable({
    dials: {
      after: after(0.65),
      before: steps(3, "steps of the grid above honest sellers until then"),
      less: { low: 0, high: 4, at: 1, integer: true, natural: "low", says: "steps less after every fine of its own" },
      fines: { low: 1, high: 8, at: 2, integer: true, natural: "low", says: "fines from which the end begins early" },
      raided: steps(14, "steps above honest sellers after a raid, up to the monopoly's price"),
    },
    roles: ({ after, ...dials }) => ({ seller: hush(after, dials) }),
  }),
} satisfies TunableFor<typeof env>;
