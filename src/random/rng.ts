import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { cos, log } from "../numeric/index.ts";

/** Part of a stream's name: words and whole numbers, as in `"test", 3, "alice"`. */
export type Label = string | number;

/** State of a stream: four 32-bit words of xoroshiro128+, the 128-bit key that forks derive from, and a spare normal. */
export interface RngState {
  readonly words: readonly [number, number, number, number];
  readonly key: readonly [number, number, number, number];
  readonly spare: number | null;
}

/**
 * A seeded stream of random numbers. Streams are named: the same (seed, labels) is the same stream on every machine,
 * and a new name never shifts another stream. xoroshiro128+ (Blackman and Vigna 2021, arXiv:1805.01407) underneath.
 */
export class Rng {
  #generator = xoroshiro128plusFromState([1, 0, 0, 0]);
  #key = new Int32Array(4);
  #spare = Number.NaN;

  constructor(seed: number, ...labels: Label[]) {
    rootKey(seed, this.#key);
    for (const label of labels) absorb(this.#key, label);
    this.#start();
  }

  /** Uniform 32-bit word, 0 … 2³²−1. Its lowest bits are linear, the weak ones of xoroshiro128+: use the highest. */
  word(): number {
    return this.#generator.next() >>> 0;
  }

  /** Uniform on [0, 1), a multiple of 2⁻³². One word: for dynamics, where speed counts. */
  float32(): number {
    return (this.#generator.next() >>> 0) * 2 ** -32;
  }

  /** Uniform on [0, 1), a multiple of 2⁻⁵³. */
  float(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 67108864 + low) * 2 ** -53;
  }

  /** Uniform integer in [low, high), without bias (Lemire 2019, arXiv:1805.10941). At most 2²¹ values. */
  int(low: number, high: number): number {
    const range = high - low;
    if (!(range >= 1 && range <= 2097152 && Number.isSafeInteger(low) && Number.isSafeInteger(high))) {
      throw new RangeError(
        `Rng.int: got [${low}, ${high}), expected whole numbers with 1 to 2097152 values between them`,
      );
    }
    let product = (this.#generator.next() >>> 0) * range;
    let value = Math.floor(product * 2 ** -32);
    let fraction = product - value * 4294967296;
    if (fraction < range) {
      const threshold = (4294967296 - range) % range;
      while (fraction < threshold) {
        product = (this.#generator.next() >>> 0) * range;
        value = Math.floor(product * 2 ** -32);
        fraction = product - value * 4294967296;
      }
    }
    return low + value;
  }

  /** True with probability p, to within 2⁻³². p ≤ 0 is never, p ≥ 1 always; both still use one word. */
  bernoulli(p: number): boolean {
    return (this.#generator.next() >>> 0) * 2 ** -32 < p;
  }

  /** Standard normal (Box and Muller 1958); pairs are drawn together, the second is kept. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * log(1 - this.float()));
    const angle = 2 * Math.PI * this.float();
    this.#spare = radius * cos(angle - Math.PI / 2);
    return radius * cos(angle);
  }

  /** Index i with probability weights[i] / Σ weights. Throws a RangeError for a negative weight, or none above 0. */
  categorical(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i] >= 0 ? weights[i] : Number.NaN;
    if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Rng.categorical: got [${weights}], expected weights ≥ 0 with a positive finite sum`);
    }
    let left = this.float() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (!(weights[i] > 0)) continue;
      last = i;
      left -= weights[i];
      if (left < 0) return i;
    }
    return last;
  }

  /** Fisher–Yates shuffle in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(0, i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /** A stream of its own, named by the labels under this one's name. Does not advance this stream. */
  fork(...labels: Label[]): Rng {
    const child = new Rng(0);
    child.#key.set(this.#key);
    for (const label of labels) absorb(child.#key, label);
    child.#start();
    return child;
  }

  /** Becomes, in place, what `parent.fork(...labels)` would be: no object is made in a loop over episodes. */
  become(parent: Rng, a: Label, b?: Label, c?: Label): void {
    this.#key.set(parent.#key);
    absorb(this.#key, a);
    if (b !== undefined) absorb(this.#key, b);
    if (c !== undefined) absorb(this.#key, c);
    this.#start();
  }

  /** Everything needed to go on from here; plain JSON. */
  state(): RngState {
    const [a, b, c, d] = this.#generator.getState();
    const [e, f, g, h] = this.#key;
    return { words: [a, b, c, d], key: [e, f, g, h], spare: Number.isNaN(this.#spare) ? null : this.#spare };
  }

  /** The stream that `state()` was taken from. Throws a RangeError for anything that `state()` cannot have given. */
  static fromState(state: RngState): Rng {
    // Array.from fills holes; all words 0 is the one state that the generator never leaves; no spare reaches 9.
    const isWords = (words: unknown) =>
      Array.isArray(words) &&
      words.length === 4 &&
      Array.from(words).every((word) => Number.isInteger(word) && (word | 0) === word);
    const isSpare = (spare: unknown) => spare === null || (typeof spare === "number" && Math.abs(spare) < 9);
    if (
      !isWords(state?.words) ||
      !isWords(state.key) ||
      !isSpare(state.spare) ||
      state.words.every((word) => word === 0)
    ) {
      throw new RangeError(
        "Rng.fromState: expected { words, key: four 32-bit integers each, words not all 0, spare: a normal or null }",
      );
    }
    const rng = new Rng(0);
    rng.#key.set(state.key);
    rng.#generator = xoroshiro128plusFromState(state.words);
    rng.#spare = state.spare ?? Number.NaN;
    return rng;
  }

  #start(): void {
    finish(this.#key, scratch);
    const [a, b, c, d] = scratch;
    this.#generator = xoroshiro128plusFromState([a, b, c, a | b | c | d ? d : 1]);
    this.#spare = Number.NaN;
  }
}

// Names are hashed by the HalfSipHash-2-4 permutation (Aumasson and Bernstein 2012) as a sponge over 32-bit words. Each
// label carries its type and length, so ("a", "b"), ("ab") and (1) never name the same stream.
const scratch = new Int32Array(4);

function rootKey(seed: number, key: Int32Array): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`Rng: got seed ${seed}, expected a whole number within ±2⁵³`);
  key[0] = 0x6d617371;
  key[1] = 0x75652d31;
  key[2] = 0x6c796765;
  key[3] = 0x74656462;
  absorb(key, seed);
}

function absorb(key: Int32Array, label: Label): void {
  if (typeof label === "number") {
    if (!Number.isSafeInteger(label)) throw new RangeError(`Rng: label ${label} is neither a word nor a whole number`);
    mix(key, 1);
    mix(key, label | 0);
    mix(key, Math.floor(label / 4294967296));
  } else {
    mix(key, 2 + label.length * 4);
    for (let i = 0; i < label.length; i += 2) mix(key, label.charCodeAt(i) | ((label.charCodeAt(i + 1) || 0) << 16));
  }
}

function mix(key: Int32Array, word: number): void {
  key[3] ^= word;
  round(key);
  round(key);
  key[0] ^= word;
}

function finish(key: Int32Array, out: Int32Array): void {
  out.set(key);
  out[2] ^= 0xff;
  for (let i = 0; i < 4; i++) round(out);
}

function round(v: Int32Array): void {
  let a = v[0];
  let b = v[1];
  let c = v[2];
  let d = v[3];
  a = (a + b) | 0;
  b = ((b << 5) | (b >>> 27)) ^ a;
  a = (a << 16) | (a >>> 16);
  c = (c + d) | 0;
  d = ((d << 8) | (d >>> 24)) ^ c;
  a = (a + d) | 0;
  d = ((d << 7) | (d >>> 25)) ^ a;
  c = (c + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ c;
  c = (c << 16) | (c >>> 16);
  v[0] = a;
  v[1] = b;
  v[2] = c;
  v[3] = d;
}
