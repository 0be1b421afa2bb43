import type { Tensor, TensorInfo, Variable } from "@tensorflow/tfjs-core";
import type { Kernels } from "./kernels/attach.ts";
import type { Engine, Tf } from "./tf.ts";

/** Adam over a fixed list of variables (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1). */
export interface Adam {
  readonly variables: readonly Variable[];
  /**
   * One step along `gradients` (one a variable, of its shape; not disposed). If their joint norm exceeds `maxGradNorm` they
   * are scaled down to it (Pascanu et al. 2013, arXiv:1211.5063). Returns the norm before scaling.
   * @throws Error, changing nothing, if the norm is not finite.
   */
  step(gradients: readonly Tensor[], options: AdamStep): number;
  /** Forgets the moments. */
  reset(): void;
  /** Copies of what it has gathered: steps taken, then the first and the second moment of every variable. */
  state(): AdamState;
  /** Goes on from there. @throws RangeError if a length is not that of its variable. */
  restore(state: AdamState): void;
  dispose(): void;
}

export interface AdamState {
  readonly steps: number;
  /** First moments in the order of the variables, then second ones. */
  readonly moments: readonly Float32Array[];
}

export interface AdamStep {
  learningRate: number;
  /** Default: no limit. */
  maxGradNorm?: number;
}

export interface AdamOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to √v̂. Default 1e-5, as in PPO's implementations. */
  epsilon?: number;
}

/** Adam on the engine's kernels, or in plain tfjs operations. @throws RangeError for options out of range. */
export function createAdam(engine: Engine, variables: readonly Variable[], options: AdamOptions = {}): Adam {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-5 } = options;
  if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)) {
    throw new RangeError(`Adam: got β₁ ${beta1}, β₂ ${beta2}, ε ${epsilon}; expected 0 <= β < 1 and ε > 0`);
  }
  const full = { beta1, beta2, epsilon };
  return engine.simd ? simdAdam(engine.simd, variables, full) : plainAdam(engine.tf, variables, full);
}

function plainAdam(tf: Tf, variables: readonly Variable[], { beta1, beta2, epsilon }: Required<AdamOptions>): Adam {
  const zeros = () => variables.map((variable) => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false)));
  const first = zeros();
  const second = zeros();
  let steps = 0;

  function step(gradients: readonly Tensor[], options: AdamStep): number {
    return tf.tidy(() => {
      const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
      const norm = Math.sqrt(tf.addN(squares).dataSync()[0]);
      const scale = gradientScale(norm, options);
      steps++;
      const correction1 = 1 - beta1 ** steps;
      const correction2 = 1 - beta2 ** steps;
      gradients.forEach((raw, i) => {
        const gradient = tf.mul(raw, scale);
        first[i].assign(tf.add(tf.mul(first[i], beta1), tf.mul(gradient, 1 - beta1)));
        second[i].assign(tf.add(tf.mul(second[i], beta2), tf.mul(tf.square(gradient), 1 - beta2)));
        const root = tf.add(tf.sqrt(tf.div(second[i], correction2)), epsilon);
        variables[i].assign(
          tf.sub(variables[i], tf.mul(tf.div(first[i], root), options.learningRate / correction1)) as typeof raw,
        );
      });
      return norm;
    });
  }

  return {
    variables,
    step,
    reset() {
      steps = 0;
      tf.tidy(() => {
        for (const moment of [...first, ...second]) moment.assign(tf.zeros(moment.shape));
      });
    },
    state: () => ({
      steps,
      moments: [...first, ...second].map((moment) => (moment.dataSync() as Float32Array).slice()),
    }),
    restore(state) {
      checkState(variables, state);
      steps = state.steps;
      tf.tidy(() => {
        [...first, ...second].forEach((moment, i) => {
          moment.assign(tf.tensor(state.moments[i].slice(), moment.shape, "float32"));
        });
      });
    },
    dispose: () => tf.dispose([...first, ...second]),
  };
}

/** By what to multiply gradients of joint norm `norm`. Throws if the norm or an option makes no sense. */
export function gradientScale(
  norm: number,
  { learningRate, maxGradNorm = Number.POSITIVE_INFINITY }: AdamStep,
): number {
  if (!(learningRate >= 0 && learningRate < Number.POSITIVE_INFINITY && maxGradNorm >= 0)) {
    throw new RangeError(
      `Adam: got learning rate ${learningRate} and maxGradNorm ${maxGradNorm}, expected numbers >= 0`,
    );
  }
  if (!Number.isFinite(norm)) {
    throw new Error(
      `Adam: the gradient's norm is ${norm}; look for observations, rewards or a learning rate out of range`,
    );
  }
  return norm > maxGradNorm ? maxGradNorm / norm : 1;
}

/** @throws RangeError unless the state has two moments for every variable, each of its length. */
export function checkState(variables: readonly Variable[], { steps, moments }: AdamState): void {
  const sizes = [...variables, ...variables].map(({ size }) => size);
  if (
    !(Number.isInteger(steps) && steps >= 0) ||
    moments.length !== sizes.length ||
    moments.some((m, i) => m.length !== sizes[i])
  ) {
    throw new RangeError(
      `Adam: got a state of ${steps} steps with moments of [${moments.map((m) => m.length)}] numbers, expected [${sizes}]`,
    );
  }
}

/** Adam that changes its variables' values in place, and takes gradients by address too. */
export interface SimdAdam extends Adam {
  /** `step` for gradients in the heap, in the order of the variables. */
  stepAt(addresses: readonly number[], step: AdamStep): number;
}

function simdAdam(simd: Kernels, variables: readonly Variable[], options: Required<AdamOptions>): SimdAdam {
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
