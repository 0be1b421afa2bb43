import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { InputError } from "../../src/data/errors.ts";
import { parallel } from "../../src/env/parallel.ts";
import {
  assertOutOfBounds,
  clipOutOfBounds,
  frameStack,
  orderEnforcing,
  transformObservation,
  transformReward,
} from "../../src/env/wrappers/index.ts";
import { box } from "../../src/spaces/index.ts";
import { relay } from "./toys.ts";

const make = (params: z.input<typeof relay.params> = {}) => parallel(relay, { runners: 1, ...params });
type View = ReturnType<typeof make>;
type Given = Parameters<View["step"]>[0];
const still: Given = { runner_0: 1, judge_0: [0.5, 0.25], coach_0: [0, 1], coach_1: [1, 2] };

/** An environment that checks nothing itself, and remembers what it was given. */
function careless(params: z.input<typeof relay.params> = {}): { env: View; given: unknown[] } {
  const inner = make(params);
  const given: unknown[] = [];
  const env: View = {
    ...inner,
    get agents() {
      return inner.agents;
    },
    step(actions) {
      given.push(actions);
      return inner.step(still);
    },
    state: () => new Float32Array(1),
    render: () => undefined,
  };
  return { env, given };
}

describe("every wrapper", () => {
  it.each<[string, (env: View) => View]>([
    ["orderEnforcing", orderEnforcing],
    ["assertOutOfBounds", assertOutOfBounds],
    ["clipOutOfBounds", clipOutOfBounds],
    ["transformReward", (env) => transformReward(env, (reward) => reward)],
    [
      "transformObservation",
      (env) =>
        transformObservation(
          env,
          (space) => space,
          (seen) => seen as never,
        ) as unknown as View,
    ],
  ])("%s passes on all that it does not change", (_, wrapper) => {
    const [plain, wrapped] = [make({ lives: [2] }), wrapper(make({ lives: [2] }))];
    expect(wrapped.reset({ seed: 3 })).toEqual(plain.reset({ seed: 3 }));
    while (plain.agents.length > 0) {
      const actions = plain.actions((agent) => still[agent]);
      expect(wrapped.agents).toEqual(plain.agents);
      expect(wrapped.actions((agent) => still[agent])).toEqual(actions);
      expect(wrapped.step(actions)).toEqual(plain.step(actions));
      expect(wrapped.state()).toEqual(plain.state());
      expect(wrapped.counters()).toEqual(plain.counters());
      expect(wrapped.render()).toEqual(plain.render());
    }
    expect(wrapped.metadata).toEqual(plain.metadata);
    expect(wrapped.possibleAgents).toEqual(plain.possibleAgents);
    expect(wrapped.actionSpace("coach_0")).toBe(wrapped.actionSpace("coach_1"));
    expect(wrapped.observationSpace("coach_0").equals(plain.observationSpace("coach_0"))).toBe(true);
    expect(() => wrapped.actionSpace("nobody_0" as never)).toThrow(InputError);
    wrapped.close();
    expect(wrapped.agents).toEqual([]);
  });
});

describe("orderEnforcing", () => {
  it("refuses calls before reset, after the end and after close", () => {
    const { env, given } = careless({ steps: 1 });
    const strict = orderEnforcing(env);
    for (const call of [() => strict.step(still), () => strict.state(), () => strict.render()]) {
      expect(call).toThrow(InputError);
      expect(call).toThrow(/before reset\(\)/);
    }
    strict.reset();
    strict.step(still);
    expect(() => strict.step(still)).toThrow(/after the end of the episode/);
    expect(given.length).toBe(1);
    strict.reset();
    strict.close();
    expect(() => strict.step(still)).toThrow(/before reset\(\)/);
  });

  it("does not take a failed reset for a start", () => {
    const strict = orderEnforcing(make());
    expect(() => strict.reset({ seed: -1 })).toThrow(InputError);
    expect(() => strict.step(still)).toThrow(/before reset\(\)/);
  });
});

describe("assertOutOfBounds", () => {
  it("refuses what a space or a mask forbids before the environment sees it", () => {
    const { env, given } = careless();
    const strict = assertOutOfBounds(env);
    strict.reset();
    for (const [actions, words] of [
      [{ ...still, runner_0: 3 }, /relay-v0: action of runner_0: got 3/],
      [{ ...still, runner_0: 2 }, /mask \[1,1,0\] forbids/],
      [{ ...still, judge_0: [Number.NaN, 0] }, /judge_0: got NaN/],
      [{ ...still, coach_0: [0, 3] }, /coach_0: got 3 at index 1/],
      [{}, /runner_0: got undefined/],
      [null, /runner_0: got undefined/],
    ] as [Given, RegExp][]) {
      expect(() => strict.step(actions)).toThrow(words);
    }
    expect(given).toEqual([]);
    strict.step(still);
    strict.step({ ...still, runner_0: 1 });
    expect(() => strict.step({ ...still, runner_0: 2 })).toThrow(/forbids/);
  });
});

