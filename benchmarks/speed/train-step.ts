import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { PpoOptions, PpoRollout } from "../../baselines/ppo/minibatch.ts";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { loadEngine, withoutKernels } from "../../baselines/tf/engine.ts";
import { createNetwork, exportWeights } from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { createForward } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";
import { cpuSeconds } from "./clock.ts";
import type { StepPeer } from "./step-peer.ts";

/** One network for policy and value, tanh: 32 inputs, two hidden layers, 8 logits and the value. */
export const NETS = [
  [32, 64, 64, 9],
  [32, 256, 256, 9],
];
export const CHOICES = 8;
export const OPTIONS: Required<PpoOptions> = {
  learningRate: 3e-4,
  clip: 0.2,
  valueClip: Number.POSITIVE_INFINITY,
  entropyCoefficient: 0.01,
  teacherCoefficient: 0,
  valueCoefficient: 0.5,
  maxGradNorm: 0.5,
  normaliseAdvantages: true,
};

/** Samples a CPU second through forward pass, PPO loss, backward pass and Adam, on one core. */
export interface TrainStepFigure {
  /** Widths of the network, as in 32-64-64-9. */
  net: string;
  batch: number;
  /** Masque's kernels. */
  kernels: number;
  /** The same step in plain tfjs operations with explicit transposes. */
  plain: number;
  /** tfjs as it comes: `tf.matMul`, `tf.tanh`, its autodiff and `tf.train.adam`, no clipping of gradients. */
  stock: number;
  /** kernels / stock: the median over rounds in which they took turns. */
  ratio: number;
  /** kernels / another library's in a process of its own, likewise; left out where it is not installed. */
  pytorchRatio?: number;
  tfjsNodeRatio?: number;
}

/** Rows a CPU second through the same network's forward pass. */
export interface ForwardFigure {
  rows: number;
  /** src/nn, as used for acting. */
  acting: number;
  /** tfjs as it comes, from a Float32Array to a Float32Array. */
  stock: number;
  /** acting / stock, likewise. */
  ratio: number;
}

/**
 * Measures training steps on the WASM backend: the three ways take turns for `seconds` CPU seconds a figure, then the
 * kernels and every other library of `others` as long; of each the quickest turn counts.
 */
export async function* measureTrainStep({
  batches = [256, 4096, 16384],
  seconds = 2,
  others = {} as Readonly<Partial<Record<"pytorch" | "tfjsNode", StepPeer>>>,
} = {}): AsyncGenerator<TrainStepFigure> {
  const engine = await loadEngine();
  for (const sizes of NETS) {
    for (const batch of batches) {
      const rng = new Rng(1, "bench", "train-step");
      const rollout = syntheticRollout(sizes, batch, rng);
      const mine = masqueStep(engine, sizes, rollout, rng);
      const ways = [
        mine,
        masqueStep(withoutKernels(engine), sizes, rollout, rng),
        stockStep(engine, sizes, rollout, rng),
      ];
      const { best, ratio } = race(ways, seconds);
      const [kernels, plain, stock] = best.map((time) => batch / time);
      const beside: Partial<TrainStepFigure> = {};
      for (const [name, peer] of Object.entries(others)) {
        beside[`${name}Ratio` as "pytorchRatio"] = await raceWith(peer, mine, sizes, batch, seconds);
      }
      yield { net: sizes.join("-"), batch, kernels, plain, stock, ratio, ...beside };
    }
  }
}

/** How many times as fast as another process `mine` is: the median over rounds in which they took turns. */
async function raceWith(
  peer: StepPeer,
  mine: () => number,
  sizes: readonly number[],
  batch: number,
  seconds: number,
): Promise<number> {
  const turn = 0.1;
  const ratios: number[] = [];
  await peer.step(sizes, batch, 2 * turn); // warm-up
  for (let spent = 0; spent < seconds; spent += turn) {
    const start = cpuSeconds();
    let count = 0;
    for (; cpuSeconds() < start + turn; count++) mine();
    const own = (cpuSeconds() - start) / count;
    ratios.push((await peer.step(sizes, batch, turn)) / own);
  }
  ratios.sort((a, b) => a - b);
  return ratios[ratios.length >> 1];
}

/** The step of the backend that this process runs, without kernels: what other processes take turns with. */
export async function plainStep(backend: "node", sizes: readonly number[], batch: number): Promise<() => number> {
  const rng = new Rng(1, "bench", "train-step");
  return masqueStep(await loadEngine({ backend }), sizes, syntheticRollout(sizes, batch, rng), rng);
}

/** Measures forward passes for acting, in the same way. */
export async function measureForward({ batches = [1, 64, 4096], seconds = 3 } = {}): Promise<ForwardFigure[]> {
  const engine = await loadEngine();
  const { tf } = engine;
  return batches.map((rows) => {
    const rng = new Rng(1, "bench", "forward");
    const [sizes] = NETS;
    const network = createNetwork(engine, { sizes, activation: "tanh", rng });
    const acting = createForward({ ...network, weights: exportWeights(network), maxRows: rows });
    const input = normals(rows * sizes[0], rng);
    const ways = [
      () => {
        acting.input.set(input);
        return acting.run(rows)[0];
      },
      () => tf.tidy(() => stockForward(engine, network.variables, tf.tensor2d(input, [rows, sizes[0]])).dataSync()[0]),
    ];
    const { best, ratio } = race(ways, seconds / batches.length);
    return { rows, acting: rows / best[0], stock: rows / best[1], ratio };
  });
}

