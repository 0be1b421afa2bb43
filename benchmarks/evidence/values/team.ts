import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { defineBaseline, Rng } from "masque";
import {
  argmaxMasked,
  copiesOf,
  type Level,
  type Line,
  makeLevels,
  returnsMeter,
  runTraining,
  stepLevels,
  type Trained,
  type TrainTask,
} from "masque/learn";
import { createAdam } from "../../../baselines/tf/adam.ts";
import { loadEngine } from "../../../baselines/tf/engine.ts";
import { copyWeights, disposeNetwork, forward, minimise } from "../../../baselines/tf/network.ts";
import { replay } from "../../../baselines/tf/replay.ts";
import type { Engine } from "../../../baselines/tf/tf.ts";
import { member } from "./member.ts";
import { type Mixer, monotonic, sum } from "./mixers.ts";
import { type Config, config } from "./settings.ts";

// Value decomposition: agents act by values of their own, and are taught through the value of the team, which a mixer makes
// of them: their sum (VDN) or a monotonic network of them that sees the state (QMIX). What is best for each is then best
// for the team, as far as the mixer can say so.
// Deviations from the papers: no recurrence and no last action in the inputs, transitions in place of whole episodes in
// the replay memory, Adam, a Huber loss and the double estimator, as in `dqn`, whose settings these are. The team is paid
// the mean of its agents' rewards, which is the reward of each where it is shared.

function team(
  engine: Engine,
  task: TrainTask,
  levels: readonly Level[],
  settings: Config,
  rounds: number,
  mixer: (agents: number, stateSize: number, rng: Rng) => Mixer,
  rng: Rng,
) {
  const { tf } = engine;
  const members = task.roles.map((role) => member(engine, task, role, levels, settings, rng.fork(role)));
  const agents = members.reduce((total, { count }) => total + count, 0);
  const [{ world, knobs }] = levels;
  const { copies, stateSize } = world;
  const width = stateSize + knobs.length;
  const [mixing, target] = [0, 1].map(() => mixer(agents, width, rng.fork("mixer")));
  const own = [...members.map(({ network }) => network), ...mixing.networks];
  const others = [...members.map(({ target }) => target), ...target.networks];
  const adam = createAdam(
    engine,
    own.flatMap(({ variables }) => variables),
  );
  // One row a copy and step; the rows of its agents lie at the same place in the members' memories.
  const memory = replay(settings.memory, width, 1);
  const states = new Float32Array(levels.length * copies * width);
  const replayed = rng.fork("replay");
  const begin = Math.min(settings.start, settings.memory, Math.ceil((rounds * copies * levels.length) / 10));
  const perStep = copies * levels.length * settings.replayRatio;
  const copyEvery = Math.min(settings.target, Math.ceil((rounds * perStep) / 20));
  let updates = 0;
  let owed = 0;

  /** Rows picked of a memory with `count` rows a row of the team's. */
  const gather = (from: Float32Array, size: number, picked: Int32Array, count = 1) => {
    const out = new Float32Array(picked.length * count * size);
    picked.forEach((row, i) => {
      out.set(from.subarray(row * count * size, (row + 1) * count * size), i * count * size);
    });
    return tf.tensor2d(out, [picked.length * count, size]);
  };

  function update(): number {
    const { batch, gamma, learningRate, maxGradNorm } = settings;
    const picked = Int32Array.from({ length: batch }, () => replayed.int(0, memory.size));
    const { loss } = tf.tidy(() => {
      const inputs = members.map(({ memory, network, count }) =>
        gather(memory.before, network.sizes[0], picked, count),
      );
      const choices = members.map(({ memory, count, n }) => {
        const taken = Int32Array.from({ length: batch * count }, (_, i) => memory.actions[rowOf(picked, count, i)]);
        return tf.cast(tf.oneHot(tf.tensor1d(taken, "int32"), n), "float32");
      });
      // Double Q-learning: networks choose, target networks judge; who has gone counts nothing.
      const next = members.map(({ memory, network, target, count, n }) => {
        const after = gather(memory.after, network.sizes[0], picked, count);
        const [mine, judged] = [network, target].map((one) => forward(engine, one, after).dataSync());
        const values = Float32Array.from({ length: batch * count }, (_, i) => {
          const row = rowOf(picked, count, i);
          return memory.goesOn[row] * judged[i * n + argmaxMasked(mine, i * n, n, memory.mask, row * n)];
        });
        return tf.tensor2d(values, [batch, count]);
      });
      const after = target.mix(tf.concat(next, 1), gather(memory.after, width, picked)).dataSync();
      const targets = Float32Array.from(
        picked,
        (row, i) => memory.rewards[row] + gamma * memory.goesOn[row] * after[i],
      );
      const [wanted, before] = [tf.tensor1d(targets), gather(memory.before, width, picked)];
      const loss = (): Scalar => {
        const values = members.map(({ network, count }, m) =>
          tf.reshape(tf.sum(tf.mul(forward(engine, network, inputs[m]), choices[m]), 1), [batch, count]),
        );
        const error = tf.abs(tf.sub(mixing.mix(tf.concat(values, 1) as Tensor2D, before), wanted));
        const small = tf.minimum(error, 1);
        return tf.mean(tf.add(tf.mul(tf.square(small), 0.5), tf.sub(error, small)));
      };
      return minimise(engine, loss, adam, { learningRate, maxGradNorm });
    });
    if (++updates % copyEvery === 0) own.forEach((network, i) => void copyWeights(engine, network, others[i]));
    return loss;
  }

  return {
    members,
    act(epsilon: number) {
      levels.forEach((level, l) => {
        for (let copy = 0; copy < copies; copy++) {
          const at = (l * copies + copy) * width;
          level.world.state(copy, states.subarray(at, at + stateSize));
          states.set(level.knobs, at + stateSize);
        }
      });
      for (const one of members) one.act(epsilon);
    },
    remember() {
      levels.forEach((level, l) => {
        for (let copy = 0; copy < copies; copy++) {
          const did = members.map((one) => one.remember(level, l, copy));
          const row = memory.claim();
          const at = (l * copies + copy) * width;
          memory.before.set(states.subarray(at, at + width), row * width);
          const after = memory.after.subarray(row * width, (row + 1) * width);
          const { world, knobs } = level;
          if (world.ended[copy] === 1) after.set(world.finalStates.subarray(copy * stateSize, (copy + 1) * stateSize));
          else world.state(copy, after.subarray(0, stateSize));
          after.set(knobs, stateSize);
          memory.rewards[row] = did.reduce((total, { paid }) => total + paid, 0) / agents;
          memory.goesOn[row] = did.some(({ goesOn }) => goesOn) ? 1 : 0;
        }
      });
    },
    /** The gradient steps that are due: the loss at the last, undefined where none is. */
    learn(): number | undefined {
      if (memory.size < begin) return undefined;
      let loss: number | undefined;
      for (owed += perStep; owed >= 1; owed--) loss = update();
      if (loss !== undefined) for (const one of members) one.refresh();
      return loss;
    },
    dispose() {
      adam.dispose();
      for (const network of [...own, ...others]) disposeNetwork(network);
    },
  };
}

