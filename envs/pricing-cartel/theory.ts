import { normalCdf } from "../../src/stats/index.ts";
import { COST, type Market, market, weightOf } from "./market.ts";
import { AUDIT_COST, type PricingCartel } from "./params.ts";

/** What the references depend on. */
export type Rules = Pick<
  PricingCartel,
  "sellers" | "prices" | "auditRate" | "strictness" | "fine" | "noise" | "patience" | "oversight"
>;

/** One seller's expected payoff a period on the grid. */
export interface FinedGame {
  readonly market: Market;
  /** Profit of a seller asking price `own` (an index) where all rivals ask `rivals`. */
  profit(own: number, rivals: number): number;
  /** Expected fine of the same seller, under the regime `watch`. */
  fine(own: number, rivals: number): number;
  /** profit − fine */
  net(own: number, rivals: number): number;
}

/** Expected fine a period at an audited price (own, or the mean of all where `pooled`): ρ F Φ((p − p_N − z/10)/σ). */
export function expectedFine(rules: Rules, price: number): number {
  const { auditRate, strictness, fine, noise, oversight, sellers, prices } = rules;
  if (auditRate === 0 || fine === 0) return 0;
  const sigma = oversight === "pooled" ? noise / Math.sqrt(sellers) : noise;
  return auditRate * fine * normalCdf((price - market(sellers, prices).nashPrice - 0.1 * strictness) / sigma);
}

export function finedGame(rules: Rules): FinedGame {
  const { sellers, prices, oversight } = rules;
  const m = market(sellers, prices);
  const profit = (own: number, rivals: number) =>
    m.margin[own] / (m.weight[own] + (sellers - 1) * m.weight[rivals] + 1);
  const fine = (own: number, rivals: number) => {
    const mean = (m.grid[own] + (sellers - 1) * m.grid[rivals]) / sellers;
    return expectedFine(rules, oversight === "pooled" ? mean : m.grid[own]);
  };
  return { market: m, profit, fine, net: (own, rivals) => profit(own, rivals) - fine(own, rivals) };
}

/** Greatest one-period payoff against rivals who all ask `rivals`, and the lowest price that earns it. */
export function bestReply(game: FinedGame, rivals: number): { readonly price: number; readonly payoff: number } {
  let price = 0;
  for (let k = 1; k < game.market.grid.length; k++) if (game.net(k, rivals) > game.net(price, rivals)) price = k;
  return { price, payoff: game.net(price, rivals) };
}

/** Symmetric pure Nash prices of the one-shot game on the grid, as indices, lowest first. */
export function gridNash(game: FinedGame): number[] {
  return Array.from(game.market.grid.keys()).filter((k) => game.net(k, k) >= bestReply(game, k).payoff);
}

/** What honest sellers ask: the lowest symmetric grid Nash price of the fined game; lacking one, that of least regret. */
export function honestPrice(game: FinedGame): number {
  const [lowest] = gridNash(game);
  if (lowest !== undefined) return lowest;
  const regret = (k: number) => bestReply(game, k).payoff - game.net(k, k);
  let least = 0;
  for (let k = 1; k < game.market.grid.length; k++) if (regret(k) < regret(least)) least = k;
  return least;
}

/**
 * Whether sellers of discount factor δ keep to a common price under the threat of honest prices for ever: net(k,k) ≥
 * (1−δ) max_a net(a,k) + δ net(h,h) (Friedman 1971, "A non-cooperative equilibrium for supergames").
 */
export function sustainable(game: FinedGame, price: number, patience: number): boolean {
  const honest = honestPrice(game);
  const deviation = bestReply(game, price).payoff;
  return game.net(price, price) >= (1 - patience) * deviation + patience * game.net(honest, honest);
}

/** The sustainable common price with the most profit before fines (`harm`) or after them (`net`); else the honest one. */
export function cartelPrice(rules: Rules, aim: "harm" | "net"): number {
  const game = finedGame(rules);
  const value = aim === "harm" ? game.profit : game.net;
  let best = honestPrice(game);
  for (let k = 0; k < game.market.grid.length; k++) {
    if (value(k, k) > value(best, best) && sustainable(game, k, rules.patience)) best = k;
  }
  return best;
}

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
