import { describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import type { Environment } from "../../src/env/define.ts";
import { type VectorEnv, vector } from "../../src/env/vector.ts";
import { seat } from "../../src/play/seat.ts";
import { constant, type PolicyFactory, random } from "../../src/policy/policy.ts";
import { relay } from "../env/toys.ts";

const make = (copies: number, params = {}, options = {}) =>
  vector(relay, copies, params, 1, options) as unknown as VectorEnv;
const everyone = { runner: random, judge: random, coach: random };
const sit = (world: VectorEnv, policies: Readonly<Record<string, PolicyFactory>> = everyone) =>
  seat(relay as Environment, world, policies);
const actionsOf = (world: VectorEnv) => Object.values(world.roles).map(({ actions }) => [...actions]);

describe("seated play", () => {
  it("does not depend on the number of copies", () => {
    const trace = (copies: number) => {
      const world = make(copies);
      const players = sit(world);
      world.reset(3, 5);
      const seen: number[] = [];
      for (let t = 0; t < 6; t++) {
        players.act();
        for (const { actions, count, actionSize } of Object.values(world.roles)) {
          seen.push(...actions.subarray((copies - 1) * count * actionSize));
        }
        world.step();
      }
      return seen;
    };
    const world = make(1);
    const players = sit(world);
    world.reset(3, 5 + 7);
    const alone: number[] = [];
    for (let t = 0; t < 6; t++) {
      players.act();
      alone.push(...actionsOf(world).flat());
      world.step();
    }
    expect(trace(8)).toEqual(alone);
  });

  it("starts streams and memory anew with every beginning, also of an episode of the same number", () => {
    const counting: PolicyFactory = () => ({
      stateSize: 1,
      act({ rows, state, actions, rngs }) {
        for (let row = 0; row < rows; row++) actions[row] = Math.min(state[row]++, 1) * rngs[row].int(0, 2);
      },
    });
    const world = make(2);
    const players = sit(world, { runner: counting, judge: random, coach: random });
    const play = (seed: number, steps: number) => {
      world.reset(seed, 0);
      return Array.from({ length: steps }, () => {
        players.act();
        world.step();
        return actionsOf(world);
      });
    };
    const first = play(1, 3);
    expect(play(1, 3)).toEqual(first);
    expect(play(2, 3)).not.toEqual(first);
    expect(play(1, 3)).toEqual(first);
    expect(first[0][0]).toEqual(new Array(6).fill(0));
  });

  it("is the same for policies that sit down in mid-episode", () => {
    const [early, late] = [make(1), make(1)];
    const players = sit(early);
    early.reset();
    late.reset();
    players.act();
    const first = actionsOf(early);
    late.step();
    sit(late).act();
    expect(actionsOf(late).slice(1)).toEqual(first.slice(1));
  });

  it("follows every kind of autoreset", () => {
    for (const autoreset of ["same-step", "next-step"]) {
      const world = make(2, { steps: 2 }, { autoreset });
      const players = sit(world);
      world.reset();
      const at: Record<number, unknown> = {};
      while (world.episode[0] < 4) {
        const fresh = world.elapsed[0] === 0;
        players.act();
        if (fresh) at[world.episode[0]] = world.roles.judge.actions[0];
        world.step();
      }
      const again = make(1);
      const solo = sit(again);
      for (const episode of [0, 2]) {
        again.reset(1, episode);
        solo.act();
        expect(again.roles.judge.actions[0]).toBe(at[episode]);
      }
    }
  });
});

describe("policies that break the rules are refused by name:", () => {
  const judge = (a: number, b: number): PolicyFactory => {
    return () => ({ act: ({ actions }) => void actions.set([a, b]) });
  };
  const coach = (...numbers: number[]): PolicyFactory => {
    return () => ({ act: ({ actions }) => void actions.set(numbers) });
  };
  it.each<[string, Record<string, PolicyFactory>, RegExp]>([
    ["too high", { runner: constant(3) }, /runner_0 \(by its policy, copy 0\): got 3, expected .* 0 to 2/],
    ["masked", { runner: constant(2) }, /got 2, which its action mask \[1,1,0\] forbids/],
    ["NaN", { judge: judge(0, Number.NaN) }, /judge_0 .*got NaN at index 1/],
    ["infinite", { judge: judge(Number.POSITIVE_INFINITY, 0) }, /judge_0/],
    ["outside the box", { judge: judge(0, 1.5) }, /judge_0 .*got 1.5 at index 1/],
    ["a component too high", { coach: coach(1, 2, 0, 3) }, /coach_1 .*got 3 at index 1/],
    ["a negative component", { coach: coach(-1, 2, 0, 0) }, /coach_0 .*got -1 at index 0/],
  ])("%s", (_, policies, words) => {
    const world = make(1);
    const players = sit(world, policies);
    world.reset();
    expect(() => players.act()).toThrow(InputError);
    expect(() => players.act()).toThrow(words);
  });

  it("but what they write for the dead is ignored", () => {
    const world = make(1, { lives: [1] });
    const wild: PolicyFactory = () => ({
      act: ({ actions, alive }) => actions.set(alive.map((live) => (live ? 0 : 99))),
    });
    const players = sit(world, { runner: wild });
    world.reset();
    for (let t = 0; t < 4; t++) {
      players.act();
      world.step();
    }
    expect(world.roles.runner.actions[0]).toBe(99);
    expect(world.roles.runner.rewards[0]).toBe(0);
  });

  it("unknown roles, and policies that cannot act", () => {
    const world = make(1);
    expect(() => sit(world, { runer: random })).toThrow(/Unknown role of relay-v0 "runer". Did you mean "runner"/);
    expect(() => sit(world, { runner: () => ({}) as never })).toThrow(/the policy for role runner has no act/);
  });
});
