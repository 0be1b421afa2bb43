import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import dial from "../../baselines/dial.ts";
import dqn from "../../baselines/dqn.ts";
import qLearning from "../../baselines/q-learning.ts";
import crypto from "../../envs/simple-crypto/env.ts";
import scripts from "../../envs/simple-crypto/policies.ts";
import type { Learning, Trained, TrainState } from "../../src/learn/baseline.ts";
import { loadTrainState, saveTrainState } from "../../src/learn/state.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { policyDigest } from "../../src/policy/checkpoint.ts";
import { holding, meeting, recalling, whispering } from "./games.ts";

const folder = mkdtempSync(join(tmpdir(), "masque-stops-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const digests = ({ policies }: Trained) => Object.values(policies).map(policyDigest);
const both = (how: Learning) => ({ row: how, column: how });
const levels = [{ bonus: 0 }, { bonus: 1 }];

// Copies of `holding` end their episodes when their agent says so, all others at once; episodes of `whispering` and
// `recalling` differ by chance, so that going on with another one would show.
const trainings: [string, Omit<TrainOptions, "checkpoint">, number][] = [
  ["dqn", { environment: meeting, levels, roles: both(dqn({ hidden: [8], start: 50, memory: 700 })), budget: 4096 }, 1],
  [
    "dqn",
    {
      environment: whispering,
      levels: [{ quiet: 0 }, { quiet: 1 }],
      roles: { hand: dqn({ hidden: [8], memory: 700 }) },
      budget: 4096,
    },
    1,
  ],
  ["dqn", { environment: holding, roles: { holder: dqn({ hidden: [8], memory: 700 }) }, budget: 8192 }, 1],
  // Parts of a gradient step that are still owed are kept too.
  [
    "dqn",
    {
      environment: recalling,
      params: { delay: 3 },
      roles: { clerk: dqn({ hidden: [8], memory: 700, replayRatio: 0.017 }) },
      budget: 8192,
    },
    1,
  ],
  ["q-learning", { environment: meeting, roles: both(qLearning()), budget: 8192 }, 1],
  ["q-learning", { environment: recalling, params: { delay: 3 }, roles: { clerk: qLearning() }, budget: 8192 }, 1],
  ["q-learning", { environment: holding, roles: { holder: qLearning() }, budget: 8192 }, 1],
  [
    "dial",
    {
      environment: crypto,
      policies: scripts.attacks.none.roles,
      roles: { alice: dial({ copies: 16, hidden: [8] }), bob: dial({ copies: 16, hidden: [8] }) },
      budget: 4000,
    },
    2,
  ],
];

describe.each(trainings)("%s", (name, options, every) => {
  const where = options.environment.id;
  it(`in ${where}: taken up from any stop on disk, it ends in the weights and the curve of one that never stopped`, async () => {
    const kept: TrainState[] = [];
    const whole = await train({ ...options, seed: 5, checkpoint: { every, save: (state) => kept.push(state) } });
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.map(({ iteration }) => iteration)).toEqual(
      kept.map(({ iteration }) => iteration).sort((a, b) => a - b),
    );
    for (const state of [kept[0], kept[kept.length - 1]]) {
      saveTrainState(folder, state, "task");
      const resume = loadTrainState(folder, "task");
      const rest = await train({ ...options, seed: 5, checkpoint: { every, resume } });
      expect(digests(rest)).toEqual(digests(whole));
      expect(rest.curve).toEqual(whole.curve.slice(-rest.curve.length));
      expect(rest.curve.length).toBeLessThan(whole.curve.length);
      expect(rest.steps).toBe(whole.steps);
    }
    // Where all copies begin an episode at once, a stop changes nothing.
    const plain = await train({ ...options, seed: 5 });
    if (where !== holding.id) {
      expect(digests(whole)).toEqual(digests(plain));
      expect(whole.curve).toEqual(plain.curve);
    } else expect(digests(whole)).not.toEqual(digests(plain));
  });

  it(`in ${where}: does not go on from what is none of its own`, async () => {
    const kept: TrainState[] = [];
    await train({ ...options, seed: 5, checkpoint: { every, save: (state) => kept.push(state) } });
    const [state] = kept;
    const damages: Partial<TrainState>[] = [
      { baseline: "ippo" },
      { environment: "other-v0" },
      { numbers: {} },
      { tensors: {} },
      { numbers: { ...state.numbers, episodes: [] } },
      // Past its end, which would pass for the end of the training.
      name === "dial" ? { iteration: 1e6 } : { numbers: { ...state.numbers, t: 1e6 } },
      ...("learners" in state.numbers ? [{ numbers: { ...state.numbers, learners: [] } }] : []),
      ...["actions", "goesOn", "mask"].flatMap((column) =>
        Object.keys(state.tensors)
          .filter((tensor) => tensor.endsWith(`.replay.${column}`))
          .map((tensor) => {
            // A place outside a network's outputs, where a kernel would write.
            const { shape, data } = state.tensors[tensor];
            return { tensors: { ...state.tensors, [tensor]: { shape, data: data.map(() => -1e9) } } };
          }),
      ),
    ];
    for (const damage of damages) {
      const checkpoint = { every, resume: { ...state, ...damage } };
      await expect(train({ ...options, seed: 5, checkpoint }), JSON.stringify(damage)).rejects.toThrow(
        /checkpoint|the table of/i,
      );
    }
    expect(name).toBe(state.baseline);
  });
});
