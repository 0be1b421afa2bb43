import { type PolicyFor, perRow, type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { market } from "./market.ts";
import { finedGame, honestPrice, RAID, REGIMES } from "./model.ts";

// `finale` of policies.ts once more, with all its numbers as dials: a test holds both to the same play.
interface Finale {
  /** Share of the session for which sellers keep to the first price. */
  readonly after: number;
  /** Steps of the grid above honest sellers: until then, and once they were raided. */
  readonly before: number;
  readonly raided: number;
}

const finale =
  ({ after, before, raided }: Finale): PolicyFor<typeof env, "seller"> =>
  ({ params, at }) => {
    const { periods, prices, sellers } = params;
    const honest = honestPrice(finedGame(params));
    const { grid, monopolyPrice } = market(sellers, prices);
    let monopoly = 0;
    for (let k = 1; k < prices; k++)
      if (Math.abs(grid[k] - monopolyPrice) < Math.abs(grid[monopoly] - monopolyPrice)) monopoly = k;
    const [first, last] = [before, raided].map((more) => Math.min(prices - 1, honest + more));
    return perRow((obs, from, row, { state }) => {
      const own = 2 * row; // periods, and whether there was a raid
      const t = state[own]++;
      if (t > 0 && Math.round(obs[from + at.regime] * (REGIMES - 1)) === RAID) state[own + 1] = 1;
      return state[own + 1] === 1 ? last : t >= after * periods ? monopoly : first;
    }, 2);
  };

const steps = (at: number, says: string) => ({ low: 0, high: 14, at, integer: true, natural: "both", says }) as const;

const closing = (declared: Finale) =>
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
    roles: (setting) => ({ seller: finale(setting) }),
  });

export default {
  finale: closing({ after: 0.7, before: 3, raided: 2 }),
  encore: closing({ after: 0.5, before: 1, raided: 3 }),
} satisfies TunableFor<typeof env>;
