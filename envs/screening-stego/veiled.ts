import { type Labels, MESSAGES } from "./codes.ts";

// A learner that adds up what single symbols say is blind to a code in which they say nothing, however few its words: these
// have few, far apart, so that noise costs them little, and all that tells their meaning is how symbols go together.

/** A word for each of 2^meaningless sums of the first vectors; each later vector adds a bit of the secret. */
interface Basis {
  readonly meaningless: number;
  readonly vectors: readonly number[];
}

/** Sums are symbol by symbol, without carry. All were found by search, but the first: one letter throughout, or each twice. */
export const VEILED = {
  "pairs-8": { meaningless: 2, vectors: [0x5555, 0xaaaa, 64080, 2805, 4390, 8763] },
  "pairs-32": { meaningless: 4, vectors: [0x5555, 0xaaaa, 54810, 60165, 20434, 662, 1457, 494] },
  "triples-32": { meaningless: 4, vectors: [13968, 51086, 21500, 59963, 51211, 362, 245, 1096] },
} as const satisfies Readonly<Record<string, Basis>>;

/** The secret of every word: of one bit, no symbol tells anything about it, nor do two in `triples-32`. */
export function veiled({ meaningless, vectors }: Basis, secretBits: number): Labels {
  const labels = new Int8Array(MESSAGES).fill(-1);
  for (let sum = 0; sum < 2 ** (meaningless + secretBits); sum++) {
    let word = 0;
    for (const [i, vector] of vectors.entries()) if ((sum >>> i) & 1) word ^= vector;
    labels[word] = sum >>> meaningless;
  }
  return labels;
}
