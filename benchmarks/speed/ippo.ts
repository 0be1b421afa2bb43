import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork } from "../../baselines/tf/network.ts";
import type { Engine } from "../../baselines/tf/tf.ts";
import { vector } from "../../src/env/vector.ts";
import type { Learning } from "../../src/learn/baseline.ts";
import { GOES_ON, gae, TRUNCATED } from "../../src/learn/gae.ts";
import { train } from "../../src/learn/train.ts";
import { logProbability, sampleCategorical } from "../../src/policy/network/categorical.ts";
import { Rng } from "../../src/random/rng.ts";
import { cpuSeconds } from "./clock.ts";
import { stage } from "./stage.ts";

const AGENTS = 8;
const COPIES = 64;
const STEPS = 32;
const INPUTS = 32;
const CHOICES = 8;
const HIDDEN = [64, 64];
const EPOCHS = 4;
const MINIBATCHES = 4;
const ROWS = AGENTS * COPIES;

/** Agent-steps a CPU second through whole iterations: acting, stepping, advantages, four epochs of updates. */
export interface LoopFigure {
  loop: string;
  agentStepsPerSecond: number;
  /** Time of an iteration / of `ippo`'s: the median over rounds in which all took turns. */
  time: number;
  /** Share of it that goes into stepping the environment. */
  environmentShare: number;
}

const SETTINGS = { copies: COPIES, rolloutSteps: STEPS, hidden: HIDDEN, epochs: EPOCHS, minibatches: MINIBATCHES };
const LOOPS: Readonly<Record<string, Learning>> = {
  ippo: ippo(SETTINGS),
  mappo: mappo(SETTINGS),
  "joint-ppo": jointPpo(SETTINGS),
  "ippo, memory: gru": ippo({ ...SETTINGS, memory: "gru" }),
  "ippo, 256 wide": ippo({ ...SETTINGS, hidden: [256, 256] }),
};

/** Median CPU seconds of an iteration; the first ones warm up and do not count. */
function median(times: number[]): number {
  const kept = times.slice(2).sort((a, b) => a - b);
  return kept[Math.floor(kept.length / 2)];
}

async function iterationOf(actor: Learning, iterations: number): Promise<number> {
  const times: number[] = [];
  let last = cpuSeconds();
  await train({
    environment: stage,
    roles: { actor },
    budget: iterations * COPIES * STEPS,
    seed: 1,
    onProgress() {
      const now = cpuSeconds();
      times.push(now - last);
      last = now;
    },
  });
  return median(times);
}

function environmentIteration(): number {
  const world = vector(stage, COPIES, {}, 1);
  world.reset();
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const start = cpuSeconds();
    for (let t = 0; t < STEPS; t++) world.step();
    times.push(cpuSeconds() - start);
  }
  return median(times);
}

