import { pow } from "masque/numeric";
import { binomialPmfTable, randomisedThreshold } from "masque/stats";
import type { WireParams } from "./env.ts";
import { channel, codeWeights, convolve } from "./model.ts";

/** Tables `[ones that Bob reads][ones that the warden reads]`. */
type Joint = number[][];

/** Joint law of both readings of one slot: noise strikes both alike, errors are their own. */
function slotJoint({ noise, errorBob, errorWarden }: WireParams, sent: 0 | 1): Joint {
  const joint: Joint = [0, 1].map(() => [0, 0]);
  for (const carried of [0, 1]) {
    const share = carried === sent ? 1 - noise / 2 : noise / 2;
    for (const bob of [0, 1]) {
      for (const warden of [0, 1]) {
        const own = (bob === carried ? 1 - errorBob : errorBob) * (warden === carried ? 1 - errorWarden : errorWarden);
        joint[bob][warden] += share * own;
      }
    }
  }
  return joint;
}

function product(a: Joint, b: Joint): Joint {
  const width = a[0].length + b[0].length - 1;
  const result: Joint = Array.from({ length: a.length + b.length - 1 }, () => new Array<number>(width).fill(0));
  for (const [i, rowA] of a.entries()) {
    for (const [j, rowB] of b.entries()) {
      for (const [z, q] of convolve(rowA, rowB).entries()) result[i + j][z] += q;
    }
  }
  return result;
}

/** Joint law of both counts in a word's w slots. */
function wordJoint(p: WireParams, weight: number, sent: 0 | 1): Joint {
  let joint: Joint = [[1]];
  for (let i = 0; i < weight; i++) joint = product(joint, slotJoint(p, sent));
  return joint;
}

/**
 * Exact play of a code of disjoint words on the silent wire against one warden's count test: probabilities that the
 * warden accuses and that Bob names the message (maximum likelihood, ties drawn), and the security that results. Noise
 * strikes Bob and the warden together, so the two events are dependent, and the sum runs over both counts.
 * Time grows with 4ᵏ·n.
 * @param weight see `codeWeights`
 * @throws RangeError if the words do not fit into n slots
 */
export function codeSecurity(p: WireParams, weight: number): { power: number; decoding: number; security: number } {
  const messages = 2 ** p.bits;
  const weights = codeWeights(weight, messages);
  const used = weights.reduce((sum, w) => sum + w, 0);
  if (used > p.slots) {
    throw new RangeError(`codeSecurity: ${messages} words of weight ${weight} need ${used} slots, got ${p.slots}`);
  }
  const { other } = channel("silent", p.noise, p.errorWarden);
  const test = randomisedThreshold(binomialPmfTable(p.slots, other), p.falseAlarm);
  const accuses = (count: number) =>
    count > test.threshold ? 1 : count === test.threshold ? test.probabilityAtThreshold : 0;
  const idle = binomialPmfTable(p.slots - used, other);
  const chance = 1 / messages;
  let [power, decoding, gain] = [0, 0, 0];
  for (const own of new Set(weights)) {
    const share = weights.filter((w) => w === own).length / messages;
    const rivals = [...weights];
    rivals.splice(rivals.indexOf(own), 1);
    const idleRivals = convolve(idle, binomialPmfTable(used - own, other));
    for (const [ones, law] of wordJoint(p, own, 1).entries()) {
      const right = convolve(convolve(law, idle), countWhenBest(p, rivals, 2 * ones - own));
      const any = convolve(law, idleRivals);
      for (let z = 0; z <= p.slots; z++) {
        power += share * any[z] * accuses(z);
        decoding += share * right[z];
        gain += (share * (1 - accuses(z)) * (right[z] - chance * any[z])) / (1 - chance);
      }
    }
  }
  return { power, decoding, security: 1 - gain };
}

/** The warden's count over the words of all rivals, weighted with the probability that none of them beats `score`. */
function countWhenBest(p: WireParams, rivals: readonly number[], score: number): number[] {
  const laws = new Map<number, Joint>();
  for (const weight of new Set(rivals)) {
    const below = new Array<number>(weight + 1).fill(0);
    const equal = new Array<number>(weight + 1).fill(0);
    for (const [ones, law] of wordJoint(p, weight, 0).entries()) {
      const agreements = 2 * ones - weight;
      if (agreements > score) continue;
      for (const [z, q] of law.entries()) (agreements < score ? below : equal)[z] += q;
    }
    laws.set(weight, [below, equal]);
  }
  // `[rivals that tie][count]`
  let table: Joint = [[1]];
  for (const rival of rivals) table = product(table, laws.get(rival)!);
  return table[0].map((_, z) => table.reduce((sum, row, ties) => sum + row[z] / (ties + 1), 0));
}

