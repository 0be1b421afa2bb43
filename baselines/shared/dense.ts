import type { KernelFunc, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { type Activation, activationCode } from "../../src/nn/forward.ts";
import type { Engine, Tf } from "./engine.ts";
import type { Kernels } from "./kernels/attach.ts";

/**
 * y = activation(x W + b) as one operation of tfjs: x [rows, inputs], W [inputs, outputs], b [outputs] -> [rows, outputs].
 * Differentiable once in x, W and b. Runs on Masque's SIMD kernels, or else as plain operations in the order that tfjs's
 * WASM backend is fast at (it multiplies by a transposed matrix some twenty times slower than it transposes first).
 * @throws Error if the shapes do not fit.
 */
export function dense(engine: Engine, x: Tensor2D, w: Tensor2D, b: Tensor, activation: Activation): Tensor2D {
  if (x.rank !== 2 || w.rank !== 2 || x.shape[1] !== w.shape[0] || b.size !== w.shape[1] || x.dtype !== "float32") {
    throw new Error(
      `dense: got x [${x.shape}] (${x.dtype}), W [${w.shape}], b [${b.shape}], expected float32 [rows, n], [n, m], [m]`,
    );
  }
  return engine.tf.engine().runKernel(engine.simd ? SIMD : PLAIN, { x, w, b }, { activation }) as Tensor2D;
}

const SIMD = "MasqueDense";
const SIMD_GRADIENT = "MasqueDenseGradient";
const PLAIN = "MasqueDensePlain";

/** Makes `dense` known to tfjs, with its gradient, on the current backend: once a process, by `loadEngine`. */
export function registerDense(tf: Tf, simd: Kernels | null): void {
  const register = (kernelName: string, kernelFunc: KernelFunc) =>
    tf.registerKernel({ kernelName, backendName: tf.getBackend(), kernelFunc });

  register(PLAIN, ({ inputs, attrs }) => {
    const { x, w, b } = inputs as Record<"x" | "w" | "b", Tensor>;
    return tf.tidy(() => {
      const z = tf.add(tf.matMul(x, w), b);
      return attrs!.activation === "tanh" ? tf.tanh(z) : attrs!.activation === "relu" ? tf.relu(z) : z;
    });
  });
  tf.registerGradient({
    kernelName: PLAIN,
    inputsToSave: ["x", "w"],
    outputsToSave: [true],
    gradFunc(dy, [x, w, y], attrs) {
      const dz = slope(tf, dy as Tensor, y, attrs.activation as Activation);
      return {
        x: () => tf.matMul(dz, tf.transpose(w)),
        w: () => tf.matMul(tf.transpose(x), dz),
        b: () => tf.sum(dz, 0),
      };
    },
  });

  if (!simd) return;
  register(SIMD, simdForward(simd));
  register(SIMD_GRADIENT, simdGradient(simd));
  tf.registerGradient({
    kernelName: SIMD,
    inputsToSave: ["x", "w"],
    outputsToSave: [true],
    gradFunc(dy, [x, w, y], { activation }) {
      // dx is another run, made only if x has a gradient: tfjs asks for what it needs, and a first layer's it does not.
      const run = (inputGradient: boolean) =>
        tf.engine().runKernel(SIMD_GRADIENT, { x, w, y, dy: dy as Tensor }, { activation, inputGradient }) as Tensor[];
      const [dw, db] = run(false);
      return {
        x: () => run(true)[0],
        w: () => dw,
        b: () => db,
      };
    },
  });
}

/** dy · activation′, from the activation's value y. */
function slope(tf: Tf, dy: Tensor, y: Tensor, activation: Activation): Tensor {
  if (activation === "tanh") return tf.tidy(() => tf.sub(dy, tf.mul(dy, tf.square(y))));
  if (activation === "relu") return tf.tidy(() => tf.mul(dy, tf.step(y)));
  return tf.clone(dy);
}
