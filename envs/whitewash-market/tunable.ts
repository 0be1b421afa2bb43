import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { burn } from "./policies.ts";

const from = (at: number) =>
  ({
    low: 0,
    high: 1,
    at,
    natural: "both",
    says: "share of the probation that a name serves before it cheats",
  }) as const;
const refusals = (at: number) =>
  ({
    low: 1,
    high: 20,
    at,
    log: true,
    integer: true,
    natural: "low",
    says: "refusals after which a name is left",
  }) as const;
const standing = (at: number) =>
  ({ low: 0, high: 8, at, integer: true, natural: "low", says: "cheats that stand as vouchers" }) as const;

export default {
  burn50: tunable({ dials: { from: from(0.5) }, roles: ({ from }) => ({ cheat: burn({ from }) }) }),
  solvent2: tunable({
    dials: {
      from: from(0.5),
      spare: { low: 0, high: 12, at: 2, natural: "low", says: "what its wallet must hold besides the fee" },
    },
    roles: ({ from, spare }) => ({ cheat: burn({ from, spare }) }),
  }),
  linger3: tunable({
    dials: { from: from(0.25), refusals: refusals(3) },
    roles: ({ from, refusals }) => ({ cheat: burn({ from, refusals }) }),
  }),
  guild1: tunable({
    dials: { from: from(0.25), standing: standing(1) },
    roles: ({ from, standing }) => ({ cheat: burn({ from, shops: true, standing }) }),
  }),
} satisfies TunableFor<typeof env>;
