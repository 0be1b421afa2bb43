import type { TensorInfo, Variable } from "@tensorflow/tfjs-core";
import { type Adam, type AdamOptions, type AdamStep, checkState, gradientScale } from "../adam.ts";
import type { Kernels } from "./attach.ts";

/** Adam that changes its variables' values in place, and takes gradients by address too. */
export interface SimdAdam extends Adam {
  /** `step` for gradients in the heap, in the order of the variables. */
  stepAt(addresses: readonly number[], step: AdamStep): number;
}

export function simdAdam(simd: Kernels, variables: readonly Variable[], options: Required<AdamOptions>): SimdAdam {
  const { beta1, beta2, epsilon } = options;
  const { run } = simd;
  // Both moments of all variables in one region: the first of each, then the second of each.
  const offsets: number[] = [];
  let bytes = 0;
  for (const variable of variables) {
    offsets.push(bytes);
    bytes += 16 * Math.ceil(variable.size / 4);
  }
  const moments = simd.allocate(2 * bytes);
  let steps = 0;

  function stepAt(addresses: readonly number[], step: AdamStep): number {
    let squares = 0;
    for (let i = 0; i < variables.length; i++) squares += run.sumOfSquares(addresses[i], variables[i].size);
    const norm = Math.sqrt(squares);
    const scale = gradientScale(norm, step);
    steps++;
    const rate = step.learningRate / (1 - beta1 ** steps);
    const boost = 1 / (1 - beta2 ** steps);
    for (let i = 0; i < variables.length; i++) {
      const p = simd.address(variables[i]);
      const m = moments + offsets[i];
      const v = m + bytes;
      const count = variables[i].size;
      run.adam(p, addresses[i], m, v, count, scale, rate, boost, beta1, 1 - beta1, beta2, 1 - beta2, epsilon);
    }
    return norm;
  }

  /** The moments where they lie, first ones first; made anew each time, since the heap may have grown. */
  const views = (): Float32Array[] =>
    [0, bytes].flatMap((half) =>
      variables.map(({ size }, i) => new Float32Array(simd.memory.buffer, moments + half + offsets[i], size)),
    );

  return {
    variables,
    stepAt,
    step: (gradients: readonly TensorInfo[], step) => stepAt(gradients.map(simd.address), step),
    reset() {
      steps = 0;
      new Uint8Array(simd.memory.buffer, moments, 2 * bytes).fill(0);
    },
    state: () => ({ steps, moments: views().map((view) => view.slice()) }),
    restore(state) {
      checkState(variables, state);
      steps = state.steps;
      views().forEach((view, i) => {
        view.set(state.moments[i]);
      });
    },
    dispose: () => simd.free(moments),
  };
}
