import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import lowAndSlow from "../../envs/low-and-slow/env.ts";
import { InputError } from "../../src/data/errors.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { Rng } from "../../src/random/rng.ts";
import { relay } from "./toys.ts";

const make = (params: z.input<typeof relay.params> = {}) => parallel(relay, params);
type View = ReturnType<typeof make>;
type Given = Parameters<View["step"]>[0];

/** Random allowed actions for everyone alive. */
function choose(view: View, rng: Rng, infos: Readonly<Record<string, { actionMask?: Uint8Array }>>): Given {
  return view.actions((agent) => {
    const space = view.actionSpace(agent);
    const mask = infos[agent].actionMask;
    return (space.kind === "discrete" ? space.sample(rng, mask) : space.sample(rng)) as never;
  });
}
const still: Given = {
  runner_0: 0,
  runner_1: 0,
  runner_2: 0,
  judge_0: [0, 0],
  coach_0: [0, 0],
  coach_1: [0, 0],
};

describe("an episode", () => {
  it("starts with an observation and an info for everyone", () => {
    const env = make();
    expect(env.agents).toEqual([]);
    const [observations, infos] = env.reset({ seed: 1 });
    expect(env.agents).toEqual(["runner_0", "runner_1", "runner_2", "judge_0", "coach_0", "coach_1"]);
    expect(env.agents).toEqual(env.possibleAgents);
    expect(Object.keys(observations)).toEqual(env.agents);
    expect(observations.judge_0).toEqual({ seen: new Float32Array(2), time: new Float32Array(1) });
    expect(infos.runner_0).toEqual({ actionMask: Uint8Array.of(1, 1, 0) });
    expect(infos.coach_1).toEqual({ actionMask: Uint8Array.of(1, 1, 1, 1, 1) });
    expect(infos.judge_0).toEqual({});
  });

  it("gives one record of each kind, by agent", () => {
    const env = make();
    env.reset({ seed: 1 });
    const [observations, rewards, terminations, truncations, infos] = env.step({
      ...still,
      runner_1: 1,
      judge_0: [0.5, 0.25],
      coach_1: Int32Array.of(1, 0),
    });
    expect(rewards).toEqual({ runner_0: 1, runner_1: 1.5, runner_2: 1, judge_0: 0.5, coach_0: 0, coach_1: 0 });
    expect(observations.judge_0.seen).toEqual(Float32Array.of(0.75, 0));
    expect(observations.coach_1).toEqual(Float32Array.of(1));
    expect(Object.values(terminations)).toEqual(new Array(6).fill(false));
    expect(Object.values(truncations)).toEqual(new Array(6).fill(false));
    expect(infos.runner_2.actionMask).toEqual(Uint8Array.of(1, 1, 1));
    expect(env.counters()).toMatchObject({ moves: 1, steps: 1 });
  });

  it("truncates at the horizon, terminates where the environment says so", () => {
    for (const [params, kind] of [
      [{ steps: 2 }, 3],
      [{ steps: 4, finish: 2 }, 2],
    ] as const) {
      const env = make(params);
      env.reset();
      env.step(still);
      const last = env.step(still);
      expect(Object.values(last[kind])).toEqual(new Array(6).fill(true));
      expect(Object.values(last[5 - kind])).toEqual(new Array(6).fill(false));
      expect(last[0].runner_0[0]).toBe(2); // the last observation, not the next episode's first
      expect(env.agents).toEqual([]);
      expect(() => env.step(still)).toThrow(/step\(\) after the end of the episode; call reset\(\)/);
    }
  });

  it("lets a done agent appear once more and then go; its actions are ignored from then on", () => {
    const env = make({ lives: [0, 2] });
    env.reset();
    env.step(still);
    const [observations, rewards, terminations] = env.step(still);
    expect(terminations).toEqual({
      runner_0: false,
      runner_1: true,
      runner_2: false,
      judge_0: false,
      coach_0: false,
      coach_1: false,
    });
    expect(rewards.runner_1).toBe(2);
    expect(observations.runner_1[0]).toBe(1);
    expect(env.agents).not.toContain("runner_1");
    expect(env.possibleAgents).toContain("runner_1");
    const { runner_1: _, ...others } = still;
    const next = env.step({ ...still, runner_1: 77 });
    for (const record of next) expect(Object.keys(record)).toEqual(Object.keys(others));
    expect(Object.keys(env.step(others as Given)[1])).toEqual(Object.keys(others));
    expect(Object.keys(env.actions(() => 0 as never))).toEqual(Object.keys(others));
  });
});

