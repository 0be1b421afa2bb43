import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineBaseline, Rng } from "masque";
import { z } from "zod";

/**
 * Marches: every iteration draws a number and adds it to its weights, with checkpoints on the way. MASQUE_TEST_MARCH names a
 * folder with a line in "log" for every iteration, "RUN: ITERATION"; before the one that MASQUE_TEST_HALT holds, it makes the file
 * "halted" there and never ends.
 */
export default defineBaseline({
  id: "toy-marcher",
  summary: "For tests.",
  paper: "none",
  coordination: "factored",
  config: z.strictObject({ iterations: z.int().default(20) }),
  async train({ env, levels, roles: learning, budget, seed, split, checkpoint, onProgress }, { iterations }) {
    const { MASQUE_TEST_MARCH: place, MASQUE_TEST_HALT: halt } = process.env;
    const specs = env.roles(env.params.parse(levels[0]));
    const [role] = learning;
    const { n } = specs[role].action as { n: number };
    const resume = checkpoint?.resume;
    const rng = resume ? Rng.fromState(resume.numbers.rng as never) : new Rng(seed, ...split);
    const weights = resume ? resume.tensors.weights.data.slice() : new Float32Array(n);
    const curve = [];
    for (let i = resume?.iteration ?? 0; i < iterations; i++) {
      if (checkpoint && i % checkpoint.every === 0 && i > (resume?.iteration ?? 0))
        checkpoint.save?.({
          ...{ baseline: "toy-marcher", environment: env.id, iteration: i, numbers: { rng: rng.state() } },
          tensors: { weights: { shape: [n], data: weights.slice() } },
        });
      const where = `${split.slice(1).join(" ")}: ${i}`;
      if (place && where === halt) await halted(place);
      if (place) appendFileSync(join(place, "log"), `${where}\n`);
      for (let j = 0; j < n; j++) weights[j] += rng.float() - 0.5;
      const line = {
        steps: ((i + 1) * budget) / iterations,
        total: budget,
        returns: {},
        stats: { weight: weights[0] },
      };
      curve.push(line);
      onProgress?.(line);
    }
    const policy = {
      ...{ format: 1 as const, kind: "mlp" as const, environment: env.id, role, baseline: "toy-marcher", obsSize: 1 },
      ...{ action: { kind: "discrete", n, start: 0 }, hidden: [], activation: "tanh" as const, conditioned: false },
      ...{ joint: false, greedy: false, extra: {} },
      tensors: { w0: { shape: [1, n], data: new Float32Array(n) }, b0: { shape: [n], data: weights } },
    };
    return { policies: { [role]: policy }, curve, steps: budget };
  },
});

function halted(folder: string): Promise<never> {
  writeFileSync(join(folder, "halted"), "");
  setInterval(() => {}, 1 << 30);
  return new Promise(() => {});
}
