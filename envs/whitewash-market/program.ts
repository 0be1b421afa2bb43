import { conviction, LOOT, meeting, PURSE, probationTrades, survival, trust, WALLET } from "./model.ts";
import type { Market } from "./params.ts";

/** Whether to cheat in a step, from the steps taken, the trades of one's name and one's wallet. */
export type Plan = (step: number, trades: number, wallet: number) => boolean;

export interface BestPlan {
  readonly plan: Plan;
  /** What is stolen in an episode by one cheat, over its meetings with traders. */
  readonly stolen: number;
}

/** Steps of a wallet's lattice in a full trade; in a fee, at the most, where stakes fall between them anyway. */
const LATTICE = 4;
const COARSE = 32;
/** Stakes that are told apart in what they add to a wallet. */
const STAKES = 16;

/** Law of the stake between a name of r trades and a trader's: stakes that lie close are one, at their mean. */
function stakesOf(trades: number, probation: number, h: number, kept: number) {
  const size = Math.ceil(trades / kept);
  const stakes: number[] = [];
  const chances: number[] = [];
  let alive = 1;
  for (let from = 0; from < trades; from += size) {
    let [chance, sum] = [0, 0];
    for (let n = from; n < Math.min(trades, from + size); n++, alive *= h) {
      chance += alive * (1 - h);
      sum += alive * (1 - h) * trust(n, probation);
    }
    stakes.push(chance > 0 ? sum / chance : 0);
    chances.push(chance);
  }
  // Whoever has as many trades or more trades what this name is trusted with.
  return { stakes: [...stakes, trust(trades, probation)], chances: [...chances, alive] };
}

/** The same, where only the mean counts. */
function meanStake(trades: number, probation: number, h: number) {
  const { stakes, chances } = stakesOf(trades, probation, h, Math.max(1, trades));
  return { stakes: [stakes.reduce((sum, stake, n) => sum + stake * chances[n], 0)], chances: [1] };
}

/**
 * The best response to a registry whose door is open, by dynamic programming over (step, trades, wallet). Cheats do not
 * meddle with each other, and a trader's name has P(r ≥ n) = hⁿ whoever attacks, so that each cheat is on its own.
 * Exact where names are free, and at D = 0 with fees that are whole or half trades. Elsewhere wallets lie between the
 * lattice's points, and are read as a lottery between the two beside them.
 */
export function program(p: Market): BestPlan {
  const { steps, fee, strictness } = p;
  const probation = probationTrades(p.probation);
  const h = survival(p);
  const convicted = conviction(strictness);
  const met = meeting(p);
  const most = Number.isFinite(probation) ? Math.min(Math.ceil(probation), steps) : 0;
  const width = most + 1;
  const fine = Math.ceil(LATTICE * fee);
  const unit = fee > 0 ? fee / (most === 0 ? fine : Math.min(fine, COARSE)) : 1;
  // At D = 0 there are few trades to tell apart, and wallets are followed as far as they can grow.
  const rich =
    fee > 0 ? Math.ceil((most === 0 ? Math.max(PURSE + LOOT * steps, WALLET * fee) : WALLET * fee) / unit) : 0;
  const price = fee > 0 ? Math.round(fee / unit) : 0;
  const laws = Array.from({ length: width }, (_, r) =>
    fee > 0 ? stakesOf(r, probation, h, STAKES) : meanStake(r, probation, h),
  );

  const choice = new Uint8Array(steps * width * (rich + 1));
  let value = new Float64Array(width * (rich + 1));
  let next = new Float64Array(value.length);
  /** Value of having `w` lattice steps, not whole, before a complaint against a name of r trades or not. */
  const between = (of: Float64Array, from: number, w: number) => {
    const low = Math.min(rich, Math.floor(w));
    const part = low < rich ? w - low : 0;
    return part === 0 ? of[from + low] : (1 - part) * of[from + low] + part * of[from + low + 1];
  };
  const ruined = new Float64Array(rich + 1); // of one who must enter anew
  for (let step = steps - 1; step >= 0; step--) {
    [value, next] = [next, value];
    for (let w = 0; w <= rich; w++) ruined[w] = w >= price ? next[w - price] : 0;
    for (let r = 0; r <= most; r++) {
      const up = Math.min(most, r + 1) * (rich + 1);
      const { stakes, chances } = laws[r];
      for (let w = 0; w <= rich; w++) {
        let [honest, theft] = [0, 0];
        for (let n = 0; n < stakes.length; n++) {
          const stake = stakes[n];
          const earned = rich === 0 ? 0 : w + stake / unit;
          const looted = rich === 0 ? 0 : w + (LOOT * stake) / unit;
          honest +=
            chances[n] * ((1 - strictness) * between(next, up, earned) + strictness * between(ruined, 0, earned));
          theft +=
            chances[n] * (stake + (1 - convicted) * between(next, up, looted) + convicted * between(ruined, 0, looted));
        }
        const at = r * (rich + 1) + w;
        const cheats = theft > honest;
        choice[step * value.length + at] = cheats ? 1 : 0;
        value[at] = met * Math.max(honest, theft) + (1 - met) * next[at];
      }
    }
  }
  return {
    plan: (step, trades, wallet) => {
      const r = Math.min(most, Math.round(trades));
      const w = Math.min(rich, Math.round(wallet / unit));
      return choice[(step * width + r) * (rich + 1) + w] === 1;
    },
    stolen: between(value, 0, rich === 0 ? 0 : PURSE / unit) / (met * steps),
  };
}
