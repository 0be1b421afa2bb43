import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError } from "../../src/data/errors.ts";
import { type Dynamics, defineEnv } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { relay } from "./toys.ts";

/** Plays: runners take action 1, and so on; returns the world after `steps` more steps. */
function go<W extends { step(): void }>(world: W, steps = 1): W {
  for (let i = 0; i < steps; i++) world.step();
  return world;
}
const luckOf = (world: ReturnType<typeof make>, copy = 0) =>
  world.roles.runner.obs[copy * world.roles.runner.count * 2 + 1];
function make(copies = 1, params: z.input<typeof relay.params> = {}, seed = 1, options = {}) {
  return vector(relay, copies, params, seed, options);
}

describe("buffers", () => {
  it("are role-major, one row an agent, with the sizes that the spaces say", () => {
    const { runner, judge, coach } = make(5, { runners: 4 }).roles;
    expect(Object.keys(make().roles)).toEqual(["runner", "judge", "coach"]);
    expect([runner.obsSize, runner.actionSize, runner.maskSize, runner.count]).toEqual([2, 1, 3, 4]);
    expect([judge.obsSize, judge.actionSize, judge.maskSize]).toEqual([3, 2, 0]);
    expect([coach.obsSize, coach.actionSize, coach.maskSize]).toEqual([1, 2, 5]);
    expect(runner.obs.length).toBe(5 * 4 * 2);
    expect(runner.mask.length).toBe(5 * 4 * 3);
    expect(judge.actions).toBeInstanceOf(Float32Array);
    expect(coach.actions).toBeInstanceOf(Int32Array);
    expect(runner.agents).toEqual(["runner_0", "runner_1", "runner_2", "runner_3"]);
  });

  it("are the very memory that slots write", () => {
    const world = make(2);
    world.reset();
    world.roles.runner.actions.set([0, 1, 1, 0, 0, 0]);
    world.roles.judge.actions.set([0.5, 0.25, -0.5, 0.25]);
    world.roles.coach.actions.set([1, 2, 0, 0, 0, 1, 1, 0]);
    world.step();
    expect([...world.roles.runner.rewards]).toEqual([1, 1.5, 1.5, 1, 1, 1]);
    expect([...world.roles.judge.obs]).toEqual([0.75, 0, 1, -0.25, 0, 1]);
    expect([...world.roles.judge.rewards]).toEqual([0.5, -0.5]);
    expect([...world.roles.coach.obs]).toEqual([2, 0, 1, 1]);
    expect([...world.roles.runner.mask.subarray(0, 3)]).toEqual([1, 1, 1]);
    world.step();
    expect([...world.roles.runner.mask.subarray(0, 3)]).toEqual([1, 1, 0]);
  });
});

