import { log, pow } from "masque/numeric";
import {
  binomialPmfTable,
  mutualInformation,
  normalIsf,
  randomisedThreshold,
  rejectionProbability,
  totalVariation,
} from "masque/stats";
import { bestOneBitSecurity, codeSecurity } from "./codes-theory.ts";
import type { WireParams } from "./env.ts";
import {
  COVERS,
  type Cover,
  channel,
  convolve,
  coverLaw,
  majority,
  readingLaw,
  sliceLengths,
  votingLevel,
} from "./model.ts";

/** (1 − α) × the probability that the wire leaves a symbol as it was. */
export const utility = ({ cover, noise, falseAlarm }: Pick<WireParams, "cover" | "noise" | "falseAlarm">): number =>
  (1 - falseAlarm) * (1 - noise * (1 - 1 / COVERS[cover].length));

/**
 * The square-root law of the silent wire, in its version for total variation (Tahmasbi and Bloch 2019, IEEE Trans. Inf.
 * Theory 65:2190, arXiv:1703.01362; before: Bash, Goeckel and Towsley 2013, IEEE JSAC 31:1921; Bloch 2016, IEEE Trans.
 * Inf. Theory 62:2334; Wang, Wornell and Zheng 2016, ibid. 62:3493). Keeping the best test's power within τ of its level,
 * Alice may send about `ones` = 2Q⁻¹((1−τ)/2)·√(n/χ²) ones, each of which tells Bob at most D nats.
 */
export function squareRootLaw(p: {
  slots: number;
  tau: number;
  noise?: number;
  errorBob: number;
  errorWarden: number;
}): { ones: number; nats: number; bits: number; divergence: number; chiSquare: number } {
  const bob = channel("silent", p.noise ?? 0, p.errorBob).other;
  const warden = channel("silent", p.noise ?? 0, p.errorWarden).other;
  const divergence = (1 - 2 * bob) * log((1 - bob) / bob);
  const chiSquare = (1 - 2 * warden) ** 2 / (warden * (1 - warden));
  const ones = 2 * normalIsf((1 - p.tau) / 2) * Math.sqrt(p.slots / chiSquare);
  return { ones, nats: ones * divergence, bits: (ones * divergence) / Math.LN2, divergence, chiSquare };
}

type Reader = { noise: number; error: number };

/** Law of the number of ones that a reader of the silent wire counts in n slots of which `ones` carry a one. */
export function countLaw(slots: number, ones: number, { noise, error }: Reader): Float64Array {
  const { same, other } = channel("silent", noise, error);
  return convolve(binomialPmfTable(slots - ones, other), binomialPmfTable(ones, same));
}

/** The same for a random code that sends a one in each slot independently, with probability `rate`. */
export function randomCodeCountLaw(slots: number, rate: number, { noise, error }: Reader): Float64Array {
  const { same, other } = channel("silent", noise, error);
  return binomialPmfTable(slots, rate * same + (1 - rate) * other);
}

/** Total variation between a count's law and its law on the innocent wire: the best count test's power minus level. */
export const countVariation = (law: Float64Array, reader: Reader): number =>
  totalVariation(law, countLaw(law.length - 1, 0, reader));

/** Probability that the count test of level α accuses when `ones` of n slots carry a one. */
export function countTestPower(slots: number, ones: number, reader: Reader, alpha: number): number {
  const test = randomisedThreshold(countLaw(slots, 0, reader), alpha);
  return rejectionProbability(countLaw(slots, ones, reader), test);
}

/** The same for W wardens who vote, the ones lying in random slots: their split over the slices is hypergeometric. */
export function votingPower(p: WireParams, ones: number): number {
  const reader = { noise: p.noise, error: p.errorWarden };
  const level = votingLevel(p.falseAlarm, p.wardens);
  const lengths = sliceLengths(p.slots, p.wardens);
  const powers = lengths.map((length) =>
    Array.from({ length: Math.min(ones, length) + 1 }, (_, w) => countTestPower(length, w, reader, level)),
  );
  const split = (i: number, left: number, slotsLeft: number, chosen: number[]): number => {
    if (i === lengths.length) return majority(chosen);
    const rest = slotsLeft - lengths[i];
    let sum = 0;
    for (let w = Math.max(0, left - rest); w <= Math.min(left, lengths[i]); w++) {
      const share = (choose(lengths[i], w) * choose(rest, left - w)) / choose(slotsLeft, left);
      sum += share * split(i + 1, left - w, rest, [...chosen, powers[i][w]]);
    }
    return sum;
  };
  return split(0, ones, p.slots, []);
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
  return product;
}

