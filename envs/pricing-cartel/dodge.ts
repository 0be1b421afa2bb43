import { Rng } from "masque";
import type { PricingCartel } from "./env.ts";
import {
  ALARM,
  ALARM_MEMORY,
  alarmChance,
  auditChance,
  finedGame,
  honestPrice,
  monopolyPrice,
  RAID,
  SHORTFALL_PRICE,
  WATCH,
} from "./model.ts";

/** What sellers ask while their regulator watches, and while it raids, until so many last periods at the monopoly's price. */
export interface Plan {
  readonly watched: number;
  readonly raided: number;
  readonly parting: number;
}

/** Periods that every plan is tried for. */
const TRIED = 10000;
/** Before the end a raid has no time to pay: lengths of it that are tried. */
const PARTINGS = [0, 6, 12, 18];

/**
 * The plan that harms most, and pays, against the regulator who raids while readings have been high: all are tried in
 * simulated sessions against it, with the same draws.
 */
export function bestPlan(params: PricingCartel): Plan {
  const { prices } = params;
  const game = finedGame(params);
  const { monopolyProfit, nashProfit } = game.market;
  const fair = honestPrice(game);
  const calm: Plan = { watched: fair, raided: fair, parting: 0 };
  const kept = session(params, calm).net;
  let best = calm;
  let most = Number.NEGATIVE_INFINITY;
  for (const parting of PARTINGS) {
    for (let watched = 0; watched < prices; watched++) {
      for (let raided = 0; raided <= watched; raided++) {
        const plan = { watched, raided, parting };
        const { profit, net } = session(params, plan);
        const harm = (profit - SHORTFALL_PRICE * Math.max(0, kept - net)) / (monopolyProfit - nashProfit);
        if (harm > most) [most, best] = [harm, plan];
      }
    }
  }
  return best;
}

/** Profit, and profit less expected fines, of a seller and period under the raiding regulator. */
function session(params: PricingCartel, plan: Plan): { readonly profit: number; readonly net: number } {
  const { sellers, oversight, auditRate, fine, periods } = params;
  const rng = new Rng(1, "dodge");
  const game = finedGame(params);
  const last = monopolyPrice(params);
  const earnings = game.market.grid.map((_, k) => game.profit(k, k));
  const above = game.market.grid.map((price) => alarmChance(params, price));
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
    const asked = (t % periods) + plan.parting >= periods ? last : shown === RAID ? plan.raided : plan.watched;
    profit += earnings[asked];
    net += earnings[asked] - chance * fine * above[asked];
    for (let k = 0; k < alarms.length; k++) {
      const audited = rng.float() < chance;
      const high = rng.float() < above[asked];
      if (audited) alarms[k] = ALARM_MEMORY * alarms[k] + (high ? 1 - ALARM_MEMORY : 0);
    }
    // Sellers see the regime that was in force; the alarm decides the one to come.
    shown = regime;
    regime = alarms.some((alarm) => alarm > ALARM) ? RAID : WATCH;
  }
  return { profit: profit / TRIED, net: net / TRIED };
}
