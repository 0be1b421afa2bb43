import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { defineBaseline, InputError, Rng } from "masque";
import {
  createAdam,
  createNetwork,
  disposeNetwork,
  exportWeights,
  forward,
  loadEngine,
  minimise,
  policyOf,
} from "masque/baselines/tf";
import {
  copiesOf,
  createForward,
  type Line,
  longestOf,
  makeLevels,
  returnsMeter,
  runTraining,
  sampleCategorical,
  stepLevels,
  writeInputs,
} from "masque/learn";
import { z } from "zod";

// REINFORCE (Williams 1992): whole episodes are played by the policy as it is, then one step is taken along the gradient of
// ln π(action) weighted by what was earned from there on, less the mean over all copies. One role, Discrete actions, one
// row an agent; knobs are inputs where the training is conditioned.
const config = z.strictObject({
  copies: z.int().min(1).max(4096).default(64).describe("episodes an update, shared out over the levels"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([32]).describe("widths of the hidden layers"),
  learningRate: z.number().positive().max(1).default(1e-2).describe("of Adam"),
});

export default defineBaseline({
  id: "new-baseline",
  summary: "REINFORCE: the policy gradient of whole episodes.",
  paper: "Williams 1992, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning",
  coordination: "factored", // policies act on an agent's own observation
  config,
  // A budget below one round of episodes is refused before anything begins.
  least({ copies }, task) {
    const [share, longest] = [copiesOf(copies, task.levels), longestOf(task)];
    return { steps: share * longest, why: `${share} copies a level × episodes of ${longest} steps` };
  },
  async train(task, settings) {
    const engine = await loadEngine({ backend: task.backend, kernels: task.kernels });
    const { tf } = engine;
    const levels = makeLevels(task, settings.copies);
    const [{ world, knobs }] = levels;
    const [role] = task.roles;
    const { spec, obsSize, count } = world.roles[role];
    const { action } = spec;
    if (task.roles.length !== 1 || action.kind !== "discrete")
      throw new InputError(
        `new-baseline: expected one role with Discrete actions, got ${task.roles.join(", ")} (${action.kind}).`,
      );
    const { n, start } = action;
    const { horizon, copies } = world;
    const rounds = Math.floor(task.budget / (copies * horizon));

    // All randomness comes from streams with names: the same task gives the same weights, bit for bit.
    const rng = new Rng(task.seed, ...task.split).fork("new-baseline");
    const inputs = obsSize + knobs.length;
    const sizes = [inputs, ...settings.hidden, n];
    const network = createNetwork(engine, { sizes, activation: "tanh", rng: rng.fork("network"), outputGain: 0.01 });
    const adam = createAdam(engine, network.variables);
    const perLevel = copies * count;
    const rows = perLevel * levels.length;
    // Acting goes through one path that gives the same bits everywhere, whatever trains.
    const acting = createForward({ ...network, weights: exportWeights(network), maxRows: rows });
    const draw = rng.fork("act");
    const meter = returnsMeter(levels, task.roles);
    const seen = new Float32Array(horizon * rows * inputs);
    const chosen = new Int32Array(horizon * rows);
    const alive = new Float32Array(horizon * rows);
    const earned = new Float32Array(horizon * rows); // by the row from this step on

    /** Plays one episode in every copy. */
    function play(round: number): void {
      alive.fill(0);
      levels.forEach(({ world }) => void world.reset(undefined, round * copies));
      for (let t = 0; t < horizon; t++) {
        levels.forEach(({ world, knobs }, l) => {
          writeInputs(
            acting.input.subarray(l * perLevel * inputs),
            world.roles[role].obs,
            perLevel,
            obsSize,
            knobs,
            true,
          );
        });
        seen.set(acting.input.subarray(0, rows * inputs), t * rows * inputs);
        const logits = acting.run(rows);
        levels.forEach(({ world }, l) => {
          const { actions, alive: living, mask } = world.roles[role];
          for (let r = 0; r < perLevel; r++) {
            const at = t * rows + l * perLevel + r;
            // A copy that was done early plays the next episode of its own accord: that one is not learned from.
            alive[at] = living[r] && world.episode[Math.floor(r / count)] < (round + 1) * copies ? 1 : 0;
            chosen[at] = sampleCategorical(logits, (l * perLevel + r) * n, n, mask, r * n, draw);
            actions[r] = chosen[at] + start;
          }
        });
        stepLevels(levels);
        meter.step();
        levels.forEach(({ world }, l) => {
          const { rewards } = world.roles[role];
          for (let r = 0; r < perLevel; r++)
            earned[t * rows + l * perLevel + r] = alive[t * rows + l * perLevel + r] * rewards[r];
        });
      }
      for (let at = (horizon - 1) * rows - 1; at >= 0; at--) earned[at] += earned[at + rows];
      // Less the mean of its level at this step: what is left says which choices were better than others.
      for (let from = 0; from < earned.length; from += perLevel) {
        let [sum, living] = [0, 0];
        for (let i = from; i < from + perLevel; i++) [sum, living] = [sum + alive[i] * earned[i], living + alive[i]];
        for (let i = from; i < from + perLevel; i++) earned[i] = alive[i] * (earned[i] - sum / Math.max(1, living));
      }
    }

    function learn() {
      const result = tf.tidy(() => {
        const x = tf.tensor2d(seen, [horizon * rows, inputs]);
        const choice = tf.cast(tf.oneHot(tf.tensor1d(chosen, "int32"), n), "float32");
        const weights = tf.tensor1d(earned.map((value) => value / rows));
        const loss = () => {
          const logp = tf.sum(tf.mul(tf.logSoftmax(forward(engine, network, x) as Tensor2D), choice), 1);
          return tf.neg(tf.sum(tf.mul(logp, weights))) as Scalar;
        };
        return minimise(engine, loss, adam, { learningRate: settings.learningRate, maxGradNorm: 1 });
      });
      acting.setWeights(exportWeights(network));
      return result;
    }

    const scale = copies * horizon * levels.length;
    function* training(): Generator<Line> {
      for (let round = 0; round < rounds; round++) {
        play(round);
        const { loss, gradNorm } = learn();
        yield { steps: (round + 1) * scale, returns: meter.read(), stats: { loss, gradNorm } };
      }
    }
    try {
      const curve = await runTraining(task, rounds * scale, training());
      const about = {
        environment: task.env.id,
        baseline: "new-baseline",
        role,
        obsSize,
        action,
        conditioned: task.conditioned,
      };
      return { policies: { [role]: policyOf(network, about) }, curve, steps: rounds * scale };
    } finally {
      adam.dispose();
      disposeNetwork(network);
    }
  },
});
