import type { Scalar, Tensor, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { Rng } from "masque";
import { checkWeights, type Mlp, weightLengths } from "masque/learn";
import type { Adam, AdamStep } from "./adam.ts";
import { dense } from "./dense.ts";
import type { Engine } from "./tf.ts";

/** A multilayer perceptron whose weights are tfjs variables. */
export interface Network extends Mlp {
  /** W₀ [inputs, outputs], b₀ [outputs], W₁, b₁, …, in the order of `exportWeights`. */
  readonly variables: readonly Variable[];
}

export interface NetworkOptions extends Mlp {
  rng: Rng;
  /** Gain of the last layer; default 1. PPO takes 0.01 for a policy, 1 for a value (Andrychowicz et al. 2021). */
  outputGain?: number;
}

/**
 * A new network: orthogonal weights (Saxe et al. 2014, arXiv:1312.6120) with gain √2 in hidden layers, biases zero.
 * Weights come from `rng` alone, so they are the same on every backend.
 */
export function createNetwork(engine: Engine, { sizes, activation, rng, outputGain = 1 }: NetworkOptions): Network {
  weightLengths({ sizes });
  const variables: Variable[] = [];
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [inputs, outputs] = [sizes[layer], sizes[layer + 1]];
    const gain = layer + 2 < sizes.length ? Math.SQRT2 : outputGain;
    variables.push(createVariable(engine, orthogonal(inputs, outputs, gain, rng), [inputs, outputs]));
    variables.push(createVariable(engine, new Float32Array(outputs), [outputs]));
  }
  return { sizes: [...sizes], activation, variables };
}

/** A trainable variable holding a copy of `values`. */
export function createVariable(engine: Engine, values: Float32Array, shape: number[] = [values.length]): Variable {
  const { tf } = engine;
  return tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape, "float32")));
}

/** The network's outputs for inputs x: [rows, inputs] -> [rows, outputs]. Differentiable in the weights and in x. */
export function forward(engine: Engine, network: Network, x: Tensor2D): Tensor2D {
  const { variables, activation } = network;
  const last = variables.length - 2;
  return engine.tf.tidy(() => {
    let y = x;
    for (let i = 0; i <= last; i += 2) {
      const [w, b] = [variables[i] as Variable & Tensor2D, variables[i + 1]];
      y = dense(engine, y, w, b, i === last ? "linear" : activation);
    }
    return y;
  });
}

/** One step of Adam down the gradient of `loss()`, a scalar, in `adam.variables`. Tensors made on the way are disposed of. */
export function minimise(
  engine: Engine,
  loss: () => Scalar,
  adam: Adam,
  step: AdamStep,
): { loss: number; gradNorm: number } {
  const { tf } = engine;
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(loss, [...adam.variables]);
    const gradients: Tensor[] = adam.variables.map((variable) => grads[variable.name]);
    const gradNorm = adam.step(gradients, step);
    return { loss: value.dataSync()[0], gradNorm };
  });
}

/** Copies of the weights W₀, b₀, W₁, b₁, … (W row-major [inputs, outputs]), as checkpoints and `createForward` take them. */
export function exportWeights(network: Pick<Network, "variables">): Float32Array[] {
  return network.variables.map((variable) => variable.dataSync() as Float32Array);
}

/** Sets the weights. Throws a RangeError, and changes nothing, if a length is wrong or a value not finite. */
export function importWeights(engine: Engine, network: Network, weights: readonly Float32Array[]): void {
  checkWeights(network, weights);
  engine.tf.tidy(() => {
    network.variables.forEach((variable, i) => {
      variable.assign(engine.tf.tensor(weights[i].slice(), variable.shape, "float32"));
    });
  });
}

/** Makes `to` a copy of `from`, without a detour through JavaScript arrays: for target networks. */
export function copyWeights(engine: Engine, from: Network, to: Network): void {
  engine.tf.tidy(() => {
    to.variables.forEach((variable, i) => {
      variable.assign(engine.tf.add(from.variables[i], 0));
    });
  });
}

export function disposeNetwork(network: Pick<Network, "variables">): void {
  for (const variable of network.variables) variable.dispose();
}

/**
 * A matrix [rows, columns], row-major, whose rows (or columns, the fewer) are orthogonal and of length `gain`:
 * Gram–Schmidt, done twice for accuracy, on normal draws.
 */
export function orthogonal(rows: number, columns: number, gain: number, rng: Rng): Float32Array {
  const count = Math.min(rows, columns);
  const size = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const v = Float64Array.from({ length: size }, () => rng.normal());
    for (const u of [...vectors, ...vectors]) {
      let dot = 0;
      for (let i = 0; i < size; i++) dot += u[i] * v[i];
      for (let i = 0; i < size; i++) v[i] -= dot * u[i];
    }
    let square = 0;
    for (let i = 0; i < size; i++) square += v[i] * v[i];
    if (square < 1e-12) continue;
    const scale = 1 / Math.sqrt(square);
    for (let i = 0; i < size; i++) v[i] *= scale;
    vectors.push(v);
  }
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[r * columns + c] = gain * (rows >= columns ? vectors[c][r] : vectors[r][c]);
  }
  return out;
}
