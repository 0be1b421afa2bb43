import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { InputError } from "../../src/data/errors.ts";
import { aec } from "../../src/env/aec.ts";
import { parallel } from "../../src/env/parallel.ts";
import { relay } from "./toys.ts";

const make = (params: z.input<typeof relay.params> = {}) => aec(parallel(relay, { runners: 2, ...params }));
const act = (agent: string) => (agent.startsWith("runner") ? 1 : [0, 0]);

/** Plays to the end; what each turn saw and was told. */
function play(env: ReturnType<typeof make>) {
  const turns: { agent: string; reward: number; done: boolean }[] = [];
  for (const agent of env.agentIter(200)) {
    const [, reward, termination, truncation] = env.last();
    const done = termination || truncation;
    turns.push({ agent, reward, done });
    env.step(done ? null : act(agent));
  }
  return turns;
}

describe("turns", () => {
  it("go round, all within a cycle on the observations of its start", () => {
    const env = make();
    env.reset({ seed: 1 });
    const before = env.observe("coach_1");
    expect(env.agentSelection).toBe("runner_0");
    env.step(1);
    expect(env.agentSelection).toBe("runner_1");
    env.step(0);
    env.step([1, 0]);
    env.step([0, 2]);
    expect(env.observe("judge_0")).toEqual({ seen: new Float32Array(2), time: Float32Array.of(0) });
    expect(env.last()[0]).toBe(before);
    env.step([0, 0]);
    expect(env.agentSelection).toBe("runner_0");
    expect(env.observe("judge_0")).toEqual({ seen: Float32Array.of(1, 0), time: Float32Array.of(1) });
    expect(env.observe("coach_0")).toEqual(Float32Array.of(2));
    expect(env.last().slice(1)).toEqual([1.5, false, false, { actionMask: Uint8Array.of(1, 1, 1) }]);
    expect(env.last(false)[0]).toBeNull();
  });

  it("plays what the record view plays", () => {
    const turns = play(
      (() => {
        const env = make();
        env.reset({ seed: 2 });
        return env;
      })(),
    );
    const view = parallel(relay, { runners: 2 });
    view.reset({ seed: 2 });
    const earned: number[] = [];
    while (view.agents.length > 0) {
      earned.push(...Object.values(view.step(view.actions((agent) => act(agent) as never))[1]));
    }
    expect(turns.slice(5).map(({ reward }) => reward)).toEqual(earned);
    expect(turns.slice(0, 5).map(({ reward }) => reward)).toEqual([0, 0, 0, 0, 0]);
    expect(turns.filter(({ done }) => done).map(({ agent }) => agent)).toEqual(view.possibleAgents);
  });

  it("keeps `rewards` such that they add up to what `last` tells", () => {
    const env = make({ lives: [2, 3] });
    env.reset({ seed: 3 });
    const sums: Record<string, number> = Object.fromEntries(env.agents.map((agent) => [agent, 0]));
    for (const agent of env.agentIter()) {
      const [, reward, termination, truncation] = env.last();
      expect(reward).toBe(sums[agent]);
      sums[agent] = 0;
      env.step(termination || truncation ? null : act(agent));
      for (const [name, value] of Object.entries(env.rewards)) sums[name] += value;
      const present = [...env.agents].sort();
      for (const record of [env.rewards, env.terminations, env.truncations, env.infos]) {
        expect(Object.keys(record).sort()).toEqual(present);
      }
    }
    expect(env.agents).toEqual([]);
  });

  it("lets the done take their empty step first, then the living go on", () => {
    const env = make({ lives: [0, 2], steps: 3 });
    env.reset({ seed: 1 });
    const names = play(env).map(({ agent, done }) => (done ? `${agent}!` : agent));
    expect(names).toEqual([
      ...["runner_0", "runner_1", "judge_0", "coach_0", "coach_1"],
      ...["runner_0", "runner_1", "judge_0", "coach_0", "coach_1"],
      "runner_1!",
      ...["runner_0", "judge_0", "coach_0", "coach_1"],
      ...["runner_0!", "judge_0!", "coach_0!", "coach_1!"],
    ]);
    expect(env.agentSelection).toBeUndefined();
    env.reset();
    expect(env.agents.length).toBe(5);
    expect(play(env).length).toBe(19);
  });

  it("ends agentIter after the turns asked for", () => {
    const env = make();
    env.reset();
    const seen: string[] = [];
    for (const agent of env.agentIter(3)) {
      seen.push(agent);
      env.step(act(agent));
    }
    expect(seen).toEqual(["runner_0", "runner_1", "judge_0"]);
  });
});

describe("mistakes", () => {
  it("are refused at the turn of whoever makes them, and change nothing", () => {
    const env = make();
    expect(() => env.step(0)).toThrow(/nobody to act; call reset\(\)/);
    expect(() => env.last()).toThrow(InputError);
    expect(() => env.observe("runner_0")).toThrow(/not in the game; in it: nobody/);
    env.reset();
    for (const [action, words] of [
      [null, /action of runner_0: got null, expected a whole number/],
      [2, /action of runner_0: got 2, which its action mask \[1,1,0\] forbids/],
      [Number.NaN, /got NaN/],
      [[0, 0], /got a list of 2/],
    ] as const) {
      expect(() => env.step(action)).toThrow(words);
      expect(env.agentSelection).toBe("runner_0");
    }
    env.step(0);
    expect(env.agentSelection).toBe("runner_1");
    expect(() => env.observe("runner_9")).toThrow(/"runner_9" is not in the game/);
  });

  it("of the done: they get null and nothing else", () => {
    const env = make({ steps: 1 });
    env.reset();
    for (const agent of env.agentIter(5)) env.step(act(agent));
    expect(() => env.step(1)).toThrow(/runner_0 is done: got 1, expected null/);
    env.step(null);
    expect(() => env.observe("runner_0")).toThrow(InputError);
  });

  it("of types do not compile", () => {
    expectTypeOf(make().agentSelection).toEqualTypeOf<
      `runner_${number}` | "judge_0" | "coach_0" | "coach_1" | undefined
    >();
    // @ts-expect-error: an action is a number or a list
    void (() => make().step("left"));
    // @ts-expect-error: no such agent
    void (() => make().observe("judge_1"));
  });
});
