import type { GradConfig, KernelConfig, NamedTensorInfoMap, Tensor, Tensor2D, TensorInfo } from "@tensorflow/tfjs-core";
import type { Activation } from "../../src/nn/forward.ts";
import type { Engine, Tf } from "./engine.ts";

/**
 * y = activation(x W + b) as one operation of tfjs: x [rows, inputs], W [inputs, outputs], b [outputs] -> [rows, outputs].
 * Differentiable once in x, W and b. Runs on Masque's SIMD kernels, or else as plain operations in the order that tfjs's
 * WASM backend is fast at (it multiplies by a transposed matrix some twenty times slower than it transposes first).
 */
export function dense(engine: Engine, x: Tensor2D, w: Tensor2D, b: Tensor, activation: Activation): Tensor2D {
  const name = engine.simd ? SIMD : PLAIN;
  register(engine, name);
  return engine.tf.engine().runKernel(name, { x, w, b }, { activation }) as Tensor2D;
}

const SIMD = "MasqueDense";
const PLAIN = "MasqueDensePlain";

function register(engine: Engine, name: string): void {
  const { tf } = engine;
  if (tf.getGradient(name)) return;
  tf.registerKernel(plainKernel(tf, name));
  tf.registerGradient(plainGradient(tf, name));
}

function plainKernel(tf: Tf, kernelName: string): KernelConfig {
  return {
    kernelName,
    backendName: tf.getBackend(),
    kernelFunc({ inputs, attrs }): TensorInfo {
      const { x, w, b } = inputs as NamedTensorInfoMap & Record<"x" | "w" | "b", Tensor>;
      return tf.tidy(() => {
        const z = tf.add(tf.matMul(x, w), b);
        return attrs!.activation === "tanh" ? tf.tanh(z) : attrs!.activation === "relu" ? tf.relu(z) : z;
      });
    },
  };
}

function plainGradient(tf: Tf, kernelName: string): GradConfig {
  return {
    kernelName,
    inputsToSave: ["x", "w"],
    outputsToSave: [true],
    gradFunc(dy, [x, w, y], attrs) {
      const dz = slopeTimes(tf, dy as Tensor, y, attrs.activation as Activation);
      return {
        x: () => tf.matMul(dz, tf.transpose(w)),
        w: () => tf.matMul(tf.transpose(x), dz),
        b: () => tf.sum(dz, 0),
      };
    },
  };
}

/** dy · activation′, from the activation's value y. */
function slopeTimes(tf: Tf, dy: Tensor, y: Tensor, activation: Activation): Tensor {
  if (activation === "tanh") return tf.tidy(() => tf.sub(dy, tf.mul(dy, tf.square(y))));
  if (activation === "relu") return tf.tidy(() => tf.mul(dy, tf.step(y)));
  return tf.clone(dy);
}