/** Calibration: secrecy against the best response of all to the scripted warden, where it is known (k = 1). */
export const bestResponse = (p: WireParams): { secrecy: number } | null =>
  p.cover === "silent" && p.bits === 1 && p.wardens === 1 && p.noise === 0 && p.slots <= 256
    ? { secrecy: bestOneBitSecurity(p) }
    : null;

/**
 * What the environment is checked against, by metric. Silent wire without noise and with one warden: the best response
 * of all where k = 1, else the best code of disjoint words. Random cover: perfect steganography. Null where neither is
 * computed. A known attack may do better than these codes: see page.md.
 */
export function reference(p: WireParams): { utility: number; secrecy: number } | null {
  if (p.cover === "random") return p.slots > 10 || !p.key ? null : { utility: utility(p), secrecy: perfectSecurity(p) };
  if (p.wardens > 1 || p.noise > 0 || p.slots > 256 || p.bits > 6) return null;
  if (p.bits === 1) return { utility: utility(p), secrecy: bestOneBitSecurity(p) };
  const weights = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4].filter((w) => Math.ceil(w) * 2 ** p.bits <= p.slots);
  if (weights.length === 0) return null;
  return { utility: utility(p), secrecy: Math.min(...weights.map((w) => codeSecurity(p, w).security)) };
}

/**
 * I(X; Y) in bits a slot, X ~ P₀ being what perfect steganography sends: the rates below it can be hidden from every
 * warden (Cachin 2004, Inf. Comput. 192:41, for the notion; Wang and Moulin 2008, IEEE Trans. Inf. Theory 54:2706,
 * arXiv:cs/0702161, for the capacity under noise). H(P₀) where nothing disturbs the wire.
 */
export function hiddenRate(cover: Cover, noise: number, error: number): number {
  const { same, other } = channel(cover, noise, error);
  const law = coverLaw(cover);
  const joint = Array.from(law, (p, x) => law.map((_, y) => p * (x === y ? same : other)));
  return mutualInformation(joint, "bits");
}

/**
 * Probability that Bob names the message sent by perfect steganography, in the mean over random codebooks, by exact
 * enumeration of what he may read: given n readings, the true message agrees with each with its posterior probability,
 * and each of the 2ᵏ − 1 others with probability P₀ of the symbol read. Most agreements win, ties are drawn.
 * @throws RangeError for more than 10 slots: there are too many histograms
 */
export function perfectDecoding(p: Pick<WireParams, "cover" | "slots" | "bits" | "noise" | "errorBob">): number {
  if (p.slots > 10) throw new RangeError(`perfectDecoding: got ${p.slots} slots, expected at most 10`);
  const law = coverLaw(p.cover);
  const { same } = channel(p.cover, p.noise, p.errorBob);
  const read = readingLaw(p.cover, p.noise, p.errorBob);
  const messages = 2 ** p.bits;
  const visit = (symbol: number, left: number, weight: number, own: Float64Array, other: Float64Array): number => {
    if (symbol === law.length) return left === 0 && weight > 0 ? weight * wins(own, other, messages) : 0;
    let sum = 0;
    let share = 1;
    // The last symbol takes all slots that are left.
    for (let h = 0; h <= left; h++, share *= (read[symbol] * (left - h + 1)) / h) {
      if (symbol === law.length - 1 && h < left) continue;
      if (share === 0) break;
      const posterior = read[symbol] > 0 ? Math.min(1, (law[symbol] * same) / read[symbol]) : 0;
      const mine = convolve(own, binomialPmfTable(h, posterior));
      sum += visit(symbol + 1, left - h, weight * share, mine, convolve(other, binomialPmfTable(h, law[symbol])));
    }
    return sum;
  };
  return visit(0, p.slots, 1, Float64Array.of(1), Float64Array.of(1));
}

/** P(own score is the largest of `messages`, ties drawn), the others being independent. */
function wins(own: Float64Array, other: Float64Array, messages: number): number {
  let below = 0;
  let sum = 0;
  for (let score = 0; score < own.length; score++) {
    const upTo = below + other[score];
    const share =
      other[score] > 1e-9
        ? (pow(upTo, messages) - pow(below, messages)) / (messages * other[score])
        : pow(below, messages - 1);
    sum += own[score] * share;
    below = upTo;
  }
  return sum;
}

/** Security against perfect steganography: wardens are at chance, so α accuses a share α of what Bob understood. */
export function perfectSecurity(p: WireParams): number {
  const chance = 2 ** -p.bits;
  return 1 - ((1 - p.falseAlarm) * (perfectDecoding(p) - chance)) / (1 - chance);
}
