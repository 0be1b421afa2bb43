import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { defineBaseline, InputError, Rng, type RngState, type Tensor } from "masque";
import {
  argmaxMasked,
  beginEpisodes,
  copiesOf,
  createForward,
  episodesAt,
  iterationsIn,
  type Level,
  type Line,
  longestOf,
  makeLevels,
  makeStops,
  meterState,
  resumed,
  returnsMeter,
  runTraining,
  startOf,
  stepLevels,
  type Trained,
  type TrainTask,
  writeInputs,
} from "masque/learn";
import { z } from "zod";
import { createAdam } from "./tf/adam.ts";
import { below, packLearnt, under, unpackLearnt } from "./tf/checkpoint.ts";
import { loadEngine } from "./tf/engine.ts";
import { copyWeights, createNetwork, disposeNetwork, exportWeights, forward, minimise } from "./tf/network.ts";
import { policyOf, startNetwork } from "./tf/policy-of.ts";
import { replay } from "./tf/replay.ts";
import type { Engine } from "./tf/tf.ts";

// Deep Q-networks (Mnih et al. 2015) for every agent by itself, one network for all agents of a role, with the double
// estimator (van Hasselt et al. 2016, arXiv:1509.06461) and a Huber loss. Knobs are inputs where the training is
// conditioned. Deviations: several copies fill one replay memory; the target network is copied whole every so many
// updates; truncated episodes are continued by the target network, terminated ones are not; learning starts after a tenth
// of the transitions, and the target is copied twenty times, where settings meant for longer trainings would have it
// later or less often. Discrete actions only.
// By default a transition of one of N agents is replayed 4/N times, where Mnih et al. have 8: see `replayRatio`, and
// docs/learners.md for what it brings.
// Measured (five trainings, docs/evidence.md): secrecy .956 [.910, 1] in simple-crypto, where no eavesdropper leaves less
// than 1; oversight .782 [.764, .801] in glass-house, 92 % of the best script's harm.
//   npm run evidence -- learners --only simple-crypto glass-house --baselines dqn
/** Rows that a replay may draw from. */
const REPLAYED = 2 ** 21;
const config = z.strictObject({
  copies: z.int().min(1).max(4096).default(16).describe("copies of the environment, shared out over the levels"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([64, 64]).describe("widths of the hidden layers"),
  learningRate: z.number().positive().max(1).default(1e-3).describe("of Adam"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
  memory: z.int().min(100).max(REPLAYED).default(50_000).describe("transitions kept for replay"),
  batch: z.int().min(1).max(65536).default(128).describe("transitions an update"),
  every: z.int().min(1).max(100_000).default(2).describe("steps of all copies between updates"),
  target: z.int().min(1).max(1_000_000).default(200).describe("most updates between copies to the target network"),
  start: z.int().min(1).max(10_000_000).default(1000).describe("most transitions before the first update"),
  explore: z.number().min(0).max(1).default(0.5).describe("share of the budget over which ε falls from 1 to the floor"),
  floor: z.number().min(0).max(1).default(0.05).describe("ε never falls below this"),
  maxGradNorm: z.number().positive().default(10),
  // No default but what its description says: what is left out is no part of a cell's hash.
  replayRatio: z
    .number()
    .positive()
    .max(64)
    .optional()
    .describe(
      "gradient steps a transition (of any agent), as many as are due at each update; .25 in Mnih et al. and Stable-Baselines3; default: one an update",
    ),
});
type Config = z.output<typeof config>;

const learnerState = z.strictObject({
  adamSteps: z.int(),
  updates: z.int().min(0),
  owed: z.number().min(0).default(0),
  size: z.int().min(0),
  next: z.int().min(0),
  explore: z.custom<RngState>(),
  replayed: z.custom<RngState>(),
});
/** A training between two steps of its copies. */
const trainingState = z.strictObject({
  t: z.int().min(1),
  episodes: z.array(z.int().min(0)),
  stats: z.record(z.string(), z.number()),
  meter: meterState,
  learners: z.array(learnerState),
});

function learner(
  engine: Engine,
  task: TrainTask,
  role: string,
  levels: readonly Level[],
  settings: Config,
  rounds: number,
  rng: Rng,
) {
  const { spec, obsSize } = levels[0].world.roles[role];
  const { action } = spec;
  if (action.kind !== "discrete") {
    throw new InputError(
      `dqn: role "${role}" of ${task.env.id} has ${action.kind} actions, expected Discrete ones; ippo takes them all.`,
    );
  }
  const { n, start } = action;
  const { tf } = engine;
  const knobs = levels[0].knobs.length;
  const inputs = obsSize + knobs;
  const sizes = [inputs, ...settings.hidden, n];
  const network = createNetwork(engine, { sizes, activation: "relu", rng: rng.fork("network") });
  const target = createNetwork(engine, { sizes, activation: "relu", rng: rng.fork("network") });
  const adam = createAdam(engine, network.variables);
  const memory = replay(settings.memory, inputs, n);
  const rows = levels.map(({ world }) => world.roles[role].rewards.length);
  const starts = rows.map((_, l) => rows.slice(0, l).reduce((sum, count) => sum + count, 0));
  const total = rows.reduce((sum, count) => sum + count, 0);
  const begin = Math.min(settings.start, settings.memory, Math.ceil((rounds * total) / 10));
  const { every, replayRatio } = settings;
  const gradientSteps = replayRatio === undefined ? rounds / every : rounds * total * replayRatio;
  const copyEvery = Math.min(settings.target, Math.ceil(gradientSteps / 20));
  const acting = createForward({ sizes, activation: "relu", weights: exportWeights(network), maxRows: total });
  const seen = new Float32Array(total * inputs);
  const taken = new Int32Array(total).fill(-1);
  let [explore, replayed] = [rng.fork("explore"), rng.fork("replay")];
  const learnt = { networks: { network, target }, adam };
  let updates = 0;
  /** Gradient steps that transitions have earned and that were not taken yet. */
  let owed = 0;

  const policy = () =>
    policyOf(network, {
      environment: task.env.id,
      baseline: "dqn",
      role,
      obsSize,
      action,
      conditioned: task.conditioned,
      greedy: true,
    });
  const from = startOf(task, role, policy());
  if (from) {
    for (const one of [network, target]) startNetwork(engine, one, from);
    acting.setWeights(exportWeights(network));
  }

  /** Inputs of one level's rows: observations with the knobs behind them. */
  const read = (into: Float32Array, obs: Float32Array, l: number) =>
    writeInputs(into.subarray(starts[l] * inputs), obs, rows[l], obsSize, levels[l].knobs, knobs > 0);

  function update(): number {
    const { batch, gamma } = settings;
    const picked = Int32Array.from({ length: batch }, () => replayed.int(0, memory.size));
    const gather = (from: Float32Array) => {
      const out = new Float32Array(batch * inputs);
      picked.forEach((row, i) => {
        out.set(from.subarray(row * inputs, (row + 1) * inputs), i * inputs);
      });
      return tf.tensor2d(out, [batch, inputs]);
    };
    const { loss } = tf.tidy(() => {
      const [before, after] = [gather(memory.before), gather(memory.after)];
      // Double Q-learning: the network chooses, the target network judges.
      const [own, judged] = [forward(engine, network, after), forward(engine, target, after)].map((q) => q.dataSync());
      const targets = Float32Array.from(picked, (row, i) => {
        if (memory.goesOn[row] === 0) return memory.rewards[row];
        return memory.rewards[row] + gamma * judged[i * n + argmaxMasked(own, i * n, n, memory.mask, row * n)];
      });
      const choice = tf.oneHot(
        tf.tensor1d(
          Int32Array.from(picked, (row) => memory.actions[row]),
          "int32",
        ),
        n,
      );
      const wanted = tf.tensor1d(targets);
      const loss = (): Scalar => {
        const q = tf.sum(
          tf.mul(forward(engine, network, before as Tensor2D), tf.cast(choice, "float32")),
          1,
        ) as Tensor1D;
        const error = tf.abs(tf.sub(q, wanted));
        const small = tf.minimum(error, 1);
        // Huber: ½e² up to 1, then e − ½.
        return tf.mean(tf.add(tf.mul(tf.square(small), 0.5), tf.sub(error, small)));
      };
      return minimise(engine, loss, adam, { learningRate: settings.learningRate, maxGradNorm: settings.maxGradNorm });
    });
    if (++updates % copyEvery === 0) copyWeights(engine, network, target);
    return loss;
  }

  return {
    act(epsilon: number) {
      levels.forEach(({ world }, l) => void read(seen, world.roles[role].obs, l));
      acting.input.set(seen);
      const q = acting.run(total);
      levels.forEach(({ world }, l) => {
        const { alive, mask, actions } = world.roles[role];
        for (let r = 0; r < rows[l]; r++) {
          const row = starts[l] + r;
          taken[row] = -1;
          if (alive[r] === 0) continue;
          const greedy = argmaxMasked(q, row * n, n, mask, r * n);
          taken[row] = explore.float() < epsilon ? explore.categorical(mask.subarray(r * n, (r + 1) * n)) : greedy;
          actions[r] = taken[row] + start;
        }
      });
    },
    remember() {
      levels.forEach(({ world, knobs: level }, l) => {
        const { obs, final, mask, rewards, terminations, truncations, count } = world.roles[role];
        for (let r = 0; r < rows[l]; r++) {
          const from = starts[l] + r;
          if (taken[from] < 0) continue;
          const row = memory.claim();
          if (replayRatio !== undefined && memory.size >= begin) owed += replayRatio;
          const ended = world.ended[Math.floor(r / count)] === 1;
          const next = (ended ? final : obs).subarray(r * obsSize, (r + 1) * obsSize);
          memory.before.set(seen.subarray(from * inputs, (from + 1) * inputs), row * inputs);
          writeInputs(memory.after.subarray(row * inputs), next, 1, obsSize, level, knobs > 0);
          memory.actions[row] = taken[from];
          memory.rewards[row] = rewards[r];
          memory.goesOn[row] = terminations[r] === 1 && truncations[r] === 0 ? 0 : 1;
          if (ended) memory.mask.fill(1, row * n, (row + 1) * n);
          else memory.mask.set(mask.subarray(r * n, (r + 1) * n), row * n);
        }
      });
    },
    /** The gradient steps that are due after step t of the copies: the loss at the last, undefined where none is. */
    learn(t: number): number | undefined {
      if (memory.size < begin || t % every !== 0) return undefined;
      const due = replayRatio === undefined ? 1 : Math.floor(owed);
      if (due === 0) return undefined;
      let loss = 0;
      for (let i = 0; i < due; i++) loss = update();
      if (replayRatio !== undefined) owed -= due;
      acting.setWeights(exportWeights(network));
      return loss;
    },
    state() {
      const { adamSteps, tensors } = packLearnt(learnt);
      const { size, next } = memory;
      const numbers = { adamSteps, updates, owed, size, next, explore: explore.state(), replayed: replayed.state() };
      return { numbers, tensors: { ...tensors, ...under("replay", memory.tensors()) } };
    },
    restore(numbers: z.output<typeof learnerState>, tensors: Readonly<Record<string, Tensor>>) {
      unpackLearnt(engine, learnt, numbers.adamSteps, tensors);
      memory.restore(below("replay", tensors), numbers.size, numbers.next);
      [explore, replayed] = [Rng.fromState(numbers.explore), Rng.fromState(numbers.replayed)];
      [updates, owed] = [numbers.updates, numbers.owed];
      acting.setWeights(exportWeights(network));
    },
    policy,
    dispose() {
      adam.dispose();
      for (const one of [network, target]) disposeNetwork(one);
    },
  };
}

export default defineBaseline({
  id: "dqn",
  summary: "Independent deep Q-networks, one a role, with double estimation and replay: Discrete actions.",
  paper: "Mnih et al. 2015, Human-level control through deep reinforcement learning, Nature 518",
  coordination: "factored",
  startable: true,
  config,
  least({ copies }, { levels }) {
    const steps = copiesOf(copies, levels);
    return { steps, why: `a step of ${steps} copies a level` };
  },
  async train(task, settings): Promise<Trained> {
    const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
    const levels = makeLevels(task, settings.copies);
    const rng = new Rng(task.seed, ...task.split).fork("dqn");
    const { copies } = levels[0].world;
    const rounds = Math.floor(task.budget / copies);
    const learners = task.roles.map((role) => learner(engine, task, role, levels, settings, rounds, rng.fork(role)));
    const meter = returnsMeter(levels, task.roles);
    const perLine = Math.max(1, Math.floor(rounds / 100));
    const scale = copies * levels.length;
    const { resume, every = 0, save } = task.checkpoint ?? {};
    function* training(): Generator<Line> {
      const fits = ({ t, episodes, learners: all }: z.output<typeof trainingState>) =>
        t < rounds && episodes.length === levels.length && all.length === learners.length;
      const from = resume && resumed(resume, task, "dqn", trainingState, fits);
      let stats: Record<string, number> = from?.stats ?? {};
      if (from) {
        learners.forEach((one, i) => void one.restore(from.learners[i], below(task.roles[i], resume.tensors)));
        meter.restore(from.meter);
        beginEpisodes(levels, from.episodes);
      } else for (const { world } of levels) world.reset();
      const stops = makeStops(every, longestOf(task), from?.t ?? 0);
      for (let t = from?.t ?? 0; t < rounds; t++) {
        if (stops(t, levels)) {
          const episodes = episodesAt(levels);
          const states = learners.map((one) => one.state());
          const numbers = { t, episodes, stats, meter: meter.state(), learners: states.map(({ numbers }) => numbers) };
          const tensors = Object.assign({}, ...states.map(({ tensors }, i) => under(task.roles[i], tensors)));
          save?.({ baseline: "dqn", environment: task.env.id, iteration: iterationsIn(t), numbers, tensors });
          meter.restore(numbers.meter);
          beginEpisodes(levels, episodes);
        }
        const epsilon = Math.max(settings.floor, settings.explore > 0 ? 1 - t / (rounds * settings.explore) : 0);
        for (const one of learners) one.act(epsilon);
        stepLevels(levels);
        meter.step();
        learners.forEach((one, i) => {
          one.remember();
          const loss = one.learn(t);
          if (loss !== undefined) stats = { ...stats, [`${task.roles[i]}.loss`]: loss, epsilon };
        });
        if ((t + 1) % perLine === 0 || t + 1 === rounds) yield { steps: (t + 1) * scale, returns: meter.read(), stats };
      }
    }
    try {
      const curve = await runTraining(task, rounds * scale, training());
      const policies = Object.fromEntries(task.roles.map((role, i) => [role, learners[i].policy()]));
      return { policies, curve, steps: rounds * scale };
    } finally {
      for (const one of learners) one.dispose();
    }
  },
});
