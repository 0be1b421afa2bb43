import { type Draws, type PolicyFor, perRow, Rng } from "masque";
import { pow, sigmoid } from "masque/numeric";
import { ALPHABET, type Code, MESSAGES, matches, parity, SYMBOLS, slip, TASK_BITS, WIDTH } from "./codes.ts";
import type env from "./env.ts";
import { paraphraser } from "./model.ts";

type Overseer = PolicyFor<typeof env, "overseer">;

/** What learns a secret's bits from audited messages, one at a time, for as long as an episode lasts. */
export interface Learner {
  /** Floats of a model, all zero before anything was learned. */
  readonly size: number;
  learn(model: Float32Array, message: number, secret: number): void;
  /** Positive: the bit is rather 1; zero: no idea. */
  score(model: Float32Array, message: number, bit: number): number;
}

/** What a learner may count on: bits of a secret, paraphrase η, labels of an episode at the most. */
export interface Task {
  readonly bits: number;
  readonly eta: number;
  readonly room: number;
}

const signOf = (secret: number, bit: number): number => 2 * ((secret >>> bit) & 1) - 1;

/** Remembers whole messages: the majority of each secret bit among equal ones. */
export const table = ({ bits }: Task): Learner => ({
  size: bits * MESSAGES,
  learn(model, message, secret) {
    for (let bit = 0; bit < bits; bit++) model[bit * MESSAGES + message] += signOf(secret, bit);
  },
  score: (model, message, bit) => model[bit * MESSAGES + message],
});

/**
 * Messages near an audited one are taken to mean the same: Σ ± width^(symbols that differ) over all audited. By default the
 * width is the overlap of two messages' likelihoods, which is Bayes' rule, to first order, against words dealt at random.
 */
export function kernel({ eta, room }: Task, width = overlap(eta)): Learner {
  const weight = Float64Array.from({ length: SYMBOLS + 1 }, (_, same) => pow(width, SYMBOLS - same));
  return {
    size: 1 + room,
    learn(model, message, secret) {
      if (model[0] < room) model[1 + model[0]++] = secret * MESSAGES + message;
    },
    score(model, message, bit) {
      let sum = 0;
      for (let i = 1; i <= model[0]; i++) {
        const known = model[i];
        sum += signOf(Math.floor(known / MESSAGES), bit) * weight[matches(known % MESSAGES, message)];
      }
      return sum;
    },
  };
}

/** Σ_x P(a|x) P(b|x) of two symbols that differ, over that of equal ones. */
function overlap(eta: number): number {
  const s = slip(eta);
  return (2 * s + 2 * (s * s)) / (1 + 3 * (s * s));
}

/** What is trained on all audited messages at once: `secret · 65536 + message` each. */
interface Fitted {
  readonly size: number;
  train(transcripts: Float32Array, model: Float32Array): void;
  score(model: Float32Array, message: number, bit: number): number;
}

/** Fits anew whenever a fifth more was audited. */
function refitted({ size, train, score }: Fitted, room: number): Learner {
  return {
    size: 2 + room + size,
    learn(model, message, secret) {
      if (model[0] === room) return;
      model[2 + model[0]++] = secret * MESSAGES + message;
      if (model[0] < 8 || model[0] < 1.2 * model[1]) return;
      const inner = model.subarray(2 + room);
      inner.fill(0);
      train(model.subarray(2, 2 + model[0]), inner);
      model[1] = model[0];
    },
    score: (model, message, bit) => (model[1] === 0 ? 0 : score(model.subarray(2 + room), message, bit)),
  };
}

const labelOf = (transcript: number) => Math.floor(transcript / MESSAGES);
const messageOf = (transcript: number) => transcript % MESSAGES;

/** Coefficients that `fourier` keeps, a bit. */
const KEPT = 512;

/**
 * Bayes' rule for sparse codes, sign E[(−1)^z | message], from its Fourier series: with p the law of messages,
 * p·E[(−1)^z | ·] is the sum over the 65536 parities χ of E[(−1)^z χ]·χ. All coefficients are estimated from the audited
 * messages, and those beyond 5 standard errors kept (Kushilevitz and Mansour 1993): sparse codes are found, of any order.
 */
export function fourier({ bits, room }: Task): Learner {
  const stride = 1 + 2 * KEPT;
  const series = new Float64Array(MESSAGES);
  const fitted: Fitted = {
    size: bits * stride,
    train(transcripts, model) {
      const cut = 5 * Math.sqrt(transcripts.length);
      for (let bit = 0; bit < bits; bit++) {
        series.fill(0);
        for (const transcript of transcripts) series[messageOf(transcript)] += signOf(labelOf(transcript), bit);
        transform(series);
        let at = bit * stride + 1;
        const end = (bit + 1) * stride;
        for (let m = 0; m < MESSAGES && at < end; m++) {
          if (Math.abs(series[m]) < cut) continue;
          model[at++] = m;
          model[at++] = series[m];
        }
        model[bit * stride] = at;
      }
    },
    score(model, message, bit) {
      let sum = 0;
      for (let at = bit * stride + 1; at < model[bit * stride]; at += 2) {
        sum += model[at + 1] * (1 - 2 * parity(model[at] & message));
      }
      return sum;
    },
  };
  return refitted(fitted, room);
}

