import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { creep, reckon } from "./policies.ts";

const creeping = (a: number, b: number) =>
  tunable({
    dials: {
      root: {
        low: 0,
        high: 6,
        at: a,
        natural: "low",
        says: "deviations of the sum of its ones, times the root of the windows",
      },
      slope: { low: 0, high: 6, at: b, natural: "low", says: "the same, times their number" },
    },
    roles: ({ root, slope }) => ({ colluder: creep(root, slope) }),
  });

const reckoning = (critical: number) =>
  tunable({
    dials: {
      critical: { low: 0.5, high: 4, at: critical, says: "deviations of the sum above which it expects to be accused" },
    },
    roles: ({ critical }) => ({ colluder: reckon(critical) }),
  });

export default {
  creep: creeping(1.5, 0.6),
  "creep-early": creeping(1.5, 1.5),
  "creep-even": creeping(0, 1.5),
  reckon: reckoning(2.1),
  "reckon-strict": reckoning(1.4),
} satisfies TunableFor<typeof env>;