/** What one would write with tfjs alone: `predict` to act, autodiff and `tf.train.adam` to learn. */
function stockIteration(engine: Engine, iterations: number): number {
  const { tf } = engine;
  const rng = new Rng(1, "stock");
  const world = vector(stage, COPIES, {}, 1);
  const role = world.roles.actor;
  const actor = createNetwork(engine, {
    sizes: [INPUTS, ...HIDDEN, CHOICES],
    activation: "tanh",
    rng,
    outputGain: 0.01,
  });
  const critic = createNetwork(engine, { sizes: [INPUTS, ...HIDDEN, 1], activation: "tanh", rng });
  const variables = [...actor.variables, ...critic.variables];
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-5);
  const total = ROWS * STEPS;
  const observations = new Float32Array(total * INPUTS);
  const actions = new Int32Array(total);
  const logps = new Float32Array(total);
  const memory = {
    steps: STEPS,
    rows: ROWS,
    rewards: new Float32Array(total),
    values: new Float32Array(total),
    ends: new Uint8Array(total),
    weights: new Float32Array(total).fill(1),
    cutValues: new Float32Array(total),
    nextValues: new Float32Array(ROWS),
  };
  const advantages = new Float32Array(total);
  const returns = new Float32Array(total);
  const order = Int32Array.from({ length: total }, (_, i) => i);

  const predict = (network: readonly Variable[], x: Tensor2D): Tensor2D => {
    let y: Tensor = x;
    for (let i = 0; i < network.length; i += 2) {
      y = tf.add(tf.matMul(y, network[i]), network[i + 1]);
      if (i + 2 < network.length) y = tf.tanh(y);
    }
    return y as Tensor2D;
  };
  const ask = (network: readonly Variable[], obs: Float32Array) =>
    tf.tidy(() => predict(network, tf.tensor2d(obs, [obs.length / INPUTS, INPUTS])).dataSync() as Float32Array);

  function minibatch(rows: Int32Array): void {
    const gather = <T extends Float32Array | Int32Array>(from: T, width: number, out: T): T => {
      rows.forEach((row, i) => {
        out.set(from.subarray(row * width, (row + 1) * width), i * width);
      });
      return out;
    };
    const floats = (from: Float32Array): Tensor1D => tf.tensor1d(gather(from, 1, new Float32Array(rows.length)));
    tf.tidy(() => {
      const x = tf.tensor2d(gather(observations, INPUTS, new Float32Array(rows.length * INPUTS)), [
        rows.length,
        INPUTS,
      ]);
      const taken = tf.oneHot(tf.tensor1d(gather(actions, 1, new Int32Array(rows.length)), "int32"), CHOICES);
      const raw = floats(advantages);
      const { mean, variance } = tf.moments(raw);
      const normal = tf.div(tf.sub(raw, mean), tf.add(tf.sqrt(variance), 1e-8));
      const [old, wanted] = [floats(logps), floats(returns)];
      adam.minimize(
        () => {
          const logp = tf.logSoftmax(predict(actor.variables, x), 1);
          const value = tf.reshape(predict(critic.variables, x), [-1]);
          const share = tf.exp(tf.sub(tf.sum(tf.mul(logp, tf.cast(taken, "float32")), 1), old));
          const clipped = tf.clipByValue(share, 0.8, 1.2);
          const policy = tf.neg(tf.mean(tf.minimum(tf.mul(share, normal), tf.mul(clipped, normal))));
          const fit = tf.mul(tf.mean(tf.square(tf.sub(value, wanted))), 0.5);
          const entropy = tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logp), logp), 1)));
          return tf.sub(tf.add(policy, tf.mul(fit, 0.5)), tf.mul(entropy, 0.01)) as Scalar;
        },
        false,
        [...variables],
      );
    });
  }

  const times: number[] = [];
  world.reset();
  for (let iteration = 0; iteration < iterations; iteration++) {
    const start = cpuSeconds();
    for (let t = 0; t < STEPS; t++) {
      const obs = role.obs.slice();
      const logits = ask(actor.variables, obs);
      memory.values.set(ask(critic.variables, obs), t * ROWS);
      observations.set(obs, t * ROWS * INPUTS);
      for (let row = 0; row < ROWS; row++) {
        const choice = sampleCategorical(logits, row * CHOICES, CHOICES, null, 0, rng);
        role.actions[row] = actions[t * ROWS + row] = choice;
        logps[t * ROWS + row] = logProbability(logits, row * CHOICES, CHOICES, null, 0, choice);
      }
      world.step();
      memory.rewards.set(role.rewards, t * ROWS);
      for (let row = 0; row < ROWS; row++) memory.ends[t * ROWS + row] = role.truncations[row] ? TRUNCATED : GOES_ON;
      if (world.ended[0]) memory.cutValues.set(ask(critic.variables, role.final.slice()), t * ROWS);
    }
    memory.nextValues.set(ask(critic.variables, role.obs.slice()));
    gae(memory, 0.99, 0.95, advantages, returns);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      rng.shuffle(order);
      const size = total / MINIBATCHES;
      for (let from = 0; from < total; from += size) minibatch(order.subarray(from, from + size));
    }
    times.push(cpuSeconds() - start);
  }
  return median(times);
}

/**
 * Measures whole iterations: 8 agents × 64 copies × 32 steps, networks of 64-64 where nothing else is said, four epochs of four
 * minibatches. The last loop is `ippo` written with tfjs as it comes.
 */
export async function measureLoops({ iterations = 5, rounds = 3 } = {}): Promise<LoopFigure[]> {
  const engine = await loadEngine();
  const ways: [string, () => Promise<number> | number][] = [
    ...Object.entries(LOOPS).map(([name, how]): [string, () => Promise<number>] => [
      name,
      () => iterationOf(how, iterations),
    ]),
    ["stock tfjs", () => stockIteration(engine, iterations)],
  ];
  const times = ways.map((): number[] => []);
  for (let round = 0; round < rounds; round++) for (const [i, [, run]] of ways.entries()) times[i].push(await run());
  const environment = environmentIteration();
  return ways.map(([loop], i) => {
    const best = Math.min(...times[i]);
    const ratios = times[i].map((time, round) => time / times[0][round]).sort((a, b) => a - b);
    return {
      loop,
      agentStepsPerSecond: (ROWS * STEPS) / best,
      time: ratios[Math.floor(rounds / 2)],
      environmentShare: environment / best,
    };
  });
}
