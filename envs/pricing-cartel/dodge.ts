import { Rng } from "masque";
import type { PricingCartel } from "./env.ts";
import {
  ALARM,
  ALARM_MEMORY,
  alarmChance,
  auditChance,
  finedGame,
  honestPrice,
  RAID,
  SHORTFALL_PRICE,
  WATCH,
} from "./model.ts";

/** What sellers ask while their regulator watches, and while it raids. */
export interface Pair {
  readonly watched: number;
  readonly raided: number;
}

/** Periods that every pair is tried for. */
const TRIED = 3000;

/**
 * The pair of common prices that harms most, and pays, against the regulator who raids while readings have been high: all
 * pairs are tried in simulated sessions against it, with the same draws.
 */
export function bestPair(params: PricingCartel): Pair {
  const { prices } = params;
  const game = finedGame(params);
  const { monopolyProfit, nashProfit } = game.market;
  const fair = honestPrice(game);
  const kept = session(params, { watched: fair, raided: fair }).net;
  let best: Pair = { watched: fair, raided: fair };
  let most = Number.NEGATIVE_INFINITY;
  for (let watched = 0; watched < prices; watched++) {
    for (let raided = 0; raided < prices; raided++) {
      const { profit, net } = session(params, { watched, raided });
      const harm = (profit - SHORTFALL_PRICE * Math.max(0, kept - net)) / (monopolyProfit - nashProfit);
      if (harm > most) [most, best] = [harm, { watched, raided }];
    }
  }
  return best;
}

/** Profit, and profit less expected fines, of a seller and period under the raiding regulator. */
function session(params: PricingCartel, pair: Pair): { readonly profit: number; readonly net: number } {
  const { sellers, oversight, auditRate, fine, periods } = params;
  const rng = new Rng(1, "dodge");
  const game = finedGame(params);
  const asked = { [WATCH]: pair.watched, [RAID]: pair.raided };
  const above = { [WATCH]: chanceOf(pair.watched), [RAID]: chanceOf(pair.raided) };
  function chanceOf(price: number) {
    return alarmChance(params, game.market.grid[price]);
  }
  // Whose alarm raises a raid on a seller: everybody's, or in regions its own alone.
  const alarms = new Float64Array(oversight === "central" ? sellers : 1);
  let regime: typeof WATCH | typeof RAID = WATCH;
  let shown: typeof WATCH | typeof RAID = WATCH;
  let profit = 0;
  let net = 0;
  for (let t = 0; t < TRIED; t++) {
    if (t % periods === 0) {
      alarms.fill(0);
      regime = WATCH;
      shown = WATCH;
    }
    const chance = auditChance(auditRate, regime);
    const earned = game.profit(asked[shown], asked[shown]);
    profit += earned;
    net += earned - chance * fine * above[shown];
    for (let k = 0; k < alarms.length; k++) {
      const audited = rng.float() < chance;
      const high = rng.float() < above[shown];
      if (audited) alarms[k] = ALARM_MEMORY * alarms[k] + (high ? 1 - ALARM_MEMORY : 0);
    }
    // Sellers see the regime that was in force; the alarm decides the one to come.
    shown = regime;
    regime = alarms.some((alarm) => alarm > ALARM) ? RAID : WATCH;
  }
  return { profit: profit / TRIED, net: net / TRIED };
}