describe("clipOutOfBounds", () => {
  it("moves numbers of Boxes to their bounds, and nothing else", () => {
    const { env, given } = careless();
    const kind = clipOutOfBounds(env);
    kind.reset();
    kind.step({ ...still, judge_0: [-7, Number.POSITIVE_INFINITY] });
    kind.step({ ...still, judge_0: Float32Array.of(0.5, -1.5) });
    expect(given).toEqual([
      { ...still, judge_0: [-1, 1] },
      { ...still, judge_0: [0.5, -1] },
    ]);
  });

  it("leaves it to the environment to refuse NaN, other kinds and missing agents", () => {
    const kind = clipOutOfBounds(make());
    kind.reset();
    expect(() => kind.step({ ...still, judge_0: [Number.NaN, 0] })).toThrow(/judge_0: got NaN/);
    expect(() => kind.step({ ...still, judge_0: [0, 0, 0] })).toThrow(/got 3 numbers/);
    expect(() => kind.step({ ...still, runner_0: 9 })).toThrow(/runner_0: got 9/);
    expect(() => kind.step({} as Given)).toThrow(/no action for runner_0/);
    expect(() => kind.step(null as never)).toThrow(/no action for runner_0/);
    expect(() => kind.step({ ...still, nobody_0: 1 } as Given)).toThrow(/unknown agent "nobody_0"/);
  });
});

describe("transformReward", () => {
  it("pays something made from the reward, for each agent", () => {
    const env = transformReward(make(), (reward, agent) => (agent === "judge_0" ? -reward : 10 * reward));
    env.reset();
    expect(env.step(still)[1]).toEqual({ runner_0: 15, judge_0: -0.5, coach_0: 0, coach_1: 0 });
  });
});

describe("transformObservation", () => {
  const env = transformObservation(
    make(),
    (_, agent) => box([1], 0, agent.startsWith("runner") ? 100 : 1),
    (seen, agent) => (agent.startsWith("runner") && seen instanceof Float32Array ? [10 * seen[0]] : [1]),
  );

  it("shows something made from the observation, in a space that stays the same object", () => {
    const space = env.observationSpace("runner_0");
    expect(space).toBe(env.observationSpace("runner_0"));
    expect(space.toJSON()).toEqual(box([1], 0, 100).toJSON());
    expect(env.reset()[0]).toEqual({ runner_0: [0], judge_0: [1], coach_0: [1], coach_1: [1] });
    expect(env.step(still)[0].runner_0).toEqual([10]);
    expect(space.contains(env.step(still)[0].runner_0)).toBe(true);
  });

  it("has the type of what it shows", () => {
    const types = () => frameStack(make(), 2).reset()[0];
    expectTypeOf(types).returns.toHaveProperty("judge_0").toEqualTypeOf<Float32Array>();
    // @ts-expect-error: no such agent
    void (() => types().judge_1);
  });
});

describe("frameStack", () => {
  it("shows the last k observations, oldest first, starting with copies of the first", () => {
    const env = frameStack(make(), 3);
    const [first] = env.reset({ seed: 1 });
    const luck = first.runner_0[1];
    expect(first.runner_0).toEqual(Float32Array.of(0, luck, 0, luck, 0, luck));
    expect(first.judge_0).toEqual(new Float32Array(9));
    const [second] = env.step(still);
    expect([...second.runner_0].filter((_, i) => i % 2 === 0)).toEqual([0, 0, 1]);
    expect(second.judge_0).toEqual(Float32Array.of(0, 0, 0, 0, 0, 0, 0.75, 0, 1));
    const [third] = env.step(still);
    expect([...third.runner_0].filter((_, i) => i % 2 === 0)).toEqual([0, 1, 2]);
    expect(third.runner_0.subarray(2, 4)).toEqual(second.runner_0.subarray(4));
    expect([...env.reset()[0].runner_0].filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0]);
  });

  it("stays inside its space, and hands out copies", () => {
    const env = frameStack(make({ lives: [3] }), 4);
    const [first] = env.reset({ seed: 1 });
    first.runner_0.fill(99);
    while (env.agents.length > 0) {
      const acting = env.agents;
      const [seen] = env.step(env.actions((agent) => still[agent] as never));
      for (const agent of acting) expect(env.observationSpace(agent).explain(seen[agent])).toBeNull();
    }
    expect(env.observationSpace("runner_0")).toBe(env.observationSpace("runner_0"));
    expect(env.observationSpace("judge_0")).toMatchObject({ kind: "box", size: 12 });
  });

  it("composes with others", () => {
    const env = transformReward(clipOutOfBounds(frameStack(frameStack(make(), 2), 2)), (reward) => reward / 2);
    env.reset();
    const [seen, rewards] = env.step({ ...still, judge_0: [5, 0] });
    expect(seen.runner_0.length).toBe(8);
    expect(rewards.judge_0).toBe(0.5);
  });

  it.each([0, -1, 1.5, 129, Number.NaN])("refuses %s frames", (k) => {
    expect(() => frameStack(make(), k)).toThrow(/frameStack: got .* frames, expected a whole number from 1 to 128/);
  });
});
