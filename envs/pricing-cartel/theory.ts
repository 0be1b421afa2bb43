import { COST, type Market, weightOf } from "./market.ts";
import { AUDIT_COST, cartelPrice, finedGame, honestPrice, pricingGame, type Rules } from "./model.ts";

/** Δ of a profit a seller: 0 at the one-shot Nash of real prices, 1 at joint monopoly. */
export const profitGain = ({ nashProfit, monopolyProfit }: Market, profit: number): number =>
  (profit - nashProfit) / (monopolyProfit - nashProfit);

/** Best profit, over all real prices, against rivals at the monopoly price, and the price that earns it. */
export function deviation(m: Market): { readonly price: number; readonly profit: number } {
  const rivals = (m.sellers - 1) * weightOf(m.monopolyPrice);
  const profit = (p: number) => ((p - COST) * weightOf(p)) / (weightOf(p) + rivals + 1);
  let low = COST;
  let high = m.monopolyPrice;
  // Profit is single-peaked in the own price: a ternary search.
  for (let i = 0; i < 200; i++) {
    const third = (high - low) / 3;
    if (profit(low + third) < profit(high - third)) low += third;
    else high -= third;
  }
  return { price: (low + high) / 2, profit: profit((low + high) / 2) };
}

/** Least δ at which grim trigger sustains the monopoly price without fines: (π_D − π_M)/(π_D − π_N). */
export function criticalDiscount(m: Market): number {
  const best = deviation(m).profit;
  return (best - m.monopolyProfit) / (best - m.nashProfit);
}

/** Value of each metric under the regime `watch`: utility of honest play, security against the most harmful grim trigger. */
export function reference(rules: Rules): { readonly utility: number; readonly competition: number } {
  const game = finedGame(rules);
  const honest = honestPrice(game);
  const free = finedGame({ ...rules, auditRate: 0 });
  const base = free.net(honestPrice(free), honestPrice(free));
  const cartel = cartelPrice(rules, "harm");
  const clip = (x: number) => Math.min(1, Math.max(0, x));
  return {
    utility: clip(game.net(honest, honest) / base - AUDIT_COST * rules.auditRate),
    competition: 1 - clip(profitGain(game.market, game.profit(cartel, cartel))),
  };
}

/**
 * Least competition that any play of sellers can leave who keep, after fines, what honest sellers keep, under the regime
 * `watch`: the linear programme max E[profit] subject to E[profit − fine] ≥ honest net over all mixtures of joint prices.
 * No play does worse, whatever holds it together: a session's joint prices have some distribution.
 *
 * Solved by duality: with one constraint the value is min over λ ≥ 0 of max_a profit(a) + λ (net(a) − honest), convex in λ.
 */
export function worstCompetition(rules: Rules): number {
  const { sellers, joint, profits, fines, market } = pricingGame(rules);
  const one = finedGame(rules);
  const honest = one.net(honestPrice(one), honestPrice(one));
  const profit = new Float64Array(joint);
  const surplus = new Float64Array(joint).fill(-honest);
  for (let k = 0; k < joint * sellers; k++) {
    const a = Math.floor(k / sellers);
    profit[a] += profits[k] / sellers;
    surplus[a] += (profits[k] - fines[k]) / sellers;
  }
  // The best joint price at a price λ of the constraint.
  const best = (lambda: number) => {
    let a = 0;
    for (let b = 1; b < joint; b++) {
      if (profit[b] + lambda * surplus[b] > profit[a] + lambda * surplus[a]) a = b;
    }
    return a;
  };
  const value = (lambda: number) => profit[best(lambda)] + lambda * surplus[best(lambda)];
  let low = 0;
  let high = 1;
  while (surplus[best(high)] < 0 && high < 2 ** 30) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (surplus[best(middle)] < 0) low = middle;
    else high = middle;
  }
  return 1 - Math.min(1, Math.max(0, profitGain(market, Math.min(value(low), value(high)))));
}
