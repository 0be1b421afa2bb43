import { log } from "../../src/numeric/index.ts";
import {
  binomialPmfTable,
  normalIsf,
  randomisedThreshold,
  rejectionProbability,
  totalVariation,
} from "../../src/stats/index.ts";
import { channel, convolve, majority, sliceLengths, votingLevel } from "./channel.ts";
import { bestOneBitSecurity, codeSecurity } from "./codes-theory.ts";
import { COVERS, type WireParams } from "./params.ts";
import { perfectSecurity } from "./perfect-theory.ts";

export { hiddenRate, perfectDecoding, perfectSecurity } from "./perfect-theory.ts";

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
