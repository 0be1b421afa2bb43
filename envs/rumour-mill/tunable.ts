import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { BOOSTS, BOOSTS_APART, POST_PLAUSIBLE, POST_SENSATIONAL } from "./model.ts";
import { cast, guarded } from "./policies.ts";

/** So many eighths of the accounts post, the others boost. */
const boosting = (declared: number, posts: number, boosts: number) =>
  tunable({
    dials: {
      posters: {
        low: 0.5,
        high: 8,
        at: declared,
        natural: "high",
        says: "eighths of the accounts that post; the others boost",
      },
    },
    roles: ({ posters }) => ({
      amplifier: cast([
        [posters, posts],
        [8 - posters, boosts],
      ]),
    }),
  });

export default {
  "boost-one": boosting(1, POST_SENSATIONAL, BOOSTS),
  "boost-plaus": boosting(2, POST_PLAUSIBLE, BOOSTS),
  "boost-half": boosting(5, POST_PLAUSIBLE, BOOSTS_APART),
  launder: boosting(3, POST_SENSATIONAL, BOOSTS_APART),
  guard: tunable({
    dials: {
      posters: { low: 0.5, high: 8, at: 1, natural: "high", says: "eighths of the accounts that post" },
      period: { low: 1, high: 16, at: 2, integer: true, natural: "low", says: "steps between posts" },
      vouchers: { low: 0, high: 8, at: 8, natural: "both", says: "eighths of the accounts that vouch when alarmed" },
      alarm: { low: 0.2, high: 1.5, at: 0.95, says: "share of the limit of suspicion from which they do" },
    },
    roles: (setting) => ({ amplifier: guarded(setting) }),
  }),
} satisfies TunableFor<typeof env>;
