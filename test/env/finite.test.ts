import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError } from "../../src/data/errors.ts";
import { defineEnv, type Environment } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { stepLevels } from "../../src/learn/levels.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { constant } from "../../src/policy/policy.ts";
import { box, discrete, layout } from "../../src/spaces/index.ts";

/** A walk of 6 steps that goes wrong in step 4, in one way. */
const walk = (fault: string): Environment =>
  defineEnv({
    id: "walk-v0",
    summary: "A walk.",
    threat: "none",
    params: z.object({}),
    knobs: {},
    horizon: () => 6,
    roles: () => ({
      walker: {
        side: "attacker",
        count: 2,
        observation: layout({ time: box([1], 0, 6), place: box([2], -9, 9) }),
        action: discrete(2, { says: "steps to go" }),
      },
    }),
    counters: ["steps"],
    metrics: {
      use: { axis: "utility", summary: "use", of: () => 1 },
      safe: { axis: "security", summary: "safe", of: () => 1 },
    },
    create({ slots: { walker }, counters, world }) {
      return {
        reset() {
          if (fault === "reset") throw new Error("no floor");
        },
        step() {
          const wrong = world.t === 3;
          counters.steps += wrong && fault === "counter" ? Number.NaN : 1;
          walker[1].reward = wrong && fault === "reward" ? Number.NaN : 1;
          if (wrong && fault === "infinite") walker[0].reward = Number.POSITIVE_INFINITY;
          walker[0].obs[2] = wrong && fault === "observation" ? Number.NaN : 0;
          if (wrong && fault === "misspelt") (counters as Record<string, number>).stepz = 1;
          if (wrong && fault === "long") walker[0].obs.set([1, 2, 3, 4, 5]);
        },
      };
    },
  }) as unknown as Environment;

const play =
  (fault: string, action = 0) =>
  () =>
    evaluate(walk(fault), {
      policies: { walker: constant(action) },
      episodes: 3,
      seed: 1,
      split: ["finite"],
      copies: 2,
    });

describe("what is no finite number", () => {
  it.each([
    ["reward", /walk-v0: the reward of walker_1 is NaN after step \d of episode \d; expected a finite number/],
    ["infinite", /walk-v0: the reward of walker_0 is Infinity after step \d of episode \d/],
    ["counter", /walk-v0: its counter steps is NaN at the end of episode 0/],
  ])("is caught where it arises: a %s", (fault, words) => {
    expect(play(fault)).toThrow(InputError);
    expect(play(fault)).toThrow(words);
    expect(play("none")).not.toThrow();
  });

  it("is caught in training at the very step, in what is seen as well, by the name of its part", () => {
    const train = (fault: string) => () => {
      const world = vector(walk(fault), 2, {}, 1);
      world.reset();
      for (let t = 0; t < 6; t++) stepLevels([{ world, players: { act() {} }, knobs: [] }] as never);
    };
    expect(train("observation")).toThrow(/walk-v0: walker_0 sees NaN as place\[1\] after step 4 of episode 0/);
    expect(train("reward")).toThrow(/the reward of walker_1 is NaN after step 4/);
    expect(train("none")).not.toThrow();
  });
});

describe("an environment's own code", () => {
  it.each([
    [
      "misspelt",
      /walk-v0: its step\(\) failed in step 4 of episode 0: stepz is no counter of it.*finite\.test\.ts:\d+\)/,
    ],
    ["long", /walk-v0: its step\(\) failed in step 4 of episode 0: .*finite\.test\.ts:\d+\)/],
    ["reset", /walk-v0: its reset\(\) failed: no floor \(.*finite\.test\.ts:\d+\)/],
  ])("that fails is named with its place: %s", (fault, words) => {
    expect(play(fault)).toThrow(InputError);
    expect(play(fault)).toThrow(words);
  });

  it("that is given an action which is not there says what actions mean", () => {
    expect(play("none", 7)).toThrow(/action of walker_0 .*got 7, expected a whole number from 0 to 1 \(steps to go\)/);
  });
});
