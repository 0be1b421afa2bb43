import { box, defineEnv, discrete, ratio } from "masque";
import { z } from "zod";

/** Two climbers try a wall: action 1 gets over with probability 1 − wall, action 2 (no script knows it) 1 − wall/2. */
export default defineEnv({
  id: "toy-v0",
  summary: "Climbers and a wall.",
  threat: "trespass",
  params: z.object({
    wall: z.number().min(0).max(1).default(0),
    steps: z.int().min(1).max(100).default(4),
    label: z.string().default("x"),
  }),
  knobs: { wall: { off: 0, lockdown: 1, grid: [0, 0.5, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    climber: { side: "attacker", count: 2, observation: box([1], 0, 1), action: discrete(3) },
    keeper: { side: "defender", count: 1, observation: box([1], 0, 1), action: discrete(2) },
  }),
  counters: ["tries", "over", "walks", "open"],
  metrics: {
    access: { axis: "utility", summary: "walkers let through", of: (c) => ratio(c.open, c.walks, 1) },
    closed: { axis: "security", summary: "climbers kept out", of: (c) => 1 - ratio(c.over, c.tries, 0) },
  },
  create({ params: { wall }, slots: { climber, keeper }, rng, counters }) {
    return {
      reset() {},
      step() {
        counters.walks++;
        if (!rng.bernoulli(wall * wall) && keeper[0].action === 0) counters.open++;
        for (const one of climber) {
          const over = one.action > 0 && rng.bernoulli(1 - wall / one.action);
          counters.tries++;
          if (over) counters.over++;
          one.reward = over ? 1 : 0;
        }
      },
    };
  },
});
