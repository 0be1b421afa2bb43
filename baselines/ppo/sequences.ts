import type { Tensor2D } from "@tensorflow/tfjs-core";
import { isRecurrent, unroll } from "../tf/gru.ts";
import { forward } from "../tf/network.ts";
import type { Engine } from "../tf/tf.ts";
import { type Minibatch, type PpoModel, type PpoRollout, type Sequences, selectRows } from "./minibatch.ts";
import type { Player } from "./player.ts";
import type { Rows } from "./rows.ts";
import type { Memory } from "./settings.ts";

// Networks with memory are trained on sequences: the steps of a row, cut every so many. Each starts from what the row
// remembered there when it acted; that, too, is a constant in later epochs (as in R2D2's "stored state", Kapturowski et al.
// 2019, and in most recurrent PPO).

/** Memory for the sequences of a rollout of so many steps and rows. */
export function sequencesOf({ cells, length }: Memory, steps: number, rows: number): Sequences {
  const states = () => new Float32Array((steps / length) * rows * cells);
  return { rows, length, begins: new Uint8Array(steps * rows), states: states(), criticStates: states() };
}

/** Before rows act in step t of a rollout: those whose episode begins forget, and what all remember is kept where sequences start. */
export function beginSequences(
  { rows: count, length, begins, states, criticStates }: Sequences,
  t: number,
  rows: Rows,
  acting: Player,
  judging: Player,
): void {
  const begun = begins.subarray(t * count, (t + 1) * count);
  rows.readBegun(begun);
  for (const [player, kept] of [
    [acting, states],
    [judging, criticStates],
  ] as const) {
    const { state } = player;
    const cells = state.length / count;
    for (let row = 0; row < count; row++) if (begun[row] === 1) state.fill(0, row * cells, (row + 1) * cells);
    if (t % length === 0) kept.set(state, (t / length) * state.length);
  }
}

/** Sequences that pass through the kernels at once: their rows fit into the second-level cache, four at least. */
export const sequencesABlock = (length: number): number => 4 * Math.max(1, Math.floor(128 / length));

/** @throws RangeError unless sequences are there where they are needed, and arrays' lengths agree. */
export function checkSequences({ actor, critic, sequence }: PpoModel, rollout: PpoRollout): void {
  const { sequences } = rollout;
  const cells = (network: PpoModel["critic"]) => (network && isRecurrent(network) ? network.cells : 0);
  if (!sequences) {
    if (cells(actor) + cells(critic) === 0) return;
    throw new RangeError("PPO: networks with memory learn from sequences, got a rollout without");
  }
  const { length, rows, begins, states, criticStates } = sequences;
  const total = rollout.logProbabilities.length;
  const starts = total / length;
  const fits =
    length === sequence &&
    total % (rows * length) === 0 &&
    begins.length === total &&
    states.length === starts * cells(actor) &&
    criticStates.length === starts * cells(critic);
  if (!fits) {
    throw new RangeError(
      `PPO: got sequences of ${length} steps of ${rows} rows, ${begins.length} flags and states of ${states.length} and ${criticStates.length} numbers in ${total} rows; expected ${sequence} steps, ${total} flags and ${starts} states of ${cells(actor)} and ${cells(critic)} cells`,
    );
  }
}

/**
 * The minibatch of the `chosen` sequences (null: all), dead rows and all: `abreast` after `abreast` of them, in each block
 * step by step. @throws RangeError for a sequence out of range, and as `selectRows` does.
 */
export function selectSequences(
  model: PpoModel,
  rollout: PpoRollout,
  { length, rows }: Sequences,
  chosen: Int32Array | null,
  normalise: boolean,
  abreast = sequencesABlock(length),
): Minibatch {
  const total = rollout.logProbabilities.length / length;
  const count = chosen?.length ?? total;
  const all = new Int32Array(count * length);
  let to = 0;
  for (let from = 0; from < count; from += abreast) {
    const end = Math.min(count, from + abreast);
    for (let t = 0; t < length; t++) {
      for (let i = from; i < end; i++) {
        const one = chosen ? chosen[i] : i;
        if (!(one >= 0 && one < total))
          throw new RangeError(`PPO: sequences[${i}] is ${one}, expected 0 to ${total - 1}`);
        all[to++] = (Math.floor(one / rows) * length + t) * rows + (one % rows);
      }
    }
  }
  return { ...selectRows(model, rollout, all, normalise), rows: all, count: all.length };
}

/** Which sequences the rows of a block begin, from the rows of its first step. */
export function startsOf({ length, rows }: Sequences, block: Int32Array): Int32Array {
  const first = block.subarray(0, block.length / length);
  return first.map((row) => Math.floor(row / (rows * length)) * rows + (row % rows));
}

/** A network's outputs for the observations of a minibatch in one block, in tfjs: `[rows, outputs]`. */
export function outputsOf(
  engine: Engine,
  network: NonNullable<PpoModel["critic"]>,
  observations: Tensor2D,
  rollout: PpoRollout,
  rows: Int32Array,
  states: "states" | "criticStates",
): Tensor2D {
  if (!isRecurrent(network)) return forward(engine, network, observations);
  const { weights } = rollout;
  const sequences = rollout.sequences!;
  const { tf } = engine;
  const { cells } = network;
  return tf.tidy(() => {
    const starts = startsOf(sequences, rows);
    const first = new Float32Array(starts.length * cells);
    for (const [i, start] of starts.entries())
      first.set(sequences[states].subarray(start * cells, (start + 1) * cells), i * cells);
    return unroll(engine, network, observations, {
      steps: sequences.length,
      states: tf.tensor2d(first, [starts.length, cells]),
      begins: Array.from(rows, (row) => sequences.begins[row]),
      lives: weights ? Array.from(rows, (row) => weights[row]) : undefined,
    });
  });
}
