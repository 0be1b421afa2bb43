import { tanh } from "masque/numeric";
import { binomialPmfTable, normalPdf, normalSf } from "masque/stats";
import { honestMoments } from "./audit.ts";
import type { GlassHouse } from "./env.ts";
import { BIASES, EIGHTHS, payOf } from "./model.ts";

/** What a colluder believes of the sum that an overseer keeps of its tallies: a normal law, in deviations of one tally. */
export interface Belief {
  /** Windows in that sum. */
  readonly audits: number;
  /** How many of them ended in a sanction. */
  readonly accused: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Before the first window the sum is 0, and everybody knows it. */
const FRESH: Belief = { audits: 0, accused: 0, mean: 0, deviation: 0 };

export interface Reckoning {
  /** The belief after a window of so many own ones, acquitted or accused; `odds` is the probability of that verdict. */
  after(belief: Belief, ones: number, accused: boolean): Belief & { readonly odds: number };
  /** The bias (0 … 4 eighths) for the next block of a window, from blocks done, own ones and Σ biases so far in it. */
  bias(belief: Belief, block: number, ones: number, units: number): number;
}

const SUMS = 25; // points of the grid over the sum's mean
const EVEN = 32; // steps from no bias to full bias, among plans for the rest of a window

/**
 * An answer to an overseer who adds up a desk's tallies and accuses while the sum is `critical` of its deviations high. Were
 * the sum known, the best answer would be a dynamic program over it. It shows only in verdicts, so the program runs over
 * beliefs: given its own ones the sum's law is normal, a verdict cuts that law at the threshold, and what is left is taken
 * for normal again (assumed density filtering, Maybeck 1982). Pay counts against the rounds it takes at the rate that the
 * program itself attains (Dinkelbach 1967). Shards are taken for one overseer who holds a share of the rounds.
 */
export function reckoning(params: GlassHouse, critical: number): Reckoning {
  const { window, sanction, block, audits, shards, transparency, aggregation } = params;
  const blocks = window / block;
  const pay = payOf(block);
  // How far one more act moves a tally, in its deviations, and the tally's variance once the colluder's own acts are known.
  const weight = (aggregation === "local" ? tanh(transparency / 2) : 1) / (shards * honestMoments(params).deviation);
  const noise = Math.max(1e-6, 1 - (weight * weight * window) / 4);

  const after = (belief: Belief, ones: number, accused: boolean) => {
    const n = belief.audits + 1;
    const middle = belief.mean + weight * (ones - window / 2);
    const spread = Math.sqrt(belief.deviation * belief.deviation + noise);
    const limit = critical * Math.sqrt(n);
    const side = accused ? -1 : 1;
    const x = (side * (limit - middle)) / spread;
    const likely = normalSf(-x);
    // A verdict that cannot come has odds of exactly 0: products of numbers near the least there are cost ten times others.
    const odds = likely < 1e-9 ? 0 : likely;
    const hazard = odds === 0 ? 0 : normalPdf(x) / odds;
    return {
      audits: n,
      accused: belief.accused + (accused ? 1 : 0),
      mean: odds === 0 ? limit : middle - side * spread * hazard,
      deviation: odds === 0 ? 0 : spread * Math.sqrt(Math.max(0, 1 - x * hazard - hazard * hazard)),
      odds,
    };
  };

  // Accusations are told apart up to a number that keeps the table small in long episodes.
  const accusations = Math.min(audits, Math.floor(2048 / audits));
  const at = (n: number, accused: number) => 2 * SUMS * (n * (accusations + 1) + Math.min(accused, accusations));
  const over = (n: number, accused: number) => n * window + accused * sanction >= audits * window;
  const lowest = (n: number) => (critical - 4) * Math.sqrt(n);
  const step = (n: number) => (6 / (SUMS - 1)) * Math.sqrt(n);
  const widest = (n: number) => Math.sqrt(n * noise);
  /** What is still to be won from here, less its price: by mean, and for the sum known or as unknown as it can be. */
  const table = new Float64Array(at(audits + 1, 0));
  let rate = 0; // the price of a round
  const value = ({ audits: n, accused, mean, deviation }: Belief) => {
    if (over(n, accused)) return 0;
    const from = at(n, accused);
    if (n === 0) return table[from];
    const x = Math.min(SUMS - 1, Math.max(0, (mean - lowest(n)) / step(n)));
    const i = Math.min(SUMS - 2, Math.floor(x));
    const unknown = Math.min(1, deviation / widest(n));
    const a = from + 2 * i;
    const low = table[a] + unknown * (table[a + 1] - table[a]);
    const high = table[a + 2] + unknown * (table[a + 3] - table[a + 2]);
    return low + (x - i) * (high - low);
  };

  // By own ones at the window's end: the probability to keep its pay, and what is left to win after it.
  const kept = new Float64Array(window + 1);
  const later = new Float64Array(window + 1);
  const lookAhead = (belief: Belief) => {
    for (let ones = 0; ones <= window; ones++) {
      const acquitted = after(belief, ones, false);
      const accused = after(belief, ones, true);
      kept[ones] = acquitted.odds;
      later[ones] =
        acquitted.odds * value(acquitted) + accused.odds * (value(accused) - rate * sanction) - rate * window;
    }
  };
  /** By blocks left: the laws of their ones under even biases, from none to full. */
  const laws = Array.from({ length: blocks + 1 }, (_, left) => {
    const steps = Math.max(1, Math.min(EVEN, (BIASES - 1) * left));
    return Array.from({ length: steps + 1 }, (_, i) =>
      Float64Array.from(binomialPmfTable(left * block, 0.5 + ((BIASES - 1) * i) / steps / EIGHTHS)),
    );
  });
  /** The even bias for the blocks left that is worth most after `lookAhead`, and its worth. */
  const evenly = (left: number, ones: number, units: number) => {
    const steps = laws[left].length - 1;
    let worth = Number.NEGATIVE_INFINITY;
    let bias = 0;
    for (let i = 0; i <= steps; i++) {
      const even = ((BIASES - 1) * i) / steps;
      const paid = pay * (units + even * left);
      const law = laws[left][i];
      let sum = 0;
      for (let more = 0; more < law.length; more++) sum += law[more] * (later[ones + more] + paid * kept[ones + more]);
      if (sum > worth) {
        worth = sum;
        bias = even;
      }
    }
    return { worth, bias };
  };

  const ROUNDS = 4; // of Dinkelbach's: by then the rate moves in its fourth digit
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = audits - 1; n >= 0; n--)
      for (let accused = 0; accused <= Math.min(n, accusations) && !over(n, accused); accused++)
        for (let i = 0; i < 2 * SUMS; i++) {
          lookAhead({ audits: n, accused, mean: lowest(n) + (i >> 1) * step(n), deviation: (i & 1) * widest(n) });
          table[at(n, accused) + i] = evenly(blocks, 0, 0).worth;
        }
    rate += value(FRESH) / (audits * window);
  }

  return {
    after,
    bias(belief, done, ones, units) {
      lookAhead(belief);
      return Math.round(evenly(blocks - done, ones, units).bias);
    },
  };
}