describe("the end of an episode", () => {
  it("is a truncation of everyone alive at the horizon", () => {
    const world = make(2, { steps: 3 }, 1, { autoreset: "disabled" });
    world.reset();
    go(world, 2);
    expect([...world.ended]).toEqual([0, 0]);
    expect([...world.roles.runner.truncations]).toEqual([0, 0, 0, 0, 0, 0]);
    go(world);
    expect([...world.ended]).toEqual([1, 1]);
    expect([...world.elapsed]).toEqual([3, 3]);
    expect([...world.roles.runner.truncations]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...world.roles.judge.truncations]).toEqual([1, 1]);
    expect([...world.roles.runner.terminations]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...world.roles.runner.alive]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("is a termination of everyone alive where the environment says so, also at the horizon", () => {
    for (const steps of [2, 6]) {
      const world = make(1, { steps, finish: 2, lives: [1] }, 1, { autoreset: "disabled" });
      world.reset();
      go(world, 2);
      expect(world.ended[0]).toBe(1);
      expect([...world.roles.runner.terminations]).toEqual([0, 1, 1]); // runner_0 was done before
      expect([...world.roles.runner.truncations]).toEqual([0, 0, 0]);
      expect([...world.roles.coach.terminations]).toEqual([1, 1]);
    }
  });

  it("comes when the last agent dies", () => {
    const loner = oneAgent({ step: (slot) => slot.terminate() });
    const world = vector(loner, 1, {}, 0, { autoreset: "disabled" });
    world.reset();
    go(world);
    expect([world.ended[0], world.elapsed[0]]).toEqual([1, 1]);
    expect([...world.roles.one.terminations, ...world.roles.one.truncations]).toEqual([1, 0]);
  });

  it("keeps the counters of the episode apart from those of the next", () => {
    const world = make(2, { steps: 3 });
    world.reset();
    world.roles.runner.actions[3] = 1;
    go(world, 3);
    expect(world.counterNames).toEqual(["moves", "luck", "steps"]);
    expect([world.finalCounters[0], world.finalCounters[2], world.finalCounters[3], world.finalCounters[5]]).toEqual([
      0, 3, 3, 3,
    ]);
    expect(world.counters(1)).toEqual({ moves: 0, luck: 0, steps: 0 });
    go(world);
    expect(world.counters(1)).toMatchObject({ moves: 1, steps: 1 });
    expect(world.finalCounters[5]).toBe(3);
  });
});

describe("an agent that dies", () => {
  it("has its last observation and reward in that step, and zeros afterwards", () => {
    const world = make(1, { lives: [0, 2] });
    world.reset();
    const { runner } = world.roles;
    runner.actions.fill(1);
    go(world, 2);
    expect([...runner.terminations]).toEqual([0, 1, 0]);
    expect([...runner.alive]).toEqual([1, 0, 1]);
    expect(runner.rewards[1]).toBe(2.5);
    expect(runner.obs[2]).toBe(1); // frozen at what it saw before it died: the toy shows only the living
    go(world);
    expect([...runner.terminations]).toEqual([0, 0, 0]);
    expect([...runner.obs.subarray(2, 4)]).toEqual([0, 0]);
    expect(runner.rewards[1]).toBe(0);
    expect(runner.obs[0]).toBe(3);
    expect(world.ended[0]).toBe(0);
  });

  it("stays silent even where the dynamics go on writing, and lives again in the next episode", () => {
    const chatty = oneAgent({
      count: 2,
      step(slot, i, t) {
        slot.obs[0] = slot.reward = 1;
        if (i === 0 && t === 1) slot.terminate();
      },
    });
    const world = vector(chatty, 1, {}, 0);
    world.reset();
    go(world, 3);
    expect([...world.roles.one.rewards]).toEqual([0, 1]);
    expect([...world.roles.one.obs]).toEqual([0, 1]);
    go(world, 7);
    expect(world.episode[0]).toBe(1);
    expect([...world.roles.one.alive]).toEqual([1, 1]);
    expect([...world.roles.one.truncations]).toEqual([0, 1]);
  });

  it("cannot be terminated twice", () => {
    const again = oneAgent({ count: 2, step: (slot, i) => i === 0 && slot.terminate() });
    const world = vector(again, 1, {}, 0);
    world.reset();
    go(world, 2);
    expect([...world.roles.one.terminations]).toEqual([0, 0]);
    expect(world.ended[0]).toBe(0);
  });
});

describe("autoreset", () => {
  it("same-step: starts anew at once, keeps the last observations, flags and rewards", () => {
    const world = make(1, { steps: 2 });
    world.reset();
    const second = make(1, { steps: 2 });
    second.reset(undefined, 1);
    go(world, 2);
    const { runner } = world.roles;
    expect([world.ended[0], world.finalEpisode[0], world.episode[0], world.elapsed[0]]).toEqual([1, 0, 1, 0]);
    expect([...runner.truncations]).toEqual([1, 1, 1]);
    expect([...runner.alive]).toEqual([1, 1, 1]);
    expect([...runner.rewards]).toEqual([2, 2, 2]);
    expect(runner.final[0]).toBe(2);
    expect(runner.obs[0]).toBe(0);
    expect(luckOf(world)).toBe(luckOf(second));
    go(world);
    expect([world.ended[0], world.elapsed[0]]).toEqual([0, 1]);
    expect([...runner.truncations]).toEqual([0, 0, 0]);
    expect(runner.obs[0]).toBe(1);
  });

  it("next-step: keeps the last observations in place, and the step that follows only resets", () => {
    const world = make(1, { steps: 2 }, 1, { autoreset: "next-step" });
    world.reset();
    const { runner } = world.roles;
    go(world, 2);
    expect([world.ended[0], world.episode[0], world.elapsed[0], runner.obs[0]]).toEqual([1, 0, 2, 2]);
    expect([...runner.alive]).toEqual([0, 0, 0]);
    runner.actions.fill(1);
    go(world);
    expect([world.ended[0], world.episode[0], world.elapsed[0], runner.obs[0]]).toEqual([0, 1, 0, 0]);
    expect([...runner.rewards]).toEqual([0, 0, 0]);
    expect([...runner.truncations]).toEqual([0, 0, 0]);
    expect([...runner.alive]).toEqual([1, 1, 1]);
    expect(world.counters(0).steps).toBe(0);
    go(world);
    expect([...runner.rewards]).toEqual([1.5, 1.5, 1.5]);
  });

  it("next-step: copies that end at different times do not disturb each other", () => {
    const uneven = oneAgent({ step: (slot, _, t, luck) => luck < 0.3 && t > 1 && slot.terminate() });
    const trace = (copies: number, episode: number) => {
      const world = vector(uneven, copies, {}, 3, { autoreset: "next-step" });
      world.reset();
      for (let i = 0; i < 200; i++) {
        go(world);
        for (let c = 0; c < copies; c++)
          if (world.ended[c] && world.finalEpisode[c] === episode) return world.elapsed[c];
      }
      return -1;
    };
    for (const episode of [0, 1, 5, 9]) expect(trace(4, episode)).toBe(trace(1, episode));
  });

  it("disabled: the copy stands still, and says once that it ended", () => {
    const world = make(2, { steps: 2 }, 1, { autoreset: "disabled" });
    world.reset();
    go(world, 2);
    expect([...world.ended]).toEqual([1, 1]);
    const before = [...world.roles.runner.obs];
    go(world);
    expect([...world.ended]).toEqual([0, 0]);
    expect([...world.roles.runner.obs]).toEqual(before);
    expect([...world.roles.runner.truncations]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...world.elapsed]).toEqual([2, 2]);
    world.reset();
    expect([...world.episode]).toEqual([2, 3]);
    expect([...go(world).elapsed]).toEqual([1, 1]);
  });

  it("resets masks and observations, whatever the dynamics do not write at the start", () => {
    const env = oneAgent({
      horizon: 2,
      step(slot) {
        slot.obs[0] = 1;
        slot.mask[0] = 0;
      },
    });
    const world = vector(env, 2, {}, 0);
    world.reset();
    go(world, 1);
    expect([...world.roles.one.obs, ...world.roles.one.mask]).toEqual([1, 1, 0, 1, 0, 1]);
    go(world, 1);
    expect([...world.roles.one.obs, ...world.roles.one.mask]).toEqual([0, 0, 1, 1, 1, 1]);
    expect([...world.roles.one.final]).toEqual([1, 1]);
    go(world, 1);
    world.reset();
    expect([...world.roles.one.obs, ...world.roles.one.mask]).toEqual([0, 0, 1, 1, 1, 1]);
  });
});

