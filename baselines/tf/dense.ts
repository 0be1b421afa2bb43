import type { KernelFunc, Tensor, Tensor2D, TensorInfo } from "@tensorflow/tfjs-core";
import { type Activation, activationCode } from "masque/learn";
import type { Kernels } from "./kernels/attach.ts";
import type { Engine, Tf } from "./tf.ts";

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
      const run = (of: "weights" | "input") =>
        tf.engine().runKernel(SIMD_GRADIENT, { x, w, y, dy: dy as Tensor }, { activation, of }) as Tensor[];
      const [dw, db] = run("weights");
      // tfjs calls only the functions it needs: a first layer's inputs have no gradient.
      return { x: () => run("input")[0], w: () => dw, b: () => db };
    },
  });
}

/** dy · activation′, from the activation's value y. */
function slope(tf: Tf, dy: Tensor, y: Tensor, activation: Activation): Tensor {
  if (activation === "tanh") return tf.tidy(() => tf.sub(dy, tf.mul(dy, tf.square(y))));
  if (activation === "relu") return tf.tidy(() => tf.mul(dy, tf.step(y)));
  return tf.clone(dy);
}

function simdForward(simd: Kernels): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { x, w, b } = inputs as Record<string, TensorInfo>;
    const [rows, columns] = x.shape;
    const outputs = w.shape[1];
    const y = (backend as OutputMaker).makeOutput([rows, outputs], "float32");
    const packed = simd.scratch(4 * (columns + 1) * padded(outputs));
    simd.run.pack(simd.address(w), simd.address(b), packed, columns, outputs);
    const code = activationCode[attrs!.activation as Activation];
    simd.run.dense(simd.address(x), columns, packed, simd.address(y), outputs, rows, columns, outputs, code);
    return y;
  };
}

function simdGradient(simd: Kernels): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { x, w, y, dy } = inputs as Record<string, TensorInfo>;
    const [rows, columns] = x.shape;
    const outputs = w.shape[1];
    const packed = 4 * BLOCK * padded(outputs);
    const scratch = simd.scratch(packed + 4 * (outputs + 1) * padded(columns));
    const ofInput = attrs!.of === "input";
    const results = (ofInput ? [[rows, columns]] : [[columns, outputs], [outputs]]).map((shape) =>
      (backend as OutputMaker).makeOutput(shape, "float32"),
    );
    const [first, second] = results.map(simd.address);
    if (ofInput) simd.run.packTransposed(simd.address(w), scratch + packed, columns, outputs);
    simd.run.denseBackward(
      simd.address(x),
      simd.address(y),
      simd.address(dy),
      scratch + packed,
      ofInput ? first : 0,
      ofInput ? 0 : first,
      ofInput ? 0 : second,
      scratch,
      rows,
      columns,
      outputs,
      activationCode[attrs!.activation as Activation],
    );
    return results;
  };
}

/** Rows that denseBackward takes at once. */
const BLOCK = 64;

interface OutputMaker {
  makeOutput(shape: number[], dtype: "float32"): TensorInfo;
}

/** Floats that n floats take in whole vectors. */
function padded(n: number): number {
  return 4 * Math.ceil(n / 4);
}
