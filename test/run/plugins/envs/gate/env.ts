import { box, defineEnv, discrete, ratio } from "masque";
import { z } from "zod";

/**
 * A keeper holds a gate open or shut; raiders push through it or wait. The keeper sees whether anyone pushed in the step
 * before, so it can let everyone in and still shut raiders out after the first step. A knob slows raiders down.
 */
export default defineEnv({
  id: "gate-v0",
  summary: "A gate that must be open for some and shut for others.",
  threat: "trespass",
  params: z.object({
    moat: z.number().min(0).max(1).default(0),
    steps: z.int().min(1).max(100).default(8),
  }),
  knobs: { moat: { off: 0, lockdown: 1, grid: [0, 0.5, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    raider: { side: "attacker", count: 2, observation: box([1], 0, 1), action: discrete(2) },
    keeper: { side: "defender", count: 1, observation: box([1], 0, 1), action: discrete(2) },
  }),
  counters: ["pushes", "through", "days", "open"],
  metrics: {
    trade: { axis: "utility", summary: "days with an open gate", of: (c) => ratio(c.open, c.days, 1) },
    peace: {
      axis: "security",
      summary: "raiders kept out, by the clean arm's days",
      of: (c, { clean }) => 1 - Math.min(1, ratio(c.through, 2 * clean.days, 0)),
    },
  },
  create({ params: { moat }, slots: { raider, keeper }, rng, counters }) {
    return {
      reset() {},
      step() {
        const open = keeper[0].action === 0;
        let pushed = 0;
        counters.days++;
        if (open) counters.open++;
        for (const one of raider) {
          if (one.action === 0) continue;
          pushed = 1;
          counters.pushes++;
          if (!open || rng.bernoulli(moat)) continue;
          counters.through++;
          one.reward = 1;
        }
        keeper[0].obs[0] = pushed;
      },
    };
  },
});
