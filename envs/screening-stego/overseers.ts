import { type PolicyFactory, perRow } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import type { Code } from "./codes.ts";
import { calibration, type ScreeningStego, SYMBOLS, TASK_BITS } from "./params.ts";
import { paraphraser } from "./screening.ts";
import { type Learner, MESSAGES, WIDTH } from "./transcripts.ts";

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
  (make: (bits: number) => Learner, codeFor: (bits: number) => Code): PolicyFactory<ScreeningStego> =>
  ({ params: { secretBits, paraphrase } }) => {
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
      learner.guess(model, readMessage(obs, from), () => rngs[row].word() >>> 31),
    );
  };

/**
 * Collects the labelled transcripts of the calibration, fits once when the first unlabelled message comes, then guesses.
 * A row's memory: [transcripts seen, fitted?, transcripts, model].
 */
export const learning =
  (make: (bits: number) => Learner): PolicyFactory<ScreeningStego> =>
  ({ params, count }) => {
    const learner = make(params.secretBits);
    const room = Math.ceil(calibration(params) / count) + params.rounds;
    const stateSize = 2 + room + learner.size;
    return {
      stateSize,
      act({ rows, obs, obsSize, state, rngs, actions }) {
        for (let row = 0; row < rows; row++) {
          const at = row * obsSize;
          actions[row] = 0;
          if (obs[at + WIDTH] === 0) continue;
          const message = readMessage(obs, at);
          const memory = row * stateSize;
          if (obs[at + WIDTH + 1] === 1) {
            let secret = 0;
            for (let bit = 0; bit < params.secretBits; bit++) secret |= obs[at + WIDTH + 2 + bit] << bit;
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
