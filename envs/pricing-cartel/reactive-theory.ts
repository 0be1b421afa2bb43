import {
  ALARM,
  ALARM_MEMORY,
  alarmChance,
  auditChance,
  finedGame,
  honestPrice,
  pricingGame,
  RAID,
  type Rules,
  SHORTFALL_PRICE,
  WATCH,
} from "./model.ts";
import { profitGain } from "./theory.ts";

/** Values are kept for alarms on this many places from 0 to 1, and read linearly between them. */
const PLACES = 61;

/**
 * Competition that two sellers can leave, at the least, against the central regulator who raids while the running share
 * of high readings of anyone is above `ALARM`, and watches otherwise: by backward induction over a session's periods, for
 * sellers who see both alarms and the clock. Real ones see less, so no play does worse (but for reading values between
 * places), and how much better the best of them does is not known. As in `worstCompetition`, what is kept less than by
 * honest sellers, who are raided on false alarms, has a price; its dual is convex and searched by golden section.
 */
export function worstAgainstRaids(rules: Rules, periods: number): number {
  const { market } = finedGame(rules);
  const fair = honestPrice(finedGame(rules));
  const honest = session(rules, periods, 0, 1, [fair]);
  const value = (lambda: number) => session(rules, periods, 1, lambda) - lambda * honest;
  let low = 0;
  let high = SHORTFALL_PRICE;
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < 9; i++) {
    const inner = [high - golden * (high - low), low + golden * (high - low)];
    if (value(inner[0]) <= value(inner[1])) high = inner[1];
    else low = inner[0];
  }
  return 1 - Math.min(1, Math.max(0, profitGain(market, Math.min(value((low + high) / 2), value(0), value(high)))));
}

/** Most of harm · profit + λ · (profit − expected fine), a seller and period, of sessions of joint prices from `among`. */
function session(rules: Rules, periods: number, harm: number, lambda: number, among?: readonly number[]): number {
  const { prices, auditRate } = rules;
  const { market, profits, fines } = pricingGame({ ...rules, auditRate: 1 });
  const asked = among ?? Array.from({ length: prices }, (_, k) => k);
  const count = asked.length;
  const high = asked.map((k) => alarmChance(rules, market.grid[k]));
  const chances = [auditChance(auditRate, WATCH), auditChance(auditRate, RAID)];
  // What a period is worth, by regime and joint price.
  const worth = chances.map((chance) =>
    Float64Array.from({ length: count * count }, (_, k) => {
      const joint = 2 * (asked[Math.floor(k / count)] + prices * asked[k % count]);
      const profit = (profits[joint] + profits[joint + 1]) / 2;
      return (harm + lambda) * profit - (lambda * chance * (fines[joint] + fines[joint + 1])) / 2;
    }),
  );
  const last = PLACES - 1;
  const fallen = Float64Array.from({ length: PLACES }, (_, i) => ALARM_MEMORY * i);
  const risen = fallen.map((x) => x + (1 - ALARM_MEMORY) * last);
  const isHigh = (i: number) => i / last > ALARM + 1e-12;
  /** Between two places of a table whose row begins at `from`. */
  const read = (table: Float64Array, from: number, stride: number, x: number) => {
    const place = Math.min(last - 1, Math.floor(x));
    const at = from + place * stride;
    return table[at] + (x - place) * (table[at + stride] - table[at]);
  };
  let values = new Float64Array(PLACES * PLACES);
  const part = new Float64Array(PLACES * PLACES);
  for (let t = 0; t < periods; t++) {
    const next = new Float64Array(PLACES * PLACES).fill(Number.NEGATIVE_INFINITY);
    for (const [raid, chance] of chances.entries()) {
      for (let second = 0; second < count; second++) {
        // The second seller's alarm moves: the mean over its audit and reading.
        for (let i = 0; i < PLACES; i++) {
          for (let j = 0; j < PLACES; j++) {
            const from = i * PLACES;
            const down = read(values, from, 1, fallen[j]);
            const up = read(values, from, 1, risen[j]);
            part[from + j] = (1 - chance) * values[from + j] + chance * (down + high[second] * (up - down));
          }
        }
        // Then the first's.
        for (let i = 0; i < PLACES; i++) {
          for (let j = 0; j <= i; j++) {
            if ((isHigh(i) || isHigh(j) ? 1 : 0) !== raid) continue;
            const down = read(part, j, PLACES, fallen[i]);
            const change = chance * (read(part, j, PLACES, risen[i]) - down);
            const later = (1 - chance) * part[i * PLACES + j] + chance * down;
            let best = next[i * PLACES + j];
            for (let first = 0; first < count; first++) {
              const total = worth[raid][first * count + second] + later + high[first] * change;
              if (total > best) best = total;
            }
            next[i * PLACES + j] = best;
            next[j * PLACES + i] = best;
          }
        }
      }
    }
    values = next;
  }
  return values[0] / periods;
}
