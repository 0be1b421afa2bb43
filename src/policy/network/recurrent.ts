import { layOut, wasmMemory } from "../../numeric/wasm.ts";
import { acting } from "./acting.ts";
import { type Activation, checkWeights, createForward, weightLengths } from "./forward.ts";

/**
 * A perceptron with memory: dense layers of widths `encoder`, a gated recurrent unit of `cells` (Cho et al. 2014,
 * arXiv:1406.1078, in the form of PyTorch and of Keras's `reset_after`), then a perceptron of `hidden` layers. Activations
 * follow the layers of `encoder` and `hidden`.
 */
export interface RecurrentShape {
  readonly inputs: number;
  readonly encoder: readonly number[];
  readonly cells: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: Activation;
}

/**
 * Its matrix products, each a perceptron of these sizes whose last layer is linear: `before` ends in what the unit's gates
 * take from the input, `inner` is what they take from its state, `after` reads its new state. Gates are reset, update and
 * new, end to end. All weights, in order, are those of the three.
 */
export function partsOf({ inputs, encoder, cells, hidden, outputs }: Omit<RecurrentShape, "activation">) {
  return { before: [inputs, ...encoder, 3 * cells], inner: [cells, 3 * cells], after: [cells, ...hidden, outputs] };
}

/** What weights are called in a stored policy, in their order. */
export function recurrentNames({ encoder, hidden }: Pick<RecurrentShape, "encoder" | "hidden">): string[] {
  const layers = (count: number, of: string) =>
    Array.from({ length: count }, (_, i) => [`w${of}${i}`, `b${of}${i}`]).flat();
  return [...layers(encoder.length, "e"), "wi", "bi", "wh", "bh", ...layers(hidden.length + 1, "")];
}

/** Lengths of the arrays that hold its weights. */
export function recurrentLengths(shape: Omit<RecurrentShape, "activation">): number[] {
  return Object.values(partsOf(shape)).flatMap((sizes) => weightLengths({ sizes }));
}

/** Its forward pass on its own copy of the weights, for acting. */
export interface Recurrent {
  /** `[maxRows, inputs]`: write before `run`. */
  readonly input: Float32Array;
  /** `[maxRows, cells]`, what rows remember: write before `run`, which leaves it as it is. */
  readonly state: Float32Array;
  /** `[maxRows, cells]`, what they remember after it. */
  readonly next: Float32Array;
  readonly maxRows: number;
  /**
   * One step of the first `rows` rows; returns their outputs `[rows, outputs]`, overwritten by the next call. Rows where
   * `lives` is 0 keep their state. Throws a RangeError beyond `maxRows`.
   */
  run(rows: number, lives?: ArrayLike<number>): Float32Array;
  /** Copies new weights in. Throws, and keeps the old ones, if a length is wrong or a value is not finite. */
  setWeights(weights: readonly Float32Array[]): void;
}

/** Makes it. The same bits on every machine, for any number of rows: see `createForward`. */
export function createRecurrent(
  shape: RecurrentShape & { weights: readonly Float32Array[]; maxRows: number },
): Recurrent {
  const { cells, activation, maxRows } = shape;
  const parts = partsOf(shape);
  const split = (weights: readonly Float32Array[]) => {
    const second = 2 * (parts.before.length - 1);
    return [weights.slice(0, second), weights.slice(second, second + 2), weights.slice(second + 2)];
  };
  const first = split(shape.weights);
  const [before, inner, after] = Object.values(parts).map((sizes, i) =>
    createForward({ sizes, activation, weights: first[i], maxRows }),
  );
  const gates = 3 * cells;
  const region = layOut();
  const [xAt, uAt] = [gates, gates].map((width) => region.reserve(4 * maxRows * width));
  const [stateAt, nextAt] = [cells, cells].map((width) => region.reserve(4 * maxRows * width));
  const livesAt = region.reserve(maxRows);
  const memory = wasmMemory(region.bytes);
  const { gruGates } = acting(memory);
  const floats = (at: number, width: number) => new Float32Array(memory.buffer, at, maxRows * width);
  const [x, u] = [floats(xAt, gates), floats(uAt, gates)];
  const [state, next] = [floats(stateAt, cells), floats(nextAt, cells)];
  const living = new Uint8Array(memory.buffer, livesAt, maxRows);

  return {
    input: before.input,
    state,
    next,
    maxRows,
    run(rows, lives) {
      x.set(before.run(rows).subarray(0, rows * gates));
      inner.input.set(state.subarray(0, rows * cells));
      u.set(inner.run(rows).subarray(0, rows * gates));
      for (let row = 0; row < rows && lives; row++) living[row] = lives[row];
      gruGates(xAt, uAt, gates, stateAt, nextAt, cells, lives ? livesAt : 0, rows, cells);
      after.input.set(next.subarray(0, rows * cells));
      return after.run(rows);
    },
    setWeights(weights) {
      const all = split(weights);
      const networks = [before, inner, after];
      networks.forEach((network, i) => void checkWeights(network, all[i]));
      networks.forEach((network, i) => void network.setWeights(all[i]));
    },
  };
}