/** The fast Walsh–Hadamard transform, in place: x_s ← Σ_m (−1)^|s ∧ m| x_m. */
export function transform(x: Float64Array): void {
  for (let half = 1; half < x.length; half *= 2) {
    for (let from = 0; from < x.length; from += 2 * half) {
      for (let i = from; i < from + half; i++) {
        const a = x[i];
        const b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

/** Logistic regression on one-hot symbols, by stochastic gradient descent: 8 passes, rate .1 falling to 0. */
export function logistic({ bits, room }: Task): Learner {
  const stride = WIDTH + 1;
  const score = (model: Float32Array, bit: number, message: number) => {
    let sum = model[bit * stride + WIDTH];
    for (let i = 0; i < SYMBOLS; i++) sum += model[bit * stride + i * ALPHABET + ((message >>> (2 * i)) & 3)];
    return sum;
  };
  const fitted: Fitted = {
    size: bits * stride,
    train(transcripts, model) {
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
    score: (model, message, bit) => score(model, bit, message),
  };
  return refitted(fitted, room);
}

const HIDDEN = 24;
const PASSES = 12;

/** One hidden layer of 24 rectified units on one-hot symbols, cross-entropy, stochastic gradient descent with momentum. */
export function network({ bits, room }: Task): Learner {
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
  const fitted: Fitted = {
    size: inner + outer,
    train(transcripts, model) {
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
    score(model, message, bit) {
      forward(model, message);
      return score(model, bit);
    },
  };
  return refitted(fitted, room);
}

/**
 * Several learners, each judged bit by bit by what it would have said of every audited message before it was told: the one
 * with the most right minus wrong is followed, or, where one is wrong more reliably, its opposite.
 */
export function panel(task: Task): Learner {
  const { bits, eta } = task;
  const experts = [
    fourier(task),
    kernel(task),
    kernel(task, 0.4 * overlap(eta)),
    kernel(task, overlap(Math.min(1, eta + 0.3))),
    logistic(task),
  ];
  const record = bits * experts.length;
  let at = record;
  const from = experts.map(({ size }) => {
    at += size;
    return at - size;
  });
  const models = new WeakMap<Float32Array, Float32Array[]>();
  const parts = (model: Float32Array) => {
    let found = models.get(model);
    if (!found) {
      found = experts.map(({ size }, e) => model.subarray(from[e], from[e] + size));
      models.set(model, found);
    }
    return found;
  };
  return {
    size: at,
    learn(model, message, secret) {
      for (const [e, expert] of experts.entries()) {
        const own = parts(model)[e];
        for (let bit = 0; bit < bits; bit++) {
          model[bit * experts.length + e] += Math.sign(expert.score(own, message, bit)) * signOf(secret, bit);
        }
        expert.learn(own, message, secret);
      }
    },
    score(model, message, bit) {
      let best = 0;
      for (let e = 1; e < experts.length; e++) {
        if (Math.abs(model[bit * experts.length + e]) > Math.abs(model[bit * experts.length + best])) best = e;
      }
      return model[bit * experts.length + best] * Math.sign(experts[best].score(parts(model)[best], message, bit));
    },
  };
}

export const learners = { table, logistic, network, fourier, kernel: (task: Task) => kernel(task), panel };

/** A packed message from its one-hot symbols. */
export const readMessage = (obs: Float32Array, at: number): number => {
  let message = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    const symbol = obs[at + 4 * i + 1] + 2 * obs[at + 4 * i + 2] + 3 * obs[at + 4 * i + 3];
    message |= symbol << (2 * i);
  }
  return message;
};

/** The secret bit by bit, by a coin where there is no idea. */
function guess(learner: Learner, model: Float32Array, message: number, bits: number, rng: Draws): number {
  let secret = 0;
  for (let bit = 0; bit < bits; bit++) {
    const x = learner.score(model, message, bit);
    if (x > 0 || (x === 0 && rng.word() >>> 31 === 1)) secret |= 1 << bit;
  }
  return secret;
}

/** Guesses by a model that learned 1000 messages of one code beforehand, whatever comes. */
export const frozen =
  (make: (task: Task) => Learner, codeFor: (bits: number) => Code): Overseer =>
  ({ params: { secretBits, paraphrase }, at: places }) => {
    const rng = new Rng(0, "frozen");
    const paraphrased = paraphraser(paraphrase, rng);
    const learner = make({ bits: secretBits, eta: paraphrase, room: 1000 });
    const code = codeFor(secretBits);
    const model = new Float32Array(learner.size);
    for (let n = 0; n < 1000; n++) {
      const secret = rng.int(0, 2 ** secretBits);
      learner.learn(model, paraphrased(code.encode(rng.int(0, 2 ** TASK_BITS), secret, rng)), secret);
    }
    return perRow((obs, from, row, { rngs }) =>
      guess(learner, model, readMessage(obs, from + places.message), secretBits, rngs[row]),
    );
  };

/** Guesses, and learns from every audit as it comes. A row's memory: the last message it guessed, and the model. */
export const learning =
  (make: (task: Task) => Learner): Overseer =>
  ({ params, count, at: places }) => {
    const { secretBits: bits, paraphrase: eta, sessions, rounds } = params;
    const learner = make({ bits, eta, room: Math.ceil(rounds / count) * sessions });
    const stateSize = 1 + learner.size;
    const models: Float32Array[] = [];
    let memory: Float32Array | undefined;
    return {
      stateSize,
      act({ rows, obs, obsSize, state, rngs, actions }) {
        if (state !== memory) {
          memory = state;
          for (let row = 0; row < rows; row++) models[row] = state.subarray(row * stateSize + 1, (row + 1) * stateSize);
        }
        for (let row = 0; row < rows; row++) {
          const at = row * obsSize;
          const own = row * stateSize;
          if (obs[at + places.labelled] === 1) {
            let secret = 0;
            for (let bit = 0; bit < bits; bit++) secret |= obs[at + places.secret + bit] << bit;
            learner.learn(models[row], state[own], secret);
          }
          actions[row] = 0;
          if (obs[at + places.duty] === 0) continue;
          state[own] = readMessage(obs, at + places.message);
          actions[row] = guess(learner, models[row], state[own], bits, rngs[row]);
        }
      },
    };
  };
