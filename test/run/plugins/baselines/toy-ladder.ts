import { defineBaseline } from "masque";
import { z } from "zod";
import toyLearner from "./toy-learner.ts";

/** Pushes with probability budget / 1000, ¾ of that where it is conditioned: effort and its sharing with known effects. */
export default defineBaseline({
  id: "toy-ladder",
  summary: "For tests.",
  paper: "none",
  coordination: "factored",
  config: z.strictObject({}),
  async train(task) {
    const made = await toyLearner.train(task, { bias: 0 });
    const share = (task.budget / 1000) * (task.conditioned ? 0.75 : 1);
    const bias = share === 1 ? 50 : Math.log(share / (1 - share));
    for (const { tensors } of Object.values(made.policies)) {
      tensors.w0.data.fill(0);
      tensors.b0.data.set([0, bias]);
    }
    return made;
  },
});