describe("seeds", () => {
  const first = (env: View, options?: Parameters<View["reset"]>[0]) => env.reset(options)[0].runner_0[1];

  it("reseed; without one the stream of episodes goes on", () => {
    const env = make();
    const a = [first(env, { seed: 4 }), first(env), first(env)];
    const b = [first(env, { seed: 4 }), first(env), first(env)];
    expect(a).toEqual(b);
    expect(new Set(a).size).toBe(3);
    expect(first(env, { seed: 5 })).not.toBe(a[0]);
    expect(first(make())).toBe(first(make(), { seed: 0 }));
  });

  it("with the option `episode` replay any episode of a stream", () => {
    const env = make();
    const luck = [first(env, { seed: 4 }), first(env), first(env)];
    expect(first(env, { seed: 4, options: { episode: 2 } })).toBe(luck[2]);
    expect(first(env, { options: { episode: 1 } })).toBe(luck[1]);
    expect(first(env)).toBe(luck[2]);
  });

  it("start afresh from mid-episode", () => {
    const env = make();
    const trace = (seed?: number) => [env.reset({ seed }), env.step(still), env.step(still)];
    const before = trace(4);
    env.reset({ seed: 9 });
    env.step({ ...still, runner_0: 1 });
    expect(trace(4)).toEqual(before);
  });
});

