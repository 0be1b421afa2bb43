import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import env from "../../envs/simple-crypto/env.ts";
import scripts from "../../envs/simple-crypto/policies.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallel } from "../../src/env/parallel.ts";
import { vector } from "../../src/env/vector.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { type PolicyFactory, random } from "../../src/policy/policy.ts";

interface Traces {
  readonly agents: readonly ("eve_0" | "bob_0" | "alice_0")[];
  readonly episodes: readonly {
    readonly goal: number;
    readonly key: number;
    readonly reset: string;
    readonly steps: readonly string[];
  }[];
}
const { agents, episodes }: Traces = JSON.parse(
  readFileSync(new URL("simple-crypto.traces.json", import.meta.url), "utf8"),
);
const roles = ["eve", "bob", "alice"] as const;

const bits = (text: string) => Float32Array.from(text, Number);
const record = <T>(values: readonly T[]) => Object.fromEntries(agents.map((agent, i) => [agent, values[i]]));

/** A line of the recording: what was done, and what all agents then got. */
function parse(line: string) {
  const [actions, eve, bob, alice, rewards, terminations, truncations] = line.split(" ");
  return {
    actions: Array.from(actions, Number),
    observations: [eve, bob, alice].map(bits),
    rewards: rewards.split(",").map(Number),
    terminations: Array.from(terminations, (flag) => flag === "1"),
    truncations: Array.from(truncations, (flag) => flag === "1"),
  };
}
const secretsOf = (alice: Float32Array) => `${alice.indexOf(1)} ${alice.indexOf(1, 4) - 4}`;

describe("the recording of MPE2", () => {
  it("is of this game: same agents in the same order, 25 steps", () => {
    const view = parallel(env);
    expect(agents).toEqual(view.possibleAgents);
    expect(episodes.length).toBe(12);
    for (const { steps } of episodes) expect(steps.length).toBe(25);
    expect(new Set(episodes.map(({ goal, key }) => `${goal} ${key}`)).size).toBe(4);
  });

  it.each(episodes.map((episode, number) => ({ number, ...episode })))(
    "is equalled step by step by the record view, episode $number (goal $goal, key $key)",
    ({ goal, key, reset, steps }) => {
      const view = parallel(env);
      let seed = 0;
      while (secretsOf(view.reset({ seed })[0].alice_0) !== `${goal} ${key}`) seed++;
      const [first] = view.reset({ seed });
      expect(first).toEqual(record(reset.split(" ").map(bits)));
      steps.forEach((line, t) => {
        const step = parse(line);
        const [eve_0, bob_0, alice_0] = step.actions;
        const [observations, rewards, terminations, truncations] = view.step({ eve_0, bob_0, alice_0 });
        expect(observations).toEqual(record(step.observations));
        for (const [i, agent] of agents.entries()) expect(rewards[agent] === step.rewards[i]).toBe(true); // 0 equals −0
        expect(terminations).toEqual(record(step.terminations));
        expect(truncations).toEqual(record(step.truncations));
        expect(view.agents.length).toBe(t < 24 ? 3 : 0);
      });
    },
  );

  it("is equalled by the vector, all episodes side by side among 64 copies", () => {
    const world = vector(env, 64, {}, 0, { autoreset: "disabled" });
    world.reset();
    const free = new Set(Array.from({ length: 64 }, (_, copy) => copy));
    const copyOf = episodes.map(({ goal, key }) => {
      const match = [...free].find((copy) => {
        return secretsOf(world.roles.alice.obs.subarray(copy * 8, copy * 8 + 8)) === `${goal} ${key}`;
      });
      if (match === undefined) throw new Error(`no copy has goal ${goal} and key ${key}`);
      free.delete(match);
      return match;
    });
    for (let t = 0; t < 25; t++) {
      const lines = episodes.map(({ steps }) => parse(steps[t]));
      lines.forEach(({ actions }, e) => {
        roles.forEach((role, i) => {
          world.roles[role].actions[copyOf[e]] = actions[i];
        });
      });
      world.step();
      lines.forEach((line, e) => {
        roles.forEach((name, i) => {
          const role = world.roles[name];
          const copy = copyOf[e];
          const seen = role.obs.subarray(copy * role.obsSize, (copy + 1) * role.obsSize);
          expect(seen).toEqual(line.observations[i]);
          expect(role.rewards[copy] === line.rewards[i]).toBe(true);
          expect(role.terminations[copy] === 1).toBe(line.terminations[i]);
          expect(role.truncations[copy] === 1).toBe(line.truncations[i]);
        });
      });
    }
    expect([...world.ended]).toEqual(new Array(64).fill(1));
  });
});

describe("play", () => {
  const play = (policies: Readonly<Record<string, PolicyFactory>>, episodes = 2000) =>
    evaluate(env as Environment, { policies, episodes, seed: 11, split: ["test"] });
  const metrics = (policies: Readonly<Record<string, PolicyFactory>>) => {
    const counters = sumCounters(play(policies));
    return metricsOf(env as Environment, counters, counters);
  };
  const { none, guess, listen } = scripts.attacks;
  const { plain } = scripts.defences;

  it("at random pays Eve −1.5 a step in the mean and the others nothing", () => {
    const { returns } = play({ eve: random, bob: random, alice: random });
    roles.forEach((_, r) => {
      const perStep = Array.from({ length: 2000 }, (_, e) => returns[e * 3 + r] / 25);
      const mean = perStep.reduce((sum, x) => sum + x / 2000, 0);
      const variance = perStep.reduce((sum, x) => sum + (x - mean) ** 2 / 1999, 0);
      const error = Math.sqrt(variance / 2000);
      expect(Math.abs(mean - [-1.5, 0, 0][r])).toBeLessThan(3 * error);
      expect(error).toBeLessThan(0.01);
    });
  });

  it("with a key keeps the secret: Bob is right once he has heard a message, Eve no better than by chance", () => {
    const { accuracy, secrecy } = metrics({ ...scripts.defaults, ...listen.roles });
    // In the first step Bob has heard nothing and answers the key, which is the goal half of the time.
    expect(accuracy).toBeGreaterThan(24 / 25);
    expect(Math.abs(accuracy - 24.5 / 25)).toBeLessThan(0.001);
    // Of 2000 fair coins, one an episode: her answer is the goal or never.
    expect(secrecy).toBeGreaterThan(1 - 2 * 3 * Math.sqrt(0.25 / 2000));
    expect(metrics({ ...scripts.defaults, ...none.roles }).secrecy).toBe(1);
    expect(metrics({ ...scripts.defaults, ...guess.roles }).secrecy).toBe(1);
  });

  it("in the open tells Eve all that it tells Bob", () => {
    const { accuracy, secrecy } = metrics({ ...scripts.defaults, ...listen.roles, ...plain.roles });
    // Chance-corrected: what she knows beyond the half that luck gives.
    expect(secrecy).toBeCloseTo(1 - (2 * accuracy - 1), 12);
    expect(accuracy).toBeGreaterThan(24 / 25);
  });
});
