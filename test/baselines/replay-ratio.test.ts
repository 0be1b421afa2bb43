import { expect, it } from "vitest";
import dqn from "../../baselines/dqn.ts";
import type { TrainState } from "../../src/learn/baseline.ts";
import { train } from "../../src/learn/train.ts";
import { seating } from "./games.ts";

/** What a training of four agents, 16 copies and 128 steps of each has noted down, having begun at 640 transitions. */
async function noted(more: Parameters<typeof dqn>[0]): Promise<{ updates: number; owed: number; adamSteps: number }> {
  const kept: TrainState[] = [];
  await train({
    environment: seating,
    roles: { guest: dqn({ hidden: [4], batch: 4, start: 640, ...more }) },
    budget: 16 * 130,
    checkpoint: { every: 1, save: (state) => kept.push(state) },
  });
  return (kept[0].numbers.learners as Awaited<ReturnType<typeof noted>>[])[0];
}

it("takes one gradient step every so many steps of all copies, whatever it remembers", async () => {
  // Learning begins in the tenth step, t = 9: t = 10, 12, …, 126.
  expect(await noted({})).toMatchObject({ updates: 59, adamSteps: 59, owed: 0 });
});

it("takes replayRatio gradient steps a transition of any agent, from the first that it learns from", async () => {
  const after = 128 * 64 - 639;
  for (const [replayRatio, every] of [
    [1 / 128, 1],
    [1 / 16, 3],
  ]) {
    const { updates, owed, adamSteps } = await noted({ replayRatio, every });
    expect(updates + owed).toBeCloseTo(after * replayRatio, 9);
    // What is owed is of the steps since the last update, t = 126 or 127: one of them at most, and less than a whole step.
    expect(owed).toBeLessThan(1 + (every === 1 ? 0 : 64 * replayRatio));
    expect(adamSteps).toBe(updates);
  }
});

it("copies the target network twenty times, however many gradient steps there are", async () => {
  // Biases: guests see nothing, so the weights of the first layer stay as they were.
  const weights = async (target: number) => {
    const how = dqn({ hidden: [4], batch: 4, replayRatio: 1 / 16, target });
    const { policies } = await train({ environment: seating, roles: { guest: how }, budget: 1600 });
    return [...policies.guest.tensors.b1.data];
  };
  // 100 steps of 64 transitions: 400 gradient steps, a copy every 20.
  expect(await weights(20)).toEqual(await weights(1000));
  expect(await weights(19)).not.toEqual(await weights(20));
});
