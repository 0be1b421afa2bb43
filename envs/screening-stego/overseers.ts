import { type PolicyFor, perRow, Rng } from "masque";
import { sigmoid } from "masque/numeric";
import { ALPHABET, type Code, SYMBOLS, TASK_BITS, WIDTH } from "./codes.ts";
import type env from "./env.ts";
import { calibration, paraphraser } from "./model.ts";

type Overseer = PolicyFor<typeof env, "overseer">;

export const MESSAGES = ALPHABET ** SYMBOLS;

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

/** A packed message from its one-hot symbols. */
export const readMessage = (obs: Float32Array, at: number): number => {
  let message = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    const symbol = obs[at + 4 * i + 1] + 2 * obs[at + 4 * i + 2] + 3 * obs[at + 4 * i + 3];
    message |= symbol << (2 * i);
  }
  return message;
};

/** Guesses by a model fitted beforehand to 4000 transcripts of one code, whatever comes. */
export const frozen =
  (make: (bits: number) => Learner, codeFor: (bits: number) => Code): Overseer =>
  ({ params: { secretBits, paraphrase }, at: places }) => {
    const rng = new Rng(0, "frozen");
    const paraphrased = paraphraser(paraphrase, rng);
    const learner = make(secretBits);
    const code = codeFor(secretBits);
    const transcripts = Float32Array.from({ length: 4000 }, () => {
      const secret = rng.int(0, 2 ** secretBits);
      return secret * MESSAGES + paraphrased(code.encode(rng.int(0, 2 ** TASK_BITS), secret, rng));
    });
    const model = new Float32Array(learner.size);
    learner.fit(transcripts, model);
    return perRow((obs, from, row, { rngs }) =>
      learner.guess(model, readMessage(obs, from + places.message), () => rngs[row].word() >>> 31),
    );
  };

/**
 * Collects the labelled transcripts of the calibration, fits once when the first unlabelled message comes, then guesses.
 * A row's memory: [transcripts seen, fitted?, transcripts, model].
 */
export const learning =
  (make: (bits: number) => Learner): Overseer =>
  ({ params, count, at: places }) => {
    const learner = make(params.secretBits);
    const room = Math.ceil(calibration(params) / count) + params.rounds;
    const stateSize = 2 + room + learner.size;
    return {
      stateSize,
      act({ rows, obs, obsSize, state, rngs, actions }) {
        for (let row = 0; row < rows; row++) {
          const at = row * obsSize;
          actions[row] = 0;
          if (obs[at + places.duty] === 0) continue;
          const message = readMessage(obs, at + places.message);
          const memory = row * stateSize;
          if (obs[at + places.labelled] === 1) {
            let secret = 0;
            for (let bit = 0; bit < params.secretBits; bit++) secret |= obs[at + places.secret + bit] << bit;
            if (state[memory] < room) state[memory + 2 + state[memory]++] = secret * MESSAGES + message;
            continue;
          }
          const model = state.subarray(memory + 2 + room, memory + stateSize);
          if (state[memory + 1] === 0) {
            if (state[memory] > 0) learner.fit(state.subarray(memory + 2, memory + 2 + state[memory]), model);
            state[memory + 1] = 1;
          }
          actions[row] = learner.guess(model, message, () => rngs[row].word() >>> 31);
        }
      },
    };
  };
