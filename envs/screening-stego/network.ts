import { sigmoid } from "../../src/numeric/index.ts";
import { Rng } from "../../src/random/rng.ts";
import { ALPHABET, SYMBOLS } from "./params.ts";
import { bitwise, type Learner, labelOf, messageOf, WIDTH } from "./transcripts.ts";

const HIDDEN = 24;
const PASSES = 12;

/** One hidden layer of 24 rectified units on one-hot symbols, cross-entropy, stochastic gradient descent with momentum. */
export function network(bits: number): Learner {
  const inner = (WIDTH + 1) * HIDDEN;
  const outer = (HIDDEN + 1) * bits;
  const unit = new Float64Array(HIDDEN);
  const error = new Float64Array(bits);
  const forward = (model: ArrayLike<number>, message: number) => {
    for (let h = 0; h < HIDDEN; h++) unit[h] = model[WIDTH * HIDDEN + h];
    for (let i = 0; i < SYMBOLS; i++) {
      const from = (i * ALPHABET + ((message >>> (2 * i)) & 3)) * HIDDEN;
      for (let h = 0; h < HIDDEN; h++) unit[h] += model[from + h];
    }
  };
  const score = (model: ArrayLike<number>, bit: number) => {
    const at = inner + bit * (HIDDEN + 1);
    let sum = model[at + HIDDEN];
    for (let h = 0; h < HIDDEN; h++) if (unit[h] > 0) sum += model[at + h] * unit[h];
    return sum;
  };
  return {
    size: inner + outer,
    fit(transcripts, model) {
      const rng = new Rng(transcripts.length, "network");
      const w = Float64Array.from({ length: inner + outer }, (_, i) => (i < WIDTH * HIDDEN ? 0.5 : 0.2) * rng.normal());
      const steps = PASSES * transcripts.length;
      for (let n = 0; n < steps; n++) {
        const transcript = transcripts[n % transcripts.length];
        const message = messageOf(transcript);
        const rate = 0.05 * (1 - n / steps);
        forward(w, message);
        for (let bit = 0; bit < bits; bit++) {
          error[bit] = rate * (((labelOf(transcript) >>> bit) & 1) - sigmoid(score(w, bit)));
        }
        for (let h = 0; h < HIDDEN; h++) {
          if (unit[h] <= 0) continue;
          let back = 0;
          for (let bit = 0; bit < bits; bit++) {
            const at = inner + bit * (HIDDEN + 1) + h;
            back += error[bit] * w[at];
            w[at] += error[bit] * unit[h];
          }
          w[WIDTH * HIDDEN + h] += back;
          for (let i = 0; i < SYMBOLS; i++) w[(i * ALPHABET + ((message >>> (2 * i)) & 3)) * HIDDEN + h] += back;
        }
        for (let bit = 0; bit < bits; bit++) w[inner + bit * (HIDDEN + 1) + HIDDEN] += error[bit];
      }
      model.set(w);
    },
    guess(model, message, coin) {
      forward(model, message);
      return bitwise(bits, (bit) => score(model, bit), coin);
    },
  };
}
