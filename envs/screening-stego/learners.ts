import { sigmoid } from "../../src/numeric/index.ts";
import { network } from "./network.ts";
import { ALPHABET, SYMBOLS } from "./params.ts";
import { bitwise, type Learner, labelOf, MESSAGES, messageOf, WIDTH } from "./transcripts.ts";

/** Remembers whole messages: the majority of each secret bit among equal ones; a coin for those never seen. */
export function table(bits: number): Learner {
  return {
    size: bits * MESSAGES,
    fit(transcripts, model) {
      for (const transcript of transcripts) {
        for (let bit = 0; bit < bits; bit++) {
          model[bit * MESSAGES + messageOf(transcript)] += 2 * ((labelOf(transcript) >>> bit) & 1) - 1;
        }
      }
    },
    guess: (model, message, coin) => bitwise(bits, (bit) => model[bit * MESSAGES + message], coin),
  };
}

/** Logistic regression on one-hot symbols, by stochastic gradient descent: 8 passes, rate .1 falling to 0. */
export function logistic(bits: number): Learner {
  const stride = WIDTH + 1;
  const score = (model: Float32Array, bit: number, message: number) => {
    let sum = model[bit * stride + WIDTH];
    for (let i = 0; i < SYMBOLS; i++) sum += model[bit * stride + i * ALPHABET + ((message >>> (2 * i)) & 3)];
    return sum;
  };
  return {
    size: bits * stride,
    fit(transcripts, model) {
      const steps = 8 * transcripts.length;
      for (let n = 0; n < steps; n++) {
        const transcript = transcripts[n % transcripts.length];
        const message = messageOf(transcript);
        for (let bit = 0; bit < bits; bit++) {
          const error = ((labelOf(transcript) >>> bit) & 1) - sigmoid(score(model, bit, message));
          const change = 0.1 * (1 - n / steps) * error;
          model[bit * stride + WIDTH] += change;
          for (let i = 0; i < SYMBOLS; i++) {
            model[bit * stride + i * ALPHABET + ((message >>> (2 * i)) & 3)] += change;
          }
        }
      }
    },
    guess: (model, message, coin) => bitwise(bits, (bit) => score(model, bit, message), coin),
  };
}

/**
 * Bayes' rule, sign E[(−1)^z | message], from its Fourier series: with p the law of messages, p·E[(−1)^z | ·] is the sum
 * over the 65536 parities χ of E[(−1)^z χ]·χ. All coefficients are estimated from the labelled transcripts, and those
 * beyond 5 standard errors kept (Kushilevitz and Mansour 1993): every sparse code is found, whatever its order.
 */
export function bayes(bits: number): Learner {
  const spectrum = new Float64Array(MESSAGES);
  return {
    size: bits * MESSAGES,
    fit(transcripts, model) {
      const cut = 5 * Math.sqrt(transcripts.length);
      for (let bit = 0; bit < bits; bit++) {
        spectrum.fill(0);
        for (const transcript of transcripts) {
          spectrum[messageOf(transcript)] += 2 * ((labelOf(transcript) >>> bit) & 1) - 1;
        }
        transform(spectrum);
        for (let s = 0; s < MESSAGES; s++) if (Math.abs(spectrum[s]) < cut) spectrum[s] = 0;
        transform(spectrum);
        model.set(spectrum, bit * MESSAGES);
      }
    },
    guess: (model, message, coin) => bitwise(bits, (bit) => model[bit * MESSAGES + message], coin),
  };
}

/** The fast Walsh–Hadamard transform, in place: x_s ← Σ_m (−1)^|s ∧ m| x_m. */
export function transform(x: Float64Array): void {
  for (let half = 1; half < x.length; half *= 2) {
    for (let from = 0; from < x.length; from += 2 * half) {
      for (let i = from; i < from + half; i++) {
        const [a, b] = [x[i], x[i + half]];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

export const learners = { table, logistic, network, bayes };
