import { layOut, wasmMemory } from "../../numeric/wasm.ts";
import { acting } from "./acting.ts";

/** Hidden layers' activation; the last layer is always linear. */
export type Activation = "linear" | "tanh" | "relu";

/** A multilayer perceptron: `sizes` is [inputs, hidden…, outputs]. */
export interface Mlp {
  readonly sizes: readonly number[];
  readonly activation: Activation;
}

/** What the compiled kernels know the activations as (see dense.as.ts). */
export const activationCode: Readonly<Record<Activation, number>> = { linear: 0, tanh: 1, relu: 2 };

/** The forward pass of an MLP on its own copy of the weights, for acting. */
export interface Forward extends Mlp {
  /** [maxRows, inputs], row-major: write observations here. */
  readonly input: Float32Array;
  /** [maxRows, outputs], row-major: what `run` returns. */
  readonly output: Float32Array;
  readonly maxRows: number;
  /** Computes the first `rows` rows of `output` from those of `input`. Throws a RangeError beyond `maxRows`. */
  run(rows: number): Float32Array;
  /** Copies new weights in. Throws, and keeps the old ones, if a length is wrong or a value is not finite. */
  setWeights(weights: readonly Float32Array[]): void;
}

/** Rows taken through all layers at once, so that hidden activations stay in the first-level cache. */
const BLOCK = 64;

/** Lengths of the arrays that hold an MLP's weights: W₀ [inputs · outputs], b₀ [outputs], W₁, b₁, … */
export function weightLengths({ sizes }: Pick<Mlp, "sizes">): number[] {
  if (!(sizes.length >= 2 && sizes.every((size) => Number.isInteger(size) && size >= 1))) {
    throw new RangeError(
      `MLP: got sizes [${sizes}], expected two or more whole numbers >= 1: inputs, hidden…, outputs`,
    );
  }
  return sizes.slice(1).flatMap((outputs, layer) => [sizes[layer] * outputs, outputs]);
}

/** Throws a RangeError unless `weights` are finite and have the lengths of this MLP. */
export function checkWeights(mlp: Pick<Mlp, "sizes">, weights: readonly ArrayLike<number>[]): void {
  const lengths = weightLengths(mlp);
  if (weights.length !== lengths.length || weights.some((array, i) => array.length !== lengths[i])) {
    const got = weights.map((array) => array.length).join(", ");
    throw new RangeError(
      `Weights of an MLP of sizes [${mlp.sizes}]: got arrays of [${got}] values, expected [${lengths.join(", ")}]`,
    );
  }
  for (let i = 0; i < weights.length; i++) {
    const array = weights[i];
    for (let j = 0; j < array.length; j++) {
      if (!Number.isFinite(array[j])) {
        const name = `${i % 2 === 0 ? "W" : "b"}${i >> 1}`;
        throw new RangeError(
          `Weights of an MLP of sizes [${mlp.sizes}]: ${name}[${j}] is ${array[j]}, expected a finite number`,
        );
      }
    }
  }
}

/**
 * Makes the forward pass of an MLP: `[rows, inputs] -> [rows, outputs]` in float32, the same bits on every machine.
 *
 * `weights` are W₀, b₀, W₁, b₁, …: W is [inputs, outputs] row-major, so y = x W + b; checkpoints store the same arrays.
 * Each output starts at its bias and adds x[k]·W[k][j] for k = 0, 1, …, every product and sum rounded to float32; tanh is
 * built from exactly rounded operations (`math.as.ts`). Nothing is allocated by `run`.
 */
export function createForward(options: Mlp & { weights: readonly Float32Array[]; maxRows: number }): Forward {
  const { activation, maxRows } = options;
  const sizes = [...options.sizes];
  const layers = sizes.length - 1;
  if (activationCode[activation] === undefined) {
    throw new RangeError(`createForward: got activation "${activation}", expected linear, tanh or relu`);
  }
  if (!(Number.isInteger(maxRows) && maxRows >= 1)) {
    throw new RangeError(`createForward: got maxRows ${maxRows}, expected a whole number >= 1`);
  }
  checkWeights({ sizes }, options.weights);

  const region = layOut();
  const reserve = (floats: number) => region.reserve(4 * floats);
  const packed = sizes.slice(1).map((outputs, layer) => reserve((sizes[layer] + 1) * Math.ceil(outputs / 4) * 4));
  const staged = reserve(Math.max(...sizes.slice(1).map((outputs, layer) => (sizes[layer] + 1) * outputs)));
  const width = Math.max(...sizes);
  const hidden = [reserve(BLOCK * width), reserve(BLOCK * width)];
  const inputAt = reserve(maxRows * sizes[0]);
  const outputAt = reserve(maxRows * sizes[layers]);

  const memory = wasmMemory(region.bytes);
  const { dense, pack } = acting(memory);
  const input = new Float32Array(memory.buffer, inputAt, maxRows * sizes[0]);
  const output = new Float32Array(memory.buffer, outputAt, maxRows * sizes[layers]);
  const staging = new Float32Array(memory.buffer, staged);
  const code = activationCode[activation];

  function copyIn(weights: readonly Float32Array[]): void {
    for (let layer = 0; layer < layers; layer++) {
      const w = weights[2 * layer];
      staging.set(w);
      staging.set(weights[2 * layer + 1], w.length);
      pack(staged, staged + w.length * 4, packed[layer], sizes[layer], sizes[layer + 1]);
    }
  }
  copyIn(options.weights);

  return {
    sizes,
    activation,
    maxRows,
    input,
    output,
    setWeights(weights) {
      checkWeights({ sizes }, weights);
      copyIn(weights);
    },
    run(rows) {
      if (!(rows >= 0 && rows <= maxRows && Number.isInteger(rows))) {
        throw new RangeError(`Forward.run: got ${rows} rows, expected a whole number from 0 to maxRows = ${maxRows}`);
      }
      for (let first = 0; first < rows; first += BLOCK) {
        const count = Math.min(BLOCK, rows - first);
        let from = inputAt + first * sizes[0] * 4;
        for (let layer = 0; layer < layers; layer++) {
          const inputs = sizes[layer];
          const outputs = sizes[layer + 1];
          const last = layer === layers - 1;
          const to = last ? outputAt + first * outputs * 4 : hidden[layer & 1];
          dense(from, inputs, packed[layer], to, outputs, count, inputs, outputs, last ? 0 : code);
          from = to;
        }
      }
      return output;
    },
  };
}