describe("seeds", () => {
  it("name episodes: the same number is the same episode, whatever the number of copies and what was played before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(200), fc.nat(), (copies, episode, seed) => {
        const many = make(copies, {}, seed);
        many.reset(undefined, episode);
        go(many, 4); // mid-episode
        many.reset(seed, episode);
        const alone = make(1, {}, 0);
        for (let copy = 0; copy < Math.min(copies, 3); copy++) {
          alone.reset(seed, episode + copy);
          expect(luckOf(many, copy)).toBe(luckOf(alone));
          expect(many.episode[copy]).toBe(episode + copy);
        }
      }),
      { seed: 5, numRuns: 25 },
    );
  });

  it("a seed reseeds and counts from 0, no seed goes on counting", () => {
    const world = make(3);
    world.reset();
    world.reset();
    expect([...world.episode]).toEqual([3, 4, 5]);
    world.reset(9);
    expect([...world.episode]).toEqual([0, 1, 2]);
    const other = make(3, {}, 9);
    other.reset();
    expect([...world.roles.runner.obs]).toEqual([...other.roles.runner.obs]);
    expect(make(1, {}, 2).seeds.word()).not.toBe(make(1, {}, 1).seeds.word());
  });

  it("differ between splits, and a split of several labels is one of its own", () => {
    const splits = ["default", "test", ["test"], ["test", 1], ["test", 2], ["a", "test"]];
    const first = splits.map((split) => {
      const world = make(1, {}, 1, { split });
      world.reset();
      const luck = luckOf(world);
      world.reset(1);
      expect(luckOf(world)).toBe(luck);
      return luck;
    });
    expect(first[1]).toBe(first[2]);
    expect(new Set(first).size).toBe(5);
  });

  it("number beginnings too", () => {
    const world = make(2, { steps: 2 });
    expect([...world.begun]).toEqual([0, 0]);
    world.reset(1);
    world.reset(1);
    go(world, 2);
    expect([...world.begun]).toEqual([3, 3]);
  });
});

describe("global state", () => {
  it("is all observations end to end, copy by copy", () => {
    const world = make(2, { runners: 2 });
    world.reset();
    world.roles.judge.actions.set([0, 0, 1, 1]);
    go(world);
    const out = new Float32Array(world.stateSize);
    world.state(1, out);
    const luck = luckOf(world, 1);
    expect([...out]).toEqual([1, luck, 1, luck, 2, 0, 1, 0, 0]);
  });

  it("is kept from the end of an episode, with those alive who were truncated", () => {
    const env = withState((slot) => (slot.alive ? 1 : 0));
    const world = vector(env, 2, {}, 0, { finalStates: true });
    world.reset();
    go(world, 10);
    expect([...world.ended]).toEqual([1, 1]);
    expect([...world.finalStates]).toEqual([1, 1]);
    expect(vector(env, 2, {}, 0).finalStates.length).toBe(0);
  });
});