describe("what is handed out", () => {
  it("is the same space object at every call", () => {
    const env = make();
    const spaces = env.possibleAgents.map((agent) => [env.observationSpace(agent), env.actionSpace(agent)]);
    env.reset();
    env.step(still);
    env.reset();
    env.possibleAgents.forEach((agent, i) => {
      expect(env.observationSpace(agent)).toBe(spaces[i][0]);
      expect(env.actionSpace(agent)).toBe(spaces[i][1]);
    });
    expect(env.observationSpace("runner_0")).toBe(env.observationSpace("runner_2"));
  });

  it("stays as it was, and nothing done to it reaches the environment", () => {
    const env = make();
    const told: [unknown, unknown][] = [];
    const keep = <T>(value: T) => {
      told.push([value, structuredClone(value)]);
      return value;
    };
    const twin = make();
    twin.reset({ seed: 1 });
    const [observations, infos] = keep(env.reset({ seed: 1 }));
    for (let i = 0; i < 5; i++) keep(env.step(still));
    for (const [value, copy] of told) expect(value).toEqual(copy);
    observations.runner_0.fill(9);
    infos.runner_0.actionMask?.fill(9);
    env.state().fill(9);
    Object.assign(env.counters(), { steps: -1 });
    expect(() => (env.agents as string[]).push("x")).toThrow(TypeError);
    for (let i = 0; i < 5; i++) twin.step(still);
    expect(env.step(still)).toEqual(twin.step(still));
    expect(env.state()).toEqual(twin.state());
    expect(env.counters()).toEqual(twin.counters());
  });

  it("survives many steps: copies never share memory that is written again", () => {
    const env = make({ runners: 64, steps: 600 });
    const [first] = env.reset({ seed: 3 });
    const before = first.runner_63.slice();
    const actions = env.actions((agent) => (agent.startsWith("runner") ? 0 : [0, 0]) as never);
    for (let i = 0; i < 500; i++) env.step(actions);
    expect(first.runner_63).toEqual(before);
  });

  it("equals the buffers of a vector that plays the same actions", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.array(fc.nat(6), { maxLength: 3 }), fc.nat(7), (seed, lives, finish) => {
        const params = { lives, finish };
        const env = make(params);
        const world = vector(relay, 1, params, 0, { autoreset: "disabled" });
        const rng = new Rng(seed, "actions");
        world.reset(seed);
        let [observations, infos] = env.reset({ seed });
        while (env.agents.length > 0) {
          const acting = env.agents;
          const actions = choose(env, rng, infos);
          for (const agent of acting) {
            const [role, i] = agent.split("_") as ["runner" | "judge" | "coach", string];
            const { actions: array, actionSize } = world.roles[role];
            const action = actions[agent];
            array.set(typeof action === "number" ? [action] : action, Number(i) * actionSize);
          }
          world.step();
          const [seen, rewards, terminations, truncations, extras] = env.step(actions);
          [observations, infos] = [seen, extras];
          for (const agent of acting) {
            const [role, i] = agent.split("_") as ["runner" | "judge" | "coach", string];
            const row = Number(i);
            const buffers = world.roles[role];
            const value = observations[agent] as Float32Array | Record<string, Float32Array>;
            const flat = value instanceof Float32Array ? [...value] : Object.values(value).flatMap((part) => [...part]);
            expect(flat).toEqual([...buffers.obs.subarray(row * buffers.obsSize, (row + 1) * buffers.obsSize)]);
            expect(rewards[agent]).toBe(buffers.rewards[row]);
            expect(terminations[agent]).toBe(buffers.terminations[row] === 1);
            expect(truncations[agent]).toBe(buffers.truncations[row] === 1);
            expect(env.agents.includes(agent)).toBe(buffers.alive[row] === 1);
          }
          expect(env.counters()).toEqual(world.counters(0));
        }
        expect(world.ended[0]).toBe(1);
      }),
      { seed: 11, numRuns: 30 },
    );
  });

  it("describes itself", () => {
    const env = make();
    expect(env.metadata).toMatchObject({ name: "relay-v0", isParallelizable: true });
    env.reset();
    env.step(still);
    expect(env.render()).toMatchObject({ width: 4, labels: { t: 1 } });
    expect(env.state().length).toBe(3 * 2 + 3 + 2);
  });
});

describe("a picture", () => {
  it("says what each role did last, in the words of its actions, and of those alone that still act", () => {
    const view = parallel(lowAndSlow, { streams: 8, leakers: 6 });
    view.reset({ seed: 1 });
    expect(view.render()?.labels).not.toHaveProperty("leaker");
    const doing = [3, 0, 0, 0, 1, 2];
    view.step(view.actions((agent) => (agent === "monitor_0" ? 1 : doing[Number(agent.slice(7))])) as never);
    expect(view.render()?.labels).toMatchObject({ leaker: "0 ×3, 0.125, 0.25, 0.5", monitor: "the streams alone" });
    const race = make({ lives: [1, 0, 0] });
    race.reset({ seed: 1 });
    race.step({ ...still, runner_0: 1, judge_0: [1, 0.5], coach_1: [1, 1] } as never);
    expect(race.render()?.labels).toMatchObject({ runner: "0 ×2" });
    expect(race.render()?.labels).not.toHaveProperty("judge");
  });
});

