import { describe, expect, it } from "vitest";
import { z } from "zod";
import { resolveParams } from "../../src/env/params.ts";
import { vector } from "../../src/env/vector.ts";
import { box, defineEnv, discrete, layout } from "../../src/index.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { type Decide, type Play, playEpisode, type Turn } from "../../src/llm/episode.ts";
import { faceOf, turnPrompt } from "../../src/llm/face.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { random } from "../../src/policy/policy.ts";
import { observationMeaning } from "../../src/spaces/index.ts";
import { conformance } from "../../src/testing/index.ts";
import { relay } from "../env/toys.ts";

const registry = openRegistry();

describe.each(await registry.environments())("$name", (plugin) => {
  const { env } = plugin;
  const set = plugin.text()!;

  it("has a small text set, and words for every role at it", () => {
    const params = resolveParams(env, set.params);
    expect(env.horizon(params)).toBeLessThanOrEqual(16);
    const world = vector(env, 1, set.params as never, 1);
    world.reset();
    for (const role of Object.values(world.roles)) {
      const face = faceOf(env, params, role.name);
      const turn = turnPrompt(face, role, 0, { step: 1, horizon: world.horizon, before: [] });
      expect(face.system.length + turn.length).toBeLessThan(6000);
      expect(face.system + turn).not.toMatch(/undefined|NaN|\[object/);
      expect(face.system).toContain(env.summary);
      for (const { name, says } of observationMeaning(role.spec.observation)) {
        expect(face.system).toContain(`- ${name}`);
        expect(face.system).toContain(says);
        expect(turn).toContain(`- ${name}: `);
      }
    }
  });
});

const said = defineEnv({
  id: "said-v0",
  summary: "A toy.",
  threat: "none",
  params: z.object({ steps: z.int().default(2).describe("steps an episode") }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    guard: {
      side: "defender",
      count: 2,
      observation: layout({
        level: box([1], -1, 1, { says: "how it stands" }),
        room: box([3], 0, 1, { says: "the room, one-hot", names: ["hall", "attic", "cellar"] }),
        heard: box([12], 0, 1, { says: "what was heard" }),
        bits: box([2], 0, 1, { says: "bits of the key" }),
      }),
      action: discrete(2, { says: "the verdict", names: ["pass", "accuse"] }),
    },
  }),
  counters: ["n"],
  metrics: {
    service: { axis: "utility", summary: "share served", of: () => 1 },
    safety: { axis: "security", summary: "share not stolen", of: () => 1 },
  },
  create: ({ slots: { guard } }) => ({
    reset() {
      for (const one of guard) {
        one.parts.level[0] = -0.123456;
        one.parts.room[1] = 1;
        one.parts.heard[3] = one.parts.heard[11] = 1;
        one.parts.bits[1] = 1;
      }
    },
    step() {
      guard[0].parts.level[0] = -0;
      guard[0].parts.room.fill(0);
      guard[0].parts.heard.fill(0.5);
    },
  }),
});

describe("prompts", () => {
  const play: Play = {
    env: said as never,
    params: { steps: 3 },
    policies: { guard: random },
    speaking: ["guard"],
    history: 1,
    seed: 1,
    split: ["test"],
  };
  const turns: Turn[] = [];
  const decide: Decide = (turn) => {
    turns.push(turn);
    return { way: "valid", action: [turn.step === 0 ? 1 : 0] };
  };

  it("say what the game is, whose part it is, what pays, what is seen and what may be done", async () => {
    await playEpisode(play, 0, decide);
    const [{ content: system }, { content: first }] = turns[0].messages;
    expect(system).toContain("The game (said-v0): A toy.\nYour part: guard, one of 2, on the defender side.\n");
    expect(system).toContain(
      'You want "safety" (share not stolen) to be high, at as little cost to "service" (share served) as possible.',
    );
    expect(system).toContain("- steps = 3: steps an episode");
    expect(system).toContain("- room (3 numbers), 0 to 1: the room, one-hot");
    expect(system).toContain('- the verdict: "pass", "accuse"');
    expect(first).toBe(
      "You are guard_0. Step 1 of at most 3.\n\nNow you see:\n- level: -0.123\n- room: attic\n- heard: 1 at 3, 11\n- bits: 0, 1\n\nWhat do you do?",
    );
  });

  it("remember as many steps as they should, and what was done in them", () => {
    const second = turns[2].messages[1].content;
    expect(second).toContain(
      'Before:\n- step 1: level: -0.123; room: attic; heard: 1 at 3, 11; bits: 0, 1; you did "accuse"\n',
    );
    expect(second).toContain("- level: 0\n- room: none\n- heard: 0.5, 0.5");
    const third = turns[4].messages[1].content;
    expect(third.match(/you did/g)).toHaveLength(1);
    expect(third).toContain("- step 2: level: 0; room: none");
  });

  it("of two agents differ by their names", () => {
    expect(turns[0].prompt).not.toBe(turns[1].prompt);
    expect(turns[1].messages[1].content).toContain("You are guard_1.");
  });
});

describe("the conformance kit", () => {
  const check = (params: Readonly<Record<string, unknown>>) =>
    conformance(relay, { text: { params } }).find(({ check }) => check.includes("text set"))!;

  it("holds text sets to sixteen decisions, and to the environment's parameters", () => {
    expect(check({ steps: 16 }).error).toBeUndefined();
    expect(check({ steps: 17 }).error).toMatch(/episodes of up to 17 steps, expected at most 16/);
    expect(check({ stops: 3 }).error).toMatch(/unknown parameter "stops"/);
  });
});

describe("an episode in which models speak", () => {
  const roles = { runner: random, judge: random, coach: random };
  const options = { params: { lives: [2] }, seed: 5, split: ["test", 0] };
  const play: Play = {
    env: relay as never,
    policies: roles,
    speaking: ["runner", "judge", "coach"],
    history: 2,
    ...options,
    params: resolveParams(relay, options.params),
  };

  it("whose every answer is what its fallback does is the episode that `evaluate` plays, to the bit", async () => {
    const plain = evaluate(relay, { ...options, policies: roles, episodes: 3 });
    const spoken = await playEpisode(play, 2, ({ fallback }) => ({ way: "invalid", action: fallback }));
    expect([...spoken.trace]).toEqual([...plain.traces.slice(4, 6)]);
    expect([...spoken.counters]).toEqual([...plain.counters.slice(6, 9)]);
    expect([...spoken.returns]).toEqual([...plain.returns.slice(6, 9)]);
  });

  it("asks nobody who is dead, and nobody who has no choice", async () => {
    const asked: string[] = [];
    const spoken = await playEpisode(play, 0, ({ role, row, step, fallback }) => {
      asked.push(`${role}_${row} ${step}`);
      return { way: "valid", action: fallback };
    });
    expect(asked.filter((one) => one.startsWith("runner_0"))).toEqual(["runner_0 0", "runner_0 1"]);
    expect(spoken.deeds.runner.ways).toHaveLength(2 + 6 + 6);
  });

  it("does not take an action that its space or mask forbids", async () => {
    await expect(
      playEpisode({ ...play, speaking: ["runner"] }, 0, () => ({ way: "valid", action: [7] })),
    ).rejects.toThrow(/action of runner_0/);
  });
});
