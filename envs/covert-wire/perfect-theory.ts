import { pow } from "../../src/numeric/index.ts";
import { binomialPmfTable, mutualInformation } from "../../src/stats/index.ts";
import { channel, convolve, coverLaw, readingLaw } from "./channel.ts";
import type { Cover, WireParams } from "./params.ts";

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
