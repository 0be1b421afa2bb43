import { conviction, LOOT, probationTrades, survival, trust } from "./model.ts";
import type { Market } from "./params.ts";
import { program } from "./program.ts";

/**
 * What a trade between traders is worth of a full one, before fees: E min(t(r), t(r′)) with P(r ≥ n) = hⁿ at every
 * trade. Exact while the door is open and nobody vouches, whoever attacks.
 */
export function worth(p: Market): number {
  const probation = probationTrades(p.probation);
  if (probation === Number.POSITIVE_INFINITY) return trust(0, probation);
  const h = survival(p);
  let sum = 0;
  let alive = 1; // P(both have n trades)
  for (let n = 0; n < probation && alive > 1e-15; n++, alive *= h * h) sum += alive * (1 - h * h) * trust(n, probation);
  return sum + alive;
}

/** Fees per full trade between traders: a name is lost by turnover, from the second step on, or by a mistake. */
export const feesPaid = ({ fee, strictness, turnover, steps, traders, cheats }: Market): number =>
  (fee * (strictness + (turnover * (steps - 1)) / steps) * (traders + cheats - 1)) / (traders - 1);

/** The share of its meetings in which a solvent cheat may cheat in the long run, at D = 0; 1 where the fee does not bind. */
export function solventShare({ fee, strictness }: Market): number {
  const binding = fee * (conviction(strictness) - strictness) - (LOOT - 1);
  return binding <= 0 ? 1 : Math.min(1, Math.max(0, (1 - fee * strictness) / binding));
}

/** Whether the model is solved: a registry without vouchers, with free names or without probation. */
const solved = (p: Market): boolean =>
  p.mode === "registry" &&
  (p.dues === 1 || p.probation === 0 || p.probation === 1) &&
  (p.fee === 0 || (p.probation === 0 && Number.isInteger(2 * p.fee)));

/** Calibration: the least security that any attack can leave while the door is open; null where that is not known. */
export const bestResponse = (p: Market): { security: number } | null =>
  solved(p) ? { security: Math.min(1, Math.max(0, 1 - program(p).stolen)) } : null;

/** Every metric in theory, against the best response; null where the model is not solved. */
export function reference(p: Market): { utility: number; security: number; peace: number } | null {
  const known = bestResponse(p);
  if (!known || p.fee > 0) return null;
  return { utility: worth(p), peace: worth(p), ...known };
}
