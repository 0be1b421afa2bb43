import { z } from "zod";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { box, discrete } from "../../src/spaces/index.ts";

const WIDTH = 32;

/** A light environment to time learners on: eight agents see 32 numbers and are paid for naming the first of them. */
export const stage = defineEnv({
  id: "stage-v0",
  summary: "Eight agents, 32 numbers each, eight choices: a stage for timing learners.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(64) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    actor: { side: "attacker", count: 8, observation: box([WIDTH], 0, 1), action: discrete(8) },
  }),
  counters: ["right", "asked"],
  metrics: { accuracy: { axis: "utility", summary: "share of right answers", of: (c) => ratio(c.right, c.asked, 0) } },
  create({ slots: { actor }, rng, counters }) {
    const show = () => {
      for (const { obs } of actor) {
        // One word feeds four numbers: the learner is timed, not the generator.
        for (let i = 0; i < WIDTH; i += 4) {
          const word = rng.word();
          obs[i] = (word & 255) / 255;
          obs[i + 1] = ((word >>> 8) & 255) / 255;
          obs[i + 2] = ((word >>> 16) & 255) / 255;
          obs[i + 3] = (word >>> 24) / 255;
        }
      }
    };
    return {
      reset: show,
      step() {
        for (const one of actor) {
          const right = one.action === Math.min(7, Math.floor(one.obs[0] * 8)) ? 1 : 0;
          one.reward = right;
          counters.right += right;
          counters.asked++;
        }
        show();
      },
    };
  },
});