describe("mistakes", () => {
  const refuse = (what: () => unknown, words: RegExp) => {
    expect(what).toThrow(InputError);
    expect(what).toThrow(words);
  };

  it("of whoever uses it are refused and change nothing", () => {
    refuse(() => make(0), /got 0 copies.*expected a whole number from 1/);
    refuse(() => make(1.5), /1.5 copies/);
    refuse(() => make(Number.NaN), /NaN copies/);
    refuse(() => make(1, {}, -1), /got seed -1, expected a whole number from 0/);
    refuse(() => make(1, {}, 0.5), /seed 0.5/);
    refuse(() => make(1, {}, 1, { split: [] }), /empty split/);
    refuse(() => make(1, { runers: 2 } as never), /unknown parameter "runers".*Did you mean "runners"/);
    refuse(() => make(1, { guard: Number.NaN }), /guard/);
    refuse(() => go(make()), /step\(\) before reset\(\)/);
    const world = make();
    world.reset(1);
    go(world);
    const before = [...world.roles.runner.obs];
    refuse(() => world.reset(-4), /seed -4/);
    refuse(() => world.reset(Number.NaN), /seed NaN/);
    refuse(() => world.reset(2, -1), /first episode -1/);
    refuse(() => world.reset(2, 1.5), /first episode 1.5/);
    expect([...world.roles.runner.obs, world.elapsed[0], world.episode[0]]).toEqual([...before, 1, 0]);
  });

  it("of an environment's author are named", () => {
    refuse(() => vector(oneAgent({ count: -1 }), 1), /role "one" has count -1, expected a whole number from 0/);
    refuse(() => vector(oneAgent({ count: Number.NaN }), 1), /count NaN/);
    refuse(() => vector(oneAgent({ count: 0 }), 1), /no role has any agent/);
    refuse(() => vector(oneAgent({ horizon: 0 }), 1), /horizon 0/);
    refuse(() => vector(oneAgent({ reset: (slot) => slot.terminate() }), 1).reset(), /its reset\(\) terminated/);
    const stateless = { ...withState(() => 0), state: undefined };
    refuse(() => vector(stateless, 1), /global state needs both/);
    refuse(() => vector({ ...oneAgent({}), state: () => box([1], 0, 1) }, 1), /global state needs both/);
    const typo = oneAgent({ step: (_, __, ___, ____, counters) => counters.stepz++ });
    const world = vector(typo, 1);
    world.reset();
    expect(() => go(world)).toThrow(/stepz is no counter of it/);
  });

  it("such as detaching terminate from its world do no harm", () => {
    const env = defineEnv({
      ...base,
      create: ({
        slots: {
          one: [one],
        },
        world: { terminate },
      }) => ({
        reset() {},
        step() {
          one.reward = 1;
          terminate();
        },
      }),
    });
    const world = vector(env, 1, {}, 0, { autoreset: "disabled" });
    world.reset();
    expect([...go(world).roles.one.terminations]).toEqual([1]);
  });
});

type Slot = { obs: Float32Array; mask: Uint8Array; reward: number; alive: boolean; terminate(): void };
interface Parts {
  count?: number;
  horizon?: number;
  reset?(slot: Slot): void;
  step?(slot: Slot, i: number, t: number, luck: number, counters: Record<string, number>): unknown;
}
const base = {
  id: "one-v0",
  summary: "",
  threat: "",
  params: z.object({}),
  knobs: {},
  horizon: () => 10,
  roles: () => ({
    one: {
      side: "benign" as const,
      count: 1 as number,
      observation: box([1], 0, 1),
      action: discrete(2),
      masked: true,
    },
  }),
  counters: ["steps"],
  metrics: { m: { axis: "utility" as const, summary: "", of: () => 1 } },
};

/** An environment of one role whose rules are given. */
function oneAgent({ count = 1, horizon = 10, reset, step }: Parts) {
  const { one } = base.roles();
  return defineEnv({
    ...base,
    horizon: () => horizon,
    roles: () => ({ one: { ...one, count } }),
    create: ({ slots: { one: slots }, world, rng, counters }) => ({
      reset: () => reset?.(slots[0]),
      step() {
        const luck = rng.float();
        slots.forEach((slot, i) => void step?.(slot, i, world.t + 1, luck, counters));
      },
    }),
  });
}

/** One whose global state is a number made from its slot. */
function withState(value: (slot: Slot) => number) {
  return defineEnv({
    ...base,
    state: () => box([1], 0, 1),
    create({
      slots: {
        one: [one],
      },
    }): Dynamics {
      return {
        reset() {},
        step() {},
        state: (out) => void out.fill(value(one)),
      };
    },
  });
}