/**
 * CPU seconds that each way takes at its best, in turns of some 20 ms, and how many times as fast as the last way the
 * first is: the median over rounds, since the turns of a round are too near in time for the machine's load to differ.
 */
export function race(ways: readonly (() => number)[], seconds: number): { best: number[]; ratio: number } {
  const repeats = ways.map((way) => {
    // Long enough for the engine to compile for speed.
    const start = cpuSeconds();
    let count = 0;
    while (cpuSeconds() < start + 0.2) {
      way();
      count++;
    }
    return Math.ceil(count / 10);
  });
  const best = ways.map(() => Number.POSITIVE_INFINITY);
  const ratios: number[] = [];
  const start = cpuSeconds();
  do {
    const times = ways.map((way, i) => {
      const turn = cpuSeconds();
      let check = 0;
      for (let r = 0; r < repeats[i]; r++) check += way();
      if (!Number.isFinite(check)) throw new Error(`train-step: way ${i} gave ${check}, expected a finite number`);
      return (cpuSeconds() - turn) / repeats[i];
    });
    times.forEach((time, i) => {
      best[i] = Math.min(best[i], time);
    });
    ratios.push(times[times.length - 1] / times[0]);
  } while (cpuSeconds() < start + seconds);
  ratios.sort((a, b) => a - b);
  return { best, ratio: ratios[ratios.length >> 1] };
}

export function normals(length: number, rng: Rng): Float32Array {
  return Float32Array.from({ length }, () => rng.normal());
}

function syntheticRollout([inputs]: readonly number[], rows: number, rng: Rng): PpoRollout {
  return {
    observations: normals(rows * inputs, rng),
    actions: Int32Array.from({ length: rows }, () => rng.int(0, CHOICES)),
    logProbabilities: new Float32Array(rows).fill(-Math.log(CHOICES)),
    advantages: normals(rows, rng),
    returns: normals(rows, rng),
  };
}

function masqueStep(engine: Engine, sizes: readonly number[], rollout: PpoRollout, rng: Rng): () => number {
  const actor = createNetwork(engine, { sizes: [...sizes], activation: "tanh", rng });
  const ppo = createPpo(engine, { actor, critic: null, head: { kind: "categorical", sizes: [CHOICES] } });
  return () => ppo.update(rollout, null, OPTIONS).gradNorm;
}

function stockForward({ tf }: Engine, variables: readonly Variable[], x: Tensor2D): Tensor2D {
  let y: Tensor = x;
  for (let i = 0; i < variables.length; i += 2) {
    y = tf.add(tf.matMul(y, variables[i]), variables[i + 1]);
    if (i + 2 < variables.length) y = tf.tanh(y);
  }
  return y as Tensor2D;
}

function stockStep(engine: Engine, sizes: readonly number[], rollout: PpoRollout, rng: Rng): () => number {
  const { variables } = createNetwork(engine, { sizes: [...sizes], activation: "tanh", rng });
  return stockUpdate(engine, rollout, variables, () => {
    const observations = engine.tf.tensor2d(rollout.observations, [rollout.advantages.length, sizes[0]]);
    return () => stockForward(engine, variables, observations);
  });
}

/**
 * PPO's step as one would write it with tfjs alone: its autodiff and `tf.train.adam`, no clipping of gradients.
 * @param prepare makes the inputs of a step, and from them what gives the outputs [rows, choices and the value]
 */
export function stockUpdate(
  { tf }: Engine,
  rollout: PpoRollout,
  variables: readonly Variable[],
  prepare: () => () => Tensor,
): () => number {
  const adam = tf.train.adam(OPTIONS.learningRate, 0.9, 0.999, 1e-5);
  return () =>
    tf.tidy(() => {
      const forward = prepare();
      const taken = tf.oneHot(tf.tensor1d(rollout.actions as Int32Array, "int32"), CHOICES);
      const old: Tensor1D = tf.tensor1d(rollout.logProbabilities);
      const raw: Tensor1D = tf.tensor1d(rollout.advantages);
      const { mean, variance } = tf.moments(raw);
      const advantages = tf.div(tf.sub(raw, mean), tf.sqrt(variance));
      const returns = tf.tensor1d(rollout.returns);
      const loss = adam.minimize(
        () => {
          const outputs = forward();
          const logp = tf.logSoftmax(tf.slice(outputs, [0, 0], [-1, CHOICES]), 1);
          const value = tf.reshape(tf.slice(outputs, [0, CHOICES], [-1, 1]), [-1]);
          const ratio = tf.exp(tf.sub(tf.sum(tf.mul(logp, tf.cast(taken, "float32")), 1), old));
          const clipped = tf.clipByValue(ratio, 1 - OPTIONS.clip, 1 + OPTIONS.clip);
          const policyLoss = tf.neg(tf.mean(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))));
          const valueLoss = tf.mul(tf.mean(tf.square(tf.sub(value, returns))), 0.5);
          const entropy = tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logp), logp), 1)));
          return tf.sub(
            tf.add(policyLoss, tf.mul(valueLoss, OPTIONS.valueCoefficient)),
            tf.mul(entropy, OPTIONS.entropyCoefficient),
          ) as Scalar;
        },
        true,
        [...variables],
      );
      return loss!.dataSync()[0];
    });
}
