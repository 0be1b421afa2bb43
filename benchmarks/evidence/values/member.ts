import { InputError, type Rng } from "masque";
import { argmaxMasked, createForward, type Level, type TrainTask, writeInputs } from "masque/learn";
import { createNetwork, exportWeights } from "../../../baselines/tf/network.ts";
import { policyOf } from "../../../baselines/tf/policy-of.ts";
import { replay } from "../../../baselines/tf/replay.ts";
import type { Engine } from "../../../baselines/tf/tf.ts";
import type { Config } from "./settings.ts";

/** All agents of one role: they share a network. Rows are agents of copies of levels, each within the next. */
export function member(
  engine: Engine,
  task: TrainTask,
  role: string,
  levels: readonly Level[],
  settings: Config,
  rng: Rng,
) {
  const [{ world, knobs }] = levels;
  const { spec, obsSize, count } = world.roles[role];
  const { action } = spec;
  if (action.kind !== "discrete")
    throw new InputError(
      `role "${role}" of ${task.env.id} has ${action.kind} actions, expected Discrete ones; mappo takes them all.`,
    );
  const { n, start } = action;
  const ids = settings.agentIds && count > 1 ? count : 0;
  const inputs = obsSize + ids + knobs.length;
  const sizes = [inputs, ...settings.hidden, n];
  const [network, target] = [0, 1].map(() =>
    createNetwork(engine, { sizes, activation: "relu", rng: rng.fork("network") }),
  );
  const perLevel = world.copies * count;
  const rows = levels.length * perLevel;
  const acting = createForward({ sizes, activation: "relu", weights: exportWeights(network), maxRows: rows });
  const seen = new Float32Array(rows * inputs);
  const taken = new Int32Array(rows);
  const explore = rng.fork("explore");
  const memory = replay(settings.memory * count, inputs, n);
  const read = (into: Float32Array, obs: Float32Array, many: number, { knobs: level }: Level) =>
    writeInputs(into, obs, many, obsSize, level, level.length > 0, ids);

  return {
    role,
    count,
    n,
    memory,
    network,
    target,
    act(epsilon: number) {
      levels.forEach((level, l) => {
        read(seen.subarray(l * perLevel * inputs), level.world.roles[role].obs, perLevel, level);
      });
      acting.input.set(seen);
      const q = acting.run(rows);
      for (let row = 0; row < rows; row++) {
        const { alive, mask, actions } = levels[Math.floor(row / perLevel)].world.roles[role];
        const r = row % perLevel;
        taken[row] = -1;
        if (alive[r] === 0) continue;
        const greedy = argmaxMasked(q, row * n, n, mask, r * n);
        taken[row] = explore.float() < epsilon ? explore.categorical(mask.subarray(r * n, (r + 1) * n)) : greedy;
        actions[r] = taken[row] + start;
      }
    },
    /** Keeps what its agents of one copy did; adds up what they were paid, and says whether any of them goes on. */
    remember(level: Level, l: number, copy: number): { paid: number; goesOn: boolean } {
      const { obs, final, mask, rewards, terminations, truncations } = level.world.roles[role];
      const ended = level.world.ended[copy] === 1;
      const [r, from] = [copy * count, l * perLevel + copy * count];
      let [paid, goesOn] = [0, false];
      const first = memory.next;
      for (let agent = 0; agent < count; agent++) {
        const row = memory.claim();
        // Whoever was no longer there has chosen nothing: −1, whose one-hot is empty.
        memory.actions[row] = taken[from + agent];
        const on = taken[from + agent] >= 0 && (terminations[r + agent] === 0 || truncations[r + agent] === 1);
        memory.goesOn[row] = on ? 1 : 0;
        goesOn ||= on;
        paid += rewards[r + agent];
      }
      memory.before.set(seen.subarray(from * inputs, (from + count) * inputs), first * inputs);
      const next = (ended ? final : obs).subarray(r * obsSize, (r + count) * obsSize);
      read(memory.after.subarray(first * inputs), next, count, level);
      if (ended) memory.mask.fill(1, first * n, (first + count) * n);
      else memory.mask.set(mask.subarray(r * n, (r + count) * n), first * n);
      return { paid, goesOn };
    },
    refresh: () => acting.setWeights(exportWeights(network)),
    policy: () =>
      policyOf(network, {
        environment: task.env.id,
        baseline: "value-decomposition",
        role,
        obsSize,
        action,
        conditioned: task.conditioned,
        greedy: true,
        ...(ids > 0 && { agentIds: ids }),
      }),
  };
}
