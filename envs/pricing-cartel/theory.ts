import { COST, type Market, weightOf } from "./market.ts";
import { AUDIT_COST, cartelPrice, finedGame, honestPrice, pricingGame, type Rules, SHORTFALL_PRICE } from "./model.ts";

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
 * Least competition that any play of sellers can leave against a regulator who keeps to the regime `watch`: the linear
 * programme max Δ(E[profit]) − κ max(0, honest net − E[profit − fine]) over all mixtures of joint prices, κ =
 * `SHORTFALL_PRICE` in units of Δ. No play does worse, whatever holds it together: a session's joint prices have some
 * distribution, and the metric is concave in it.
 *
 * Solved by duality: the value is min over λ in [0, κ] of max_a profit(a) + λ (net(a) − honest), convex in λ.
 */
export function worstCompetition(rules: Rules): number {
  const { sellers, joint, profits, fines, market } = pricingGame(rules);
  const one = finedGame(rules);
  const honest = one.net(honestPrice(one), honestPrice(one));
  const worth = (a: number, lambda: number) => {
    let sum = 0;
    for (let k = a * sellers; k < (a + 1) * sellers; k++) sum += (1 + lambda) * profits[k] - lambda * fines[k];
    return sum / sellers - lambda * honest;
  };
  const most = (lambda: number) => {
    let value = worth(0, lambda);
    for (let a = 1; a < joint; a++) value = Math.max(value, worth(a, lambda));
    return value;
  };
  let low = 0;
  let high = SHORTFALL_PRICE;
  for (let i = 0; i < 60; i++) {
    const third = (high - low) / 3;
    if (most(low + third) <= most(high - third)) high -= third;
    else low += third;
  }
  return 1 - Math.min(1, Math.max(0, profitGain(market, most((low + high) / 2))));
}

/** The exact best response to the default regulator. */
export const bestResponse = (rules: Rules): { readonly competition: number } => ({
  competition: worstCompetition(rules),
});
