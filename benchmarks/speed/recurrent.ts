import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { PpoRollout } from "../../baselines/ppo/minibatch.ts";
import { createPpo } from "../../baselines/ppo/ppo.ts";
import { loadEngine, withoutKernels } from "../../baselines/tf/engine.ts";
import { createRecurrentNetwork } from "../../baselines/tf/gru.ts";
import { createNetwork } from "../../baselines/tf/network.ts";
import { policyOf } from "../../baselines/tf/policy-of.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import type { Batch } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { CHOICES, normals, OPTIONS, race, stockUpdate } from "./train-step.ts";

/** One network for policy and value, tanh: 32 inputs, two hidden layers, 32 cells, 8 logits and the value. */
const SHAPE = {
  inputs: 32,
  encoder: [64, 64],
  cells: 32,
  hidden: [],
  outputs: CHOICES + 1,
  activation: "tanh",
} as const;
const STEPS = 32;

/** Samples a CPU second through a PPO step on sequences, backpropagation through all their steps. */
export interface RecurrentFigure {
  sequences: number;
  steps: number;
  /** Masque's kernels. */
  kernels: number;
  /** The same step in plain tfjs operations with explicit transposes. */
  plain: number;
  /** tfjs as it comes, step by step. */
  stock: number;
  /** kernels / stock: the median over rounds in which they took turns. */
  ratio: number;
}

/** Rows a CPU second through stored policies: network, sampling, and memory. */
export interface RecurrentActingFigure {
  rows: number;
  memory: number;
  /** The same hidden layers without memory. */
  without: number;
  /** Cost of a row with memory / without: the median over rounds. */
  cost: number;
}

export async function measureRecurrent({ batches = [16, 128], seconds = 9 } = {}): Promise<RecurrentFigure[]> {
  const engine = await loadEngine();
  return batches.map((sequences) => {
    const rng = new Rng(1, "bench", "recurrent");
    const rollout = syntheticRollout(sequences, rng);
    const ways = [
      masqueStep(engine, rollout, rng),
      masqueStep(withoutKernels(engine), rollout, rng),
      stockStep(engine, rollout, sequences, rng),
    ];
    const { best, ratio } = race(ways, seconds / batches.length);
    const [kernels, plain, stock] = best.map((time) => (sequences * STEPS) / time);
    return { sequences, steps: STEPS, kernels, plain, stock, ratio };
  });
}

export async function measureRecurrentActing({
  batches = [1, 64, 512],
  seconds = 3,
} = {}): Promise<RecurrentActingFigure[]> {
  const engine = await loadEngine();
  const rng = new Rng(1, "bench", "recurrent-acting");
  const { inputs, encoder, activation } = SHAPE;
  const networks = [
    createNetwork(engine, { sizes: [inputs, ...encoder, CHOICES], activation, rng }),
    createRecurrentNetwork(engine, { ...SHAPE, outputs: CHOICES, rng }),
  ];
  return batches.map((rows) => {
    const ways = networks.map((network) => acting(network, rows, rng));
    const { best, ratio } = race(ways, seconds / batches.length);
    return { rows, memory: rows / best[1], without: rows / best[0], cost: ratio };
  });
}

function acting(network: Parameters<typeof policyOf>[0], rows: number, rng: Rng): () => number {
  const { inputs } = SHAPE;
  const action = discrete(CHOICES);
  const of = { environment: "bench-v0", baseline: "bench", role: "row", obsSize: inputs, action, conditioned: false };
  const observation = box([inputs], -10, 10);
  const context = { params: {}, role: "row", count: 1, observation, at: {}, action, knobs: [] };
  const policy = policyFrom(policyOf(network, of))(context);
  const batch: Batch = {
    ...{ rows, count: 1, obs: normals(rows * inputs, rng), obsSize: inputs, maskSize: CHOICES, actionSize: 1 },
    mask: new Uint8Array(rows * CHOICES).fill(1),
    alive: new Uint8Array(rows).fill(1),
    rngs: Array.from({ length: rows }, (_, row) => new Rng(row)),
    agreed: () => 0,
    state: new Float32Array(rows * (policy.stateSize ?? 0)),
    actions: new Int32Array(rows),
  };
  return () => {
    policy.act(batch);
    return batch.actions[0];
  };
}

function syntheticRollout(sequences: number, rng: Rng): PpoRollout {
  const rows = sequences * STEPS;
  return {
    observations: normals(rows * SHAPE.inputs, rng),
    actions: Int32Array.from({ length: rows }, () => rng.int(0, CHOICES)),
    logProbabilities: new Float32Array(rows).fill(-Math.log(CHOICES)),
    advantages: normals(rows, rng),
    returns: normals(rows, rng),
    sequences: {
      ...{ rows: sequences, length: STEPS, begins: new Uint8Array(rows), criticStates: new Float32Array(0) },
      states: new Float32Array(sequences * SHAPE.cells),
    },
  };
}

function masqueStep(engine: Engine, rollout: PpoRollout, rng: Rng): () => number {
  const actor = createRecurrentNetwork(engine, { ...SHAPE, rng });
  const head = { kind: "categorical" as const, sizes: [CHOICES] };
  const ppo = createPpo(engine, { actor, critic: null, head, sequence: STEPS });
  return () => ppo.update(rollout, null, OPTIONS).gradNorm;
}

/** What one would write with tfjs alone: a step of time at a time. */
function stockStep(engine: Engine, rollout: PpoRollout, sequences: number, rng: Rng): () => number {
  const { tf } = engine;
  const { cells } = SHAPE;
  const { variables } = createRecurrentNetwork(engine, { ...SHAPE, rng });
  const [w0, b0, w1, b1, wi, bi, wh, bh, w2, b2] = variables as unknown as Tensor2D[];
  const part = (x: Tensor2D, gate: number): Tensor2D => tf.slice(x, [0, gate * cells], [-1, cells]);
  return stockUpdate(engine, rollout, variables, () => {
    const observations = Array.from({ length: STEPS }, (_, t) => {
      const size = sequences * SHAPE.inputs;
      return tf.tensor2d(rollout.observations.subarray(t * size, (t + 1) * size), [sequences, SHAPE.inputs]);
    });
    return () => {
      let h: Tensor2D = tf.zeros([sequences, cells]);
      const outputs: Tensor2D[] = observations.map((seen) => {
        const hidden = tf.tanh(tf.add(tf.matMul(seen, w0), b0));
        const x: Tensor2D = tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(hidden, w1), b1)), wi), bi);
        const u: Tensor2D = tf.add(tf.matMul(h, wh), bh);
        const r = tf.sigmoid(tf.add(part(x, 0), part(u, 0)));
        const z = tf.sigmoid(tf.add(part(x, 1), part(u, 1)));
        const n = tf.tanh(tf.add(part(x, 2), tf.mul(r, part(u, 2))));
        h = tf.add(n, tf.mul(z, tf.sub(h, n)));
        return tf.add(tf.matMul(h, w2), b2);
      });
      return tf.concat(outputs, 0);
    };
  });
}
