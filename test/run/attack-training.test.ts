import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseConfig } from "../../src/benchmark/config.ts";
import { resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { defineEnv, type Environment, ratio } from "../../src/env/define.ts";
import { vector } from "../../src/env/vector.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { attackTraining } from "../../src/run/attack-training.ts";
import { makePlan } from "../../src/run/plan.ts";
import { box, discrete } from "../../src/spaces/index.ts";

/** The environment pays for noise; what is measured is what is stolen, and how many doors are shut. */
const thieves = defineEnv({
  id: "thieves-v0",
  summary: "Action 1 steals, 2 shuts a door, 3 makes noise.",
  threat: "none",
  params: z.object({ steps: z.int().default(4) }),
  knobs: {},
  horizon: (p) => p.steps,
  roles: () => ({ thief: { side: "attacker", count: 2, observation: box([1], 0, 1), action: discrete(4) } }),
  counters: ["steps", "stolen", "shut"],
  metrics: {
    open: { axis: "utility", arm: "attacked", summary: "", of: (c) => 1 - ratio(c.shut, 2 * c.steps, 0) },
    safe: { axis: "security", summary: "", of: (c, { clean }) => 1 - ratio(c.stolen, 2 * clean.steps, 0) },
  },
  create: ({ slots: { thief }, counters }) => ({
    reset() {},
    step() {
      counters.steps++;
      for (const one of thief) {
        if (one.action === 1) counters.stolen++;
        if (one.action === 2) counters.shut++;
        if (one.action === 3) one.reward = 1;
      }
    },
  }),
});

/** What both thieves earn in a step, by what the first does, the second doing nothing. */
function earned(lambda: number): number[] {
  const { env } = attackTraining(
    thieves as Environment,
    ["thief"],
    { utility: "open", security: "safe", lambda },
    () => ({
      steps: 4,
      stolen: 0,
      shut: 0,
    }),
  );
  return [0, 1, 2, 3].map((action) => {
    const world = vector(env, 1, {}, 1);
    world.reset();
    const { actions, rewards } = world.roles.thief;
    actions.set([action, 0]);
    world.step();
    expect(rewards[0]).toBe(rewards[1]);
    return rewards[0];
  });
}

describe("an attack that is trained on a benchmark's metrics", () => {
  it("earns what lowers security + λ · utility, whatever the environment pays", () => {
    // One theft lowers safe by 1/8, one door open by λ/8; noise, and time, are worth nothing.
    expect(earned(0)).toEqual([0, 0.125, 0, 0].map((x) => expect.closeTo(x, 9)));
    expect(earned(3)).toEqual([0, 0.125, 0.375, 0].map((x) => expect.closeTo(x, 9)));
  });

  it("is another training than that on the environment's rewards, which stays what it was", async () => {
    const cells = async (more: object) => {
      const text = JSON.stringify({
        schema: 1,
        name: "aimed",
        environment: { id: "pricing-cartel-v1" },
        defence: { knobs: { auditRate: [0.5] } },
        portfolio: ["none", { baseline: "cem", budget: 20_000, ...more }],
        seeds: { runs: 1 },
      });
      const benchmark = await resolveBenchmark(parseConfig(text, "aimed.yaml"), openRegistry([]), () => ({}));
      return makePlan(benchmark).cells.filter(({ stage }) => stage === "train");
    };
    const [plain, aimed, other] = [await cells({}), await cells({ lambda: 0 }), await cells({ lambda: 1 })];
    expect(plain[0].spec).not.toHaveProperty("objective");
    expect(aimed[0].spec.objective).toEqual({ utility: "utility", security: "competition", lambda: 0 });
    expect(new Set([plain, aimed, other].map(([{ hash }]) => hash)).size).toBe(3);
    await expect(cells({ lambda: -1 })).rejects.toThrow(/lambda/);
  });
});
