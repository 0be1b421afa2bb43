import { finedGame, honestPrice, pricingGame, type Rules, SHORTFALL_PRICE } from "./model.ts";

/**
 * Joint prices worth asking by a cartel that wants harm and must not lose by it, and how it chooses among them.
 *
 * What sellers ask over time has some distribution over joint prices, so the worst cartel is a linear programme: most
 * profit before fines, where what it keeps less than honest sellers costs `SHORTFALL_PRICE` a unit. At a price λ of what
 * is kept, and a chance q that the coming period is audited, the joint price to ask maximises profit − μ·fine, where μ =
 * λq/(1+λ): one list serves every λ and every regime. Units: what joint monopoly earns a seller beyond Nash, a period.
 */
export interface Efficient {
  /** Joint prices on the hull of (fine, profit), `[vertices][sellers]`, the most harmful first. */
  readonly asks: readonly (readonly number[])[];
  /** μ up to which a vertex is worth most; Infinity for the last. */
  readonly until: readonly number[];
  /** λ at the optimum of the programme under the regime `watch`: 0 where the most harmful joint price pays by itself. */
  readonly lambda: number;
  /** What joint price Σ_j a_j m^j keeps beyond honest sellers in a period of audit chance q, in the mean over sellers. */
  surplus(joint: number, q: number): number;
}

export function efficient(rules: Rules): Efficient {
  const { sellers, prices, auditRate } = rules;
  // Fines of a seller who is audited for certain.
  const { joint, profits, fines, market } = pricingGame({ ...rules, auditRate: 1 });
  const unit = 1 / (sellers * (market.monopolyProfit - market.nashProfit));
  const profit = new Float64Array(joint);
  const fine = new Float64Array(joint);
  for (let a = 0; a < joint; a++) {
    for (let k = a * sellers; k < (a + 1) * sellers; k++) {
      profit[a] += profits[k] * unit;
      fine[a] += fines[k] * unit;
    }
  }
  const honest = honestPrice(finedGame(rules));
  const honestly = Array.from({ length: sellers }).reduce<number>((sum) => sum * prices + honest, 0);
  const surplus = (a: number, q: number) => profit[a] - profit[honestly] - q * (fine[a] - fine[honestly]);

  // From the most profit on, ever to the vertex that a rising μ reaches next.
  let next = 0;
  for (let a = 1; a < joint; a++) if (profit[a] > profit[next]) next = a;
  const vertices: number[] = [];
  const until: number[] = [];
  while (next >= 0) {
    const at = next;
    vertices.push(at);
    next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let a = 0; a < joint; a++) {
      // Permutations of one joint price differ by rounding only.
      if (fine[at] - fine[a] < 1e-9) continue;
      const turn = (profit[at] - profit[a]) / (fine[at] - fine[a]);
      if (turn < least) [next, least] = [a, turn];
    }
    until.push(least);
  }
  const paying = vertices.findIndex((a) => surplus(a, auditRate) >= 0);
  const turn = paying < 1 ? 0 : until[paying - 1];
  const lambda = paying < 0 || turn >= auditRate ? SHORTFALL_PRICE : turn / (auditRate - turn);
  return {
    asks: vertices.map((a) => Array.from({ length: sellers }, (_, i) => Math.floor(a / prices ** i) % prices)),
    until,
    lambda: paying === 0 ? 0 : Math.min(SHORTFALL_PRICE, lambda),
    surplus,
  };
}