describe("mistakes are refused, and change nothing:", () => {
  const env = make({ lives: [0, 0, 2] });
  env.reset({ seed: 1 });
  const refused = (actions: unknown, words: RegExp, view = env) => {
    const before = view.state();
    const act = () => view.step(actions as Given);
    expect(act).toThrow(InputError);
    expect(act).toThrow(words);
    expect(view.state()).toEqual(before);
    expect(view.counters().steps).toBe(0);
  };

  it.each<[string, unknown, RegExp]>([
    ["no record", undefined, /got undefined, expected a record of actions by agent/],
    ["null", null, /got null, expected a record/],
    ["a number", 3, /got 3, expected a record/],
    ["nobody", {}, /no action for runner_0; every live agent needs one/],
    ["a list", [0, 0, 0, 0, 0, 0], /no action for runner_0|unknown agent "0"/],
    ["a missing agent", { ...still, judge_0: undefined }, /no action for judge_0/],
    ["an unknown agent", { ...still, runner_3: 0 }, /unknown agent "runner_3".*Did you mean "runner_0"/],
    ["one unknown for one missing", { ...still, judge_0: undefined, juge_0: [0, 0] }, /unknown agent "juge_0"/],
    ["too high", { ...still, runner_1: 3 }, /action of runner_1: got 3, expected a whole number from 0 to 2/],
    ["negative", { ...still, runner_1: -1 }, /runner_1: got -1/],
    ["a fraction", { ...still, runner_1: 0.5 }, /runner_1: got 0.5/],
    ["NaN", { ...still, runner_1: Number.NaN }, /runner_1: got NaN/],
    ["text", { ...still, runner_1: "1" }, /runner_1: got "1"/],
    ["masked", { ...still, runner_0: 2 }, /runner_0: got 2, which its action mask \[1,1,0\] forbids now/],
    ["null for a live agent", { ...still, coach_1: null }, /coach_1: got null/],
    ["NaN in a list", { ...still, judge_0: [Number.NaN, 0] }, /judge_0: got NaN at index 0/],
    ["infinity", { ...still, judge_0: [0, Number.POSITIVE_INFINITY] }, /judge_0: got Infinity at index 1/],
    ["out of the box", { ...still, judge_0: [0, 1.01] }, /judge_0: got 1.01 at index 1, expected .* from -1 to 1/],
    ["too short", { ...still, coach_0: [1] }, /coach_0: got 1 numbers, expected 2/],
    ["too long", { ...still, coach_0: [1, 1, 1] }, /coach_0: got 3 numbers, expected 2/],
    ["a component too high", { ...still, coach_0: [1, 3] }, /coach_0: got 3 at index 1/],
  ])("%s", (_, actions, words) => refused(actions, words));

  it("the last agent's mistake does not let the others act", () => {
    const twin = make({ lives: [0, 0, 2] });
    twin.reset({ seed: 1 });
    refused({ ...still, runner_0: 1, coach_1: [9, 9] }, /coach_1/);
    expect(env.step(still)).toEqual(twin.step(still));
  });

  it("calls out of order", () => {
    const fresh = make();
    for (const call of [() => fresh.step(still), () => fresh.state(), () => fresh.render()]) {
      expect(call).toThrow(InputError);
      expect(call).toThrow(/before reset\(\)/);
    }
    fresh.reset();
    fresh.close();
    expect(fresh.agents).toEqual([]);
    expect(() => fresh.step(still)).toThrow(/before reset\(\)/);
  });

  it("bad seeds, options and names", () => {
    const fresh = make();
    fresh.reset({ seed: 2 });
    const before = fresh.state();
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53, "1" as never]) {
      expect(() => fresh.reset({ seed })).toThrow(/seed .*expected a whole number from 0/);
    }
    expect(() => fresh.reset({ options: { episode: -1 } })).toThrow(/first episode -1/);
    expect(() => fresh.reset({ options: { epsode: 1 } as never })).toThrow(/Unknown option.*Did you mean "episode"/);
    expect(fresh.state()).toEqual(before);
    expect(() => fresh.actionSpace("runer_0" as never)).toThrow(/unknown agent "runer_0". Did you mean "runner_0"/);
    expect(() => fresh.observationSpace("constructor" as never)).toThrow(InputError);
    expect(() => make({ runners: 0 })).toThrow(/relay-v0: parameter runners/);
  });
});
