import { z } from "zod";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { box, dict, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";

const seen = { says: "a number" };

/**
 * An environment that shows everything the contract offers: deaths, masks, every kind of action and observation.
 * Runner i dies in step `lives[i]` (0: never); the world ends in step `finish` (0: never). Action 2 is forbidden to
 * runners at even times.
 */
export const relay = defineEnv({
  id: "relay-v0",
  summary: "A toy for tests.",
  threat: "none",
  coordination: { attacker: "factored", defender: "joint" },
  params: z.object({
    runners: z.int().min(1).max(64).default(3),
    steps: z.int().min(1).default(6),
    lives: z.array(z.int()).default([]),
    finish: z.int().default(0),
    guard: z.number().min(0).max(1).default(0),
  }),
  knobs: { guard: { off: 0, lockdown: 1, grid: [0, 0.5, 1] } },
  horizon: ({ steps }) => steps,
  roles: ({ runners, steps }) => ({
    runner: {
      side: "attacker",
      count: runners,
      observation: layout({ time: box([1], 0, steps, seen), luck: box([1], 0, 1, seen) }),
      action: discrete(3, { says: "how far to go" }),
      masked: true,
    },
    judge: {
      side: "defender",
      count: 1,
      observation: dict({ seen: box([2], -2, 2, seen), time: box([1], 0, steps, seen) }),
      action: box([2], -1, 1, { says: "two numbers" }),
    },
    coach: {
      side: "benign",
      count: 2,
      observation: box([1], 0, 2, seen),
      action: multiDiscrete([2, 3], { components: [{ names: ["a", "b"] }, { says: "c" }] }),
      masked: true,
    },
  }),
  counters: ["moves", "luck", "steps"],
  metrics: {
    calm: { axis: "utility", summary: "1 − mean luck", of: (c) => 1 - ratio(c.luck, c.steps, 0) },
    guard: { axis: "security", summary: "steps in which nobody moved", of: (c) => 1 - ratio(c.moves, c.steps, 0) },
  },
  create({
    params: { lives, finish, guard },
    slots: {
      runner: runners,
      judge: [judge],
      coach: [first, second],
    },
    rng,
    counters,
    world,
  }) {
    let luck = 0;
    const show = (t: number) => {
      luck = rng.float32() * (1 - guard);
      for (const runner of runners) {
        if (!runner.alive) continue;
        runner.parts.time[0] = t;
        runner.parts.luck[0] = luck;
        runner.mask[2] = t % 2;
      }
      judge.parts.time[0] = t;
    };
    return {
      reset: () => show(0),
      step() {
        const t = world.t + 1;
        counters.steps++;
        counters.luck += luck;
        let moved = 0;
        for (const runner of runners) if (runner.alive && runner.action > 0) moved = 1;
        counters.moves += moved;
        runners.forEach((runner, i) => {
          if (!runner.alive) return;
          runner.reward = t + runner.action / 2;
          if (lives[i] === t) runner.terminate();
        });
        judge.parts.seen[0] = judge.action[0] + judge.action[1];
        judge.reward = judge.action[0];
        first.obs[0] = first.action[1];
        second.obs[0] = second.action[0];
        show(t);
        if (finish === t) world.terminate();
      },
      render: () => ({
        width: 4,
        height: 2,
        labels: { t: world.t },
        shapes: [{ kind: "text", x: 0, y: 0, text: String(world.t) }],
      }),
    };
  },
});
