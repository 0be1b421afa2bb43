import { normalCdf } from "masque/stats";
import { type Market, market } from "./market.ts";

/** Regimes a regulator chooses from: audit nobody, audit at the knob's rate, audit at twice that rate. */
export const REGIMES = 3;
export const REST = 0;
export const WATCH = 1;
export const RAID = 2;
/** Utility that auditing every seller in every period costs. */
export const AUDIT_COST = 0.5;
/** Weight of the past in a regulator's running share of readings above the limit. */
export const ALARM_MEMORY = 0.8;
/** Running share from which the regulator `escalate` raids. Of an honest seller's readings about Φ(−z) are above: .16 at z = 1. */
export const ALARM = 0.45;
/** Harm that a cartel forgoes for a unit of profit that it keeps less than honest sellers would, fines counted. */
export const SHORTFALL_PRICE = 5;

/** Probability that a seller is audited in a period under a regime. */
export const auditChance = (auditRate: number, regime: number): number => Math.min(1, auditRate * regime);

/** What laws and references depend on. */
export type Rules = Readonly<
  Record<"sellers" | "prices" | "auditRate" | "strictness" | "fine" | "noise" | "patience", number>
> & { readonly oversight: "central" | "pooled" | "regional" };

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

/** Chance that the reading of a price (own, or the mean of all where `pooled`) is above the limit: Φ((p − p_N − z/10)/σ). */
export function alarmChance(rules: Rules, price: number): number {
  const { strictness, noise, oversight, sellers, prices } = rules;
  const sigma = oversight === "pooled" ? noise / Math.sqrt(sellers) : noise;
  return normalCdf((price - market(sellers, prices).nashPrice - 0.1 * strictness) / sigma);
}

/** Expected fine a period at an audited price under the regime `watch`: ρ F times the chance of an alarm. */
export function expectedFine(rules: Rules, price: number): number {
  const { auditRate, fine } = rules;
  return auditRate === 0 || fine === 0 ? 0 : auditRate * fine * alarmChance(rules, price);
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

/** The grid price nearest to joint monopoly. */
export function monopolyPrice({ sellers, prices }: Pick<Rules, "sellers" | "prices">): number {
  const { grid, monopolyPrice: price } = market(sellers, prices);
  let nearest = 0;
  for (let k = 1; k < prices; k++) if (Math.abs(grid[k] - price) < Math.abs(grid[nearest] - price)) nearest = k;
  return nearest;
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