/** The row of agent i of a batch, counted through, in a memory with `count` rows a row of the team's. */
const rowOf = (picked: Int32Array, count: number, i: number) => picked[Math.floor(i / count)] * count + (i % count);

function define(
  id: string,
  summary: string,
  paper: string,
  mixer: (engine: Engine, width: number) => Parameters<typeof team>[5],
) {
  return defineBaseline({
    id,
    summary,
    paper,
    coordination: "factored",
    config,
    least({ copies }, { levels }) {
      const steps = copiesOf(copies, levels);
      return { steps, why: `a step of ${steps} copies a level` };
    },
    async train(task, settings): Promise<Trained> {
      const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
      const levels = makeLevels(task, settings.copies);
      const { copies } = levels[0].world;
      const rounds = Math.floor(task.budget / copies);
      const scale = copies * levels.length;
      const rng = new Rng(task.seed, ...task.split).fork(id);
      const all = team(engine, task, levels, settings, rounds, mixer(engine, settings.mixing), rng);
      const meter = returnsMeter(levels, task.roles);
      const perLine = Math.max(1, Math.floor(rounds / 100));
      function* training(): Generator<Line> {
        let stats: Record<string, number> = {};
        for (const { world } of levels) world.reset();
        for (let t = 0; t < rounds; t++) {
          const epsilon = Math.max(settings.floor, settings.explore > 0 ? 1 - t / (rounds * settings.explore) : 0);
          all.act(epsilon);
          stepLevels(levels);
          meter.step();
          all.remember();
          const loss = all.learn();
          if (loss !== undefined) stats = { loss, epsilon };
          if ((t + 1) % perLine === 0 || t + 1 === rounds)
            yield { steps: (t + 1) * scale, returns: meter.read(), stats };
        }
      }
      try {
        const curve = await runTraining(task, rounds * scale, training());
        const policies = Object.fromEntries(all.members.map(({ role, policy }) => [role, policy()]));
        return { policies, curve, steps: rounds * scale };
      } finally {
        all.dispose();
      }
    },
  });
}

export const vdn = define(
  "vdn",
  "Value decomposition networks: a team's value is the sum of its agents'.",
  "Sunehag et al. 2018, Value-Decomposition Networks For Cooperative Multi-Agent Learning, arXiv:1706.05296",
  (engine) => () => sum(engine),
);

export const qmix = define(
  "qmix",
  "QMIX: a team's value is a monotonic network of its agents', which sees the state.",
  "Rashid et al. 2018, QMIX: Monotonic Value Function Factorisation for Deep Multi-Agent RL, arXiv:1803.11485",
  (engine, width) => (agents, stateSize, rng) => monotonic(engine, agents, stateSize, width, rng),
);
