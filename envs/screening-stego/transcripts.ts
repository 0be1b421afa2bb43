import { ALPHABET, SYMBOLS } from "./params.ts";

export const MESSAGES = ALPHABET ** SYMBOLS;
export const WIDTH = SYMBOLS * ALPHABET;

/** Labelled transcripts: `secret · 65536 + message` each. A learner is a pure function of them. */
export interface Learner {
  /** Floats of a fitted model. */
  readonly size: number;
  fit(transcripts: Float32Array, model: Float32Array): void;
  /** The guessed secret; `coin()` is a random bit, for where the model does not say. */
  guess(model: Float32Array, message: number, coin: () => number): number;
}

export const labelOf = (transcript: number) => Math.floor(transcript / MESSAGES);
export const messageOf = (transcript: number) => transcript % MESSAGES;

/** A guess bit by bit, from the sign of a score. */
export const bitwise = (bits: number, score: (bit: number) => number, coin: () => number) => {
  let guess = 0;
  for (let bit = 0; bit < bits; bit++) {
    const x = score(bit);
    if (x > 0 || (x === 0 && coin() === 1)) guess |= 1 << bit;
  }
  return guess;
};
