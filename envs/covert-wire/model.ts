import { log } from "masque/numeric";
import { inverseRegularisedBeta } from "masque/stats";

/** What the wire carries when nobody hides anything, in 64ths: `silent` is always 0, `random` is eight symbols. */
export const COVERS = { silent: [64, 0], random: [20, 14, 10, 8, 5, 3, 2, 2] } as const;
export type Cover = keyof typeof COVERS;
/** Symbol of each 64th of the cover's law: its quantile function F⁻¹. */
export const quantiles = (cover: Cover): Uint8Array =>
  Uint8Array.from(COVERS[cover].flatMap((share, symbol) => new Array<number>(share).fill(symbol)));

/** The warden who watches slot t: slices of the wire are contiguous, and as equal as can be. */
export const watcherOf = (t: number, slots: number, wardens: number): number => Math.floor((t * wardens) / slots);

/**
 * What a reader sees of a symbol that was sent: the same with probability `same`, each other one with probability
 * `other`. The wire replaces a share ν by a uniform symbol, then the reader errs to a uniform other one.
 */
export function channel(cover: Cover, noise: number, error: number): { same: number; other: number } {
  const symbols = COVERS[cover].length;
  const kept = 1 - noise * (1 - 1 / symbols);
  const same = kept * (1 - error) + ((1 - kept) * error) / (symbols - 1);
  return { same, other: (1 - same) / (symbols - 1) };
}

/** The cover's law P₀. */
export const coverLaw = (cover: Cover): Float64Array => Float64Array.from(COVERS[cover], (share) => share / 64);

/** Law of what a reader sees of the innocent wire. */
export function readingLaw(cover: Cover, noise: number, error: number): Float64Array {
  const { same, other } = channel(cover, noise, error);
  return coverLaw(cover).map((p) => p * same + (1 - p) * other);
}

/** Lengths of the wardens' slices: slot t belongs to warden ⌊t·W/n⌋. */
export const sliceLengths = (slots: number, wardens: number): number[] =>
  Array.from({ length: wardens }, (_, i) => Math.ceil(((i + 1) * slots) / wardens) - Math.ceil((i * slots) / wardens));

/**
 * The level of each of W independent tests with which a strict majority accuses with probability exactly α:
 * P(Bin(W, a) ≥ j) = I_a(j, W − j + 1) for j = ⌊W/2⌋ + 1, solved for a.
 */
export function votingLevel(alpha: number, wardens: number): number {
  if (wardens === 1 || alpha === 0 || alpha === 1) return alpha;
  const needed = Math.floor(wardens / 2) + 1;
  return inverseRegularisedBeta(needed, wardens - needed + 1, alpha, 1 - alpha).x;
}

/** P(more than half of independent voters say yes), given each one's probability. */
export function majority(probabilities: readonly number[]): number {
  let law = [1];
  for (const p of probabilities) law = law.concat(0).map((same, v) => same * (1 - p) + (v > 0 ? law[v - 1] * p : 0));
  return law.reduce((sum, weight, votes) => (2 * votes > probabilities.length ? sum + weight : sum), 0);
}

/** Law of the sum of two independent whole numbers. */
export function convolve(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) sum[i + j] += a[i] * b[j];
  return sum;
}

/** G = 2 Σ h ln(h / (n q)): how far a histogram h of n symbols lies from the law q (Wilks 1935; Sokal and Rohlf 1981). */
export function gStatistic(histogram: ArrayLike<number>, from: number, law: Float64Array): number {
  let total = 0;
  for (let i = 0; i < law.length; i++) total += histogram[from + i];
  let sum = 0;
  for (let i = 0; i < law.length; i++) {
    const seen = histogram[from + i];
    if (seen > 0) sum += seen * log(seen / (total * law[i]));
  }
  return 2 * sum;
}

/**
 * Weights of a code of mean weight about w on the silent wire, by message: all alike for a whole w; for w = 2½ half of
 * the messages have weight 2 and half 3. Two empty words would be one: for w = ½ only message 0 is silence.
 */
export function codeWeights(weight: number, messages: number): number[] {
  const light = Math.floor(weight);
  const lights = light === weight ? messages : light === 0 ? 1 : messages / 2;
  return Array.from({ length: messages }, (_, m) => (m < lights ? light : light + 1));
}

/** Remembers what `make` returned for the latest keys (plain data), so that policies are cheap to make again. */
export function remembered<K, V>(make: (key: K) => V, capacity = 64): (key: K) => V {
  const known = new Map<string, V>();
  return (key) => {
    const name = JSON.stringify(key);
    const value = known.has(name) ? known.get(name)! : make(key);
    known.delete(name);
    known.set(name, value);
    if (known.size > capacity) known.delete(known.keys().next().value!);
    return value;
  };
}

/** The symbol of a one-hot without symbol 0. */
export function symbolAt(obs: Float32Array, from: number, symbols: number): number {
  for (let s = 1; s < symbols; s++) if (obs[from + s - 1] === 1) return s;
  return 0;
}
