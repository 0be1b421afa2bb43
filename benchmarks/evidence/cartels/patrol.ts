import { normalCdf } from "masque/stats";
import { finedGame, honestPrice, pricingGame, type Rules } from "../../../envs/pricing-cartel/model.ts";
import { leastDual } from "../../../envs/pricing-cartel/reactive-theory.ts";
import { profitGain } from "../../../envs/pricing-cartel/theory.ts";

/** As in the environment's scripts: a copy, since a reference may not lean on what it is there to judge. */
const PATROL = { watches: 0.1, raids: 0.5, slack: 1, limit: 8 };
/** Sums from 0 to the limit are kept on this many places. */
const PLACES = 17;

type Square = Float64Array;

function product(a: Square, b: Square): Square {
  const out = new Float64Array(PLACES * PLACES);
  for (let i = 0; i < PLACES; i++) {
    for (let k = 0; k < PLACES; k++) {
      const left = a[i * PLACES + k];
      for (let j = 0; j < PLACES; j++) out[i * PLACES + j] += left * b[k * PLACES + j];
    }
  }
  return out;
}
const transposed = (a: Square): Square =>
  Float64Array.from(a, (_, s) => a[(s % PLACES) * PLACES + Math.floor(s / PLACES)]);

/** Chances that an audit at a price takes a sum from place to place; what is missing from a row rouses. */
function moves(rules: Rules): Square[] {
  const { prices, noise } = rules;
  const game = finedGame(rules);
  const pitch = game.market.grid[1] - game.market.grid[0];
  const expected = honestPrice(game) + PATROL.slack;
  const cell = PATROL.limit / (PLACES - 1);
  return Array.from({ length: prices }, (_, price) =>
    Float64Array.from({ length: PLACES * PLACES }, (_, s) => {
      const [from, to] = [Math.floor(s / PLACES), s % PLACES];
      const centre = from * cell + price - expected;
      const below = (x: number) => normalCdf(((x - centre) * pitch) / noise);
      const high = below(Math.min(PATROL.limit, (to + 0.5) * cell));
      return to === 0 ? high : high - below((to - 0.5) * cell);
    }),
  );
}

/**
 * Competition that two sellers who saw both sums, the clock and whether it is roused could leave against the central
 * `patrol`, by backward induction (sums in halves of a step). Real ones see less: none does worse, but for that rounding.
 */
export function boundOfPatrol(rules: Rules & { readonly periods: number }): number {
  const { prices, auditRate, periods } = rules;
  const { profits, fines } = pricingGame({ ...rules, auditRate: 1 });
  const { market } = finedGame(rules);
  const fair = honestPrice(finedGame(rules));
  const moved = moves(rules);
  const back = moved.map(transposed);
  const everything = Array.from({ length: prices }, (_, k) => k);

  /** Most of harm · profit + λ · net, a seller and period, of joint prices from `among`. */
  function session(harm: number, lambda: number, among: readonly number[]): number {
    const worth = (audited: number, a: number, b: number) => {
      const joint = 2 * (a + prices * b);
      const [profit, fine] = [profits, fines].map((of) => (of[joint] + of[joint + 1]) / 2);
      return (harm + lambda) * profit - lambda * audited * fine;
    };
    const pairs = among.flatMap((a) => among.filter((b) => b <= a).map((b) => [a, b] as const));
    const [calm, raided] = [PATROL.watches * auditRate, PATROL.raids * Math.min(1, 2 * auditRate)];
    const roused = Math.max(...pairs.map(([a, b]) => worth(raided, a, b)));
    // What is to come is counted beyond what comes once roused, and so is nothing there.
    let values: Square = new Float64Array(PLACES * PLACES);
    for (let t = 0; t < periods; t++) {
      const first = moved.map((move) => product(move, values));
      const second = first.map(transposed);
      const next = new Float64Array(PLACES * PLACES).fill(Number.NEGATIVE_INFINITY);
      for (const [a, b] of pairs) {
        const both = product(first[a], back[b]);
        const now = worth(calm, a, b) - roused;
        for (let s = 0; s < next.length; s++) {
          const watched =
            (1 - auditRate) ** 2 * values[s] +
            auditRate * (1 - auditRate) * (first[a][s] + second[b][s]) +
            auditRate ** 2 * both[s];
          next[s] = Math.max(next[s], now + (1 - PATROL.watches) * values[s] + PATROL.watches * watched);
        }
      }
      const mirrored = transposed(next);
      values = next.map((value, s) => Math.max(value, mirrored[s]));
    }
    return values[0] / periods + roused;
  }

  const honest = session(0, 1, [fair]);
  const value = (lambda: number) => session(1, lambda, everything) - lambda * honest;
  return 1 - Math.min(1, Math.max(0, profitGain(market, leastDual(value))));
}
