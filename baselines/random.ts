import { defineBaseline, type Tensor } from "masque";
import { makeLevels, type PolicyData, policySizes, weightLengths } from "masque/learn";
import { log } from "masque/numeric";
import { z } from "zod";

// What every learner must beat. Discrete actions are uniform over those allowed: a network without weights. Box actions
// are normal around the middle of the box, with a quarter of its width as deviation (1 where it has no end), cut at its
// bounds. It learns nothing and takes no steps.
export default defineBaseline({
  id: "random",
  summary: "Uniform random play: the floor that learners are held against.",
  paper: "none",
  coordination: "factored",
  config: z.strictObject({}),
  async train(task) {
    const [{ world }] = makeLevels({ ...task, levels: task.levels.slice(0, 1) }, 1);
    const policies = task.roles.map((role): [string, PolicyData] => {
      const { spec, obsSize, count } = world.roles[role];
      const { action } = spec;
      const meta = {
        format: 1 as const,
        kind: "mlp" as const,
        environment: task.env.id,
        role,
        baseline: "random",
        obsSize,
      };
      const shape = {
        hidden: [],
        activation: "tanh" as const,
        conditioned: false,
        joint: false,
        greedy: false,
        extra: {},
      };
      const sizes = policySizes({ obsSize, ...shape }, action, { count, knobs: 0 });
      const tensors: Record<string, Tensor> = {};
      const [weights, biases] = weightLengths({ sizes }).map((length) => new Float32Array(length));
      if (action.kind === "box") {
        const ends = Array.from({ length: action.size }, (_, i) => [action.low[i], action.high[i]]);
        const bounded = ends.map(([low, high]) => Number.isFinite(high - low));
        biases.set(ends.map(([low, high], i) => (bounded[i] ? (low + high) / 2 : 0)));
        const data = Float32Array.from(ends, ([low, high], i) => (bounded[i] ? log((high - low) / 4) : 0));
        tensors.logStd = { shape: [action.size], data };
      }
      tensors.w0 = { shape: sizes, data: weights };
      tensors.b0 = { shape: [biases.length], data: biases };
      return [role, { ...meta, action: action.toJSON(), ...shape, tensors }];
    });
    return { policies: Object.fromEntries(policies), curve: [], steps: 0 };
  },
});
