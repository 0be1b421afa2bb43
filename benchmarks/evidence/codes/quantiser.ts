import type { Draws } from "masque";
import type { MakeCode } from "../../../envs/plain-talk/codes.ts";
import { wordsOf } from "../../../envs/plain-talk/model.ts";

// Words are named one by one, so a secret need not be sent whole. A code of Reed and Solomon (1960) of dimension d has, near
// any secret of W words, a word of its own that agrees in d of them wherever one likes: among all of those is nearly
// always one that agrees in more. Telling it takes d words' bits. This is what Shannon's rate-distortion function promises.

/** Primitive polynomials of GF(2^b), b = 2 … 8. */
const PRIMITIVE = [0, 0, 7, 11, 19, 37, 67, 131, 285];

function field(bits: number) {
  const size = 2 ** bits;
  const exp = new Uint8Array(2 * size);
  const log = new Uint8Array(size);
  for (let i = 0, x = 1; i < size - 1; i++) {
    exp[i] = exp[i + size - 1] = x;
    log[x] = i;
    x <<= 1;
    if (x >= size) x ^= PRIMITIVE[bits];
  }
  const times = (a: number, b: number) => (a === 0 || b === 0 ? 0 : exp[log[a] + log[b]]);
  const over = (a: number, b: number) => (a === 0 ? 0 : exp[log[a] + size - 1 - log[b]]);
  return { times, over };
}

export interface Quantiser {
  /** Words of a secret, and of them those that tell the code's word: the first `dimension` ones. */
  readonly words: number;
  readonly dimension: number;
  /** A word of the code that agrees with a secret in as many places as any does, drawn among those. */
  near(secret: ArrayLike<number>, rng: Draws): Uint8Array<ArrayBuffer>;
  /** The word of the code whose first words these are. */
  from(first: ArrayLike<number>): Uint8Array;
}

/** Undefined where there is no such code: the field is too small, or nothing would be left out. */
export function quantiser(words: number, bits: number, dimension: number): Quantiser | undefined {
  if (bits < 2 || words > 2 ** bits || dimension >= words || dimension < 1) return undefined;
  const { times, over } = field(bits);
  /** Row by row, how the values of a polynomial at some places add up to its value at every place (Lagrange). */
  const lagrange = (places: readonly number[]) => {
    const rows = new Uint8Array(words * dimension);
    for (let to = 0; to < words; to++) {
      places.forEach((place, j) => {
        let weight = 1;
        for (const other of places) if (other !== place) weight = times(weight, over(to ^ other, place ^ other));
        rows[to * dimension + j] = weight;
      });
    }
    return { places, rows };
  };
  const choices: number[][] = [];
  const choose = (chosen: number[], next: number): void => {
    if (chosen.length === dimension) choices.push(chosen);
    else for (let i = next; i < words; i++) choose([...chosen, i], i + 1);
  };
  choose([], 0);
  const bases = choices.map(lagrange);
  const extend = ({ places, rows }: (typeof bases)[number], values: ArrayLike<number>, out: Uint8Array) => {
    for (let to = 0; to < words; to++) {
      let sum = 0;
      for (let j = 0; j < dimension; j++) sum ^= times(rows[to * dimension + j], values[places[j]]);
      out[to] = sum;
    }
    return out;
  };
  const trial = new Uint8Array(words);
  return {
    words,
    dimension,
    near(secret, rng) {
      const best = new Uint8Array(words);
      let most = 0;
      let ties = 0;
      for (const basis of bases) {
        extend(basis, secret, trial);
        let same = 0;
        for (let i = 0; i < words; i++) if (trial[i] === secret[i]) same++;
        if (same < most) continue;
        // A word that agrees in more places is found from more choices of d among them, and so drawn no less than others.
        ties = same > most ? 1 : ties + 1;
        most = same;
        if (rng.int(0, ties) === 0) best.set(trial);
      }
      return best;
    },
    from: (first) => extend(bases[0], first, new Uint8Array(words)),
  };
}

/** Sends, by another code, the words that tell of a word of the Reed–Solomon code near the secret. */
export const quantised =
  (code: MakeCode, dimension: number): MakeCode =>
  (cover, setting) => {
    const make = code(cover, setting);
    const near = quantiser(wordsOf(setting), setting.wordBits, dimension);
    if (!near) return make;
    return () => {
      const inner = make();
      return {
        ...inner,
        begin: (secret, rng) => inner.begin(near.near(secret, rng), rng),
        name(out) {
          inner.name(out);
          out.set(near.from(out));
        },
      };
    };
  };