/** Probability that the count test lets a word of 0, 1, …, n ones pass, on the silent wire without noise. */
function passProbabilities(p: WireParams): number[] {
  const warden = channel("silent", 0, p.errorWarden);
  const test = randomisedThreshold(binomialPmfTable(p.slots, warden.other), p.falseAlarm);
  return Array.from({ length: p.slots + 1 }, (_, ones) => {
    const law = convolve(binomialPmfTable(p.slots - ones, warden.other), binomialPmfTable(ones, warden.same));
    let accused = law[test.threshold] * test.probabilityAtThreshold;
    for (let z = test.threshold + 1; z < law.length; z++) accused += law[z];
    return 1 - accused;
  });
}

/**
 * Security of the silent wire of k = 1 without noise against the best response of all: words 0 and 1 with a and b ones
 * in slots of their own (a one in both words would only raise the count), and a Bob who weighs each message with its
 * chance to pass. Randomising cannot help: for a given warden the gain is linear in how Alice and Bob mix.
 */
export function bestOneBitSecurity(p: WireParams): number {
  const { same: right, other: wrong } = channel("silent", 0, p.errorBob);
  const passes = passProbabilities(p);
  const hit = Array.from({ length: p.slots + 1 }, (_, ones) => binomialPmfTable(ones, right));
  const miss = Array.from({ length: p.slots + 1 }, (_, ones) => binomialPmfTable(ones, wrong));
  let best = 0;
  for (let a = 0; 2 * a <= p.slots; a++) {
    for (let b = a; a + b <= p.slots; b++) {
      let gain = 0;
      for (let i = 0; i <= a; i++) {
        for (let j = 0; j <= b; j++) {
          gain += Math.abs(passes[a] * hit[a][i] * miss[b][j] - passes[b] * miss[a][i] * hit[b][j]) / 2;
        }
      }
      best = Math.max(best, gain);
    }
  }
  return 1 - best;
}

/** Words with so many ones or more are bounded, not listed: the list grows with each weight. */
const HEAVY = 9;

/**
 * Least security that any code, receiver and use of the key leave on the silent wire without noise, against one
 * warden's count test. Word m passes with a probability a that depends on its weight alone; L is the likelihood ratio of
 * what Bob reads, under the word and under silence. The best receiver gains (E max aL − mean a)/(M − 1), E under silence.
 * Ratios of words that share slots rise in the same independent readings, so they are associated (Esary, Proschan and
 * Walkup 1967, Ann. Math. Stat. 38:1466): independent ones, as disjoint words have, have the larger maximum. What is left
 * is to list how many words have which weight; each of `HEAVY` ones or more adds at most its a to E max. So it is a
 * bound, and exact where its weights are all below `HEAVY` and fit into n slots.
 * @returns the bound, and how many words of the code that attains it have 0, 1, … ones (those of `HEAVY` or more last)
 * @throws RangeError on the random cover, with noise, several wardens, p_b of 0 or more than four bits
 */
export function securityFloor(p: WireParams): { security: number; words: number[] } {
  if (p.cover !== "silent" || p.noise > 0 || p.wardens > 1 || p.errorBob === 0 || p.bits > 4) {
    throw new RangeError(
      `securityFloor: got ${JSON.stringify(p)}, expected a silent cover, no noise, one warden, errorBob > 0, at most 4 bits`,
    );
  }
  const messages = 2 ** p.bits;
  const passes = passProbabilities(p);
  const kinds = Math.min(HEAVY, p.slots + 1);
  const ratio = (1 - p.errorBob) / p.errorBob;
  const laws = Array.from({ length: kinds }, (_, weight) =>
    [...binomialPmfTable(weight, p.errorBob)].map((q, ones) => ({
      q,
      value: passes[weight] * pow(ratio, 2 * ones - weight),
    })),
  );
  const values = [...new Set(laws.flat().map(({ value }) => value))].sort((a, b) => a - b);
  /** `below[weight][i]`: P(aL ≤ values[i]). */
  const below = laws.map((law) =>
    values.map((top) => law.reduce((sum, { q, value }) => sum + (value <= top ? q : 0), 0)),
  );
  let best = { gain: Number.NEGATIVE_INFINITY, words: [] as number[] };
  const list = (weight: number, left: number, none: readonly number[], passing: number, words: readonly number[]) => {
    if (weight === kinds) {
      let most = left === messages ? 0 : values[0];
      for (let i = 1; i < values.length; i++) most += (values[i] - values[i - 1]) * (1 - none[i - 1]);
      const heavy = left * (passes[kinds] ?? 0);
      const gain = (most + heavy - (passing + heavy) / messages) / (messages - 1);
      if (gain > best.gain) best = { gain, words: [...words, left] };
      return;
    }
    let product = none;
    for (let count = 0; count <= left; count++) {
      list(weight + 1, left - count, product, passing + count * passes[weight], [...words, count]);
      product = product.map((q, i) => q * below[weight][i]);
    }
  };
  const certain = values.map(() => 1);
  list(0, messages, certain, 0, []);
  return { security: 1 - best.gain, words: best.words };
}
