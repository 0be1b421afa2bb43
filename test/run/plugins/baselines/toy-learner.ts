import { existsSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineBaseline, Rng } from "masque";
import { z } from "zod";

/**
 * "Learns" to climb hard without looking: a linear policy with a strong bias. It can be killed for real while it works:
 * MASQUE_TEST_KILL holds the run whose training ends the process as `kill -9` does, and MASQUE_TEST_KILL_ONCE a file that
 * the first such training makes, so that later ones live. MASQUE_TEST_FAIL holds the run whose training throws, and
 * MASQUE_TEST_HOLD a folder: a training makes the file "begun" there, and waits for the file "go".
 */
export default defineBaseline({
  id: "toy-learner",
  summary: "For tests.",
  paper: "none",
  coordination: "factored",
  config: z.strictObject({ bias: z.number().min(0).max(100).default(5) }),
  async train({ env, levels, conditioned, roles: learning, budget, seed, split, signal, onProgress }, { bias }) {
    const { MASQUE_TEST_KILL: kill, MASQUE_TEST_KILL_ONCE: once, MASQUE_TEST_FAIL: fail } = process.env;
    const run = String(split[1]);
    if (kill === run && !(once && existsSync(once))) {
      if (once) writeFileSync(once, "");
      process.kill(process.pid, "SIGKILL");
    }
    if (process.env.MASQUE_TEST_HOLD) await held(process.env.MASQUE_TEST_HOLD);
    if (fail === run) throw new Error("could not learn");
    const rng = new Rng(seed, ...split);
    const inputs = 1 + (conditioned ? Object.keys(env.knobs).length : 0);
    const line = { steps: budget * levels.length, total: budget * levels.length, returns: {}, stats: { bias } };
    onProgress?.(line);
    signal?.throwIfAborted();
    const specs = env.roles(env.params.parse(levels[0]));
    const policies = learning.map((role) => {
      const { n } = specs[role].action as { n: number };
      const data = {
        format: 1 as const,
        kind: "mlp" as const,
        environment: env.id,
        role,
        baseline: "toy-learner",
        obsSize: 1,
        action: { kind: "discrete", n, start: 0 },
        hidden: [],
        activation: "tanh" as const,
        conditioned,
        joint: false,
        greedy: false,
        extra: {},
        tensors: {
          w0: { shape: [inputs, n], data: Float32Array.from({ length: inputs * n }, () => rng.float() * 0.1) },
          b0: { shape: [n], data: Float32Array.from({ length: n }, (_, i) => (i === n - 1 ? bias : 0)) },
        },
      };
      return [role, data] as const;
    });
    return {
      policies: Object.fromEntries(policies),
      curve: [{ ...line, returns: { climber: Number.NaN } }],
      steps: line.steps,
    };
  },
});

function held(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!existsSync(join(folder, "go"))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    writeFileSync(join(folder, "begun"), "");
    look();
  });
}
