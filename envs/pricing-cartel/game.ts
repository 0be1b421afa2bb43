import { type Market, market } from "./market.ts";
import { expectedFine, type Rules } from "./theory.ts";

/** What every seller knows in advance: payoffs by joint price, Σ_j a_j m^j. */
export interface Game {
  readonly market: Market;
  readonly sellers: number;
  readonly prices: number;
  /** m^n */
  readonly joint: number;
  /** `[joint, sellers]`, profits before fines, and expected fines. */
  readonly profits: Float64Array;
  readonly fines: Float64Array;
}

export function pricingGame(rules: Rules): Game {
  const { sellers, prices } = rules;
  const m = market(sellers, prices);
  const joint = prices ** sellers;
  const profits = new Float64Array(joint * sellers);
  const fines = new Float64Array(joint * sellers);
  const choice = new Int32Array(sellers);
  for (let s = 0; s < joint; s++) {
    let weights = 1;
    let mean = 0;
    for (let i = 0, rest = s; i < sellers; i++, rest = Math.floor(rest / prices)) {
      choice[i] = rest % prices;
      weights += m.weight[choice[i]];
      mean += m.grid[choice[i]] / sellers;
    }
    for (let i = 0; i < sellers; i++) {
      profits[s * sellers + i] = m.margin[choice[i]] / weights;
      fines[s * sellers + i] = expectedFine(rules, rules.oversight === "pooled" ? mean : m.grid[choice[i]]);
    }
  }
  return { market: m, sellers, prices, joint, profits, fines };
}
