import { box, defineEnv, discrete, layout, ratio } from "masque";
import { z } from "zod";

// A thief takes what it can, until a guard who looks now and then sees it. Looking disturbs the work.

const params = z.object({
  steps: z.int().min(1).max(10_000).default(50).describe("steps an episode"),
  vigilance: z.number().min(0).max(1).default(0.1).describe("chance that the guard looks, each step"),
});

/** What everyone sees. Parts have names: dynamics write `slot.parts.time`, policies read `obs[from + at.time]`. */
const clock = layout({ time: box([1], 0, 1, { says: "share of the episode's steps taken" }) });

export default defineEnv({
  id: "new-game-v0", // -vN goes up whenever the rules change: old results stay comparable among themselves
  summary: "A thief takes what it can until a guard, who looks now and then and disturbs work by it, sees it.",
  threat: "theft between random checks",
  // factored: agents act on what they see themselves. joint: one controller may see its whole side.
  coordination: { attacker: "factored", defender: "factored" },
  params,
  // Parameters that are a defence's dial, from doing nothing to stopping everything.
  knobs: { vigilance: { off: 0, lockdown: 1, grid: [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    thief: { side: "attacker", count: 1, observation: clock, action: discrete(2, { names: ["wait", "grab"] }) },
    guard: { side: "defender", count: 1, observation: clock, action: discrete(2, { names: ["rest", "look"] }) },
  }),
  // Added up during an episode; metrics are functions of their sums, in [0,1].
  counters: ["steps", "looks", "taken"],
  metrics: {
    utility: {
      axis: "utility",
      summary: "share of steps in which nobody disturbs the work",
      of: (c) => 1 - ratio(c.looks, c.steps, 0),
    },
    security: {
      axis: "security",
      summary: "1 − share of steps in which something is taken",
      of: (c) => 1 - ratio(c.taken, c.steps, 0),
    },
  },
  // Everything one copy remembers lies in here. Randomness: only the `rng` that create() is also handed.
  create({
    params,
    slots: {
      thief: [thief],
      guard: [guard],
    },
    counters,
    world,
  }) {
    return {
      reset() {}, // observations are zero already
      step() {
        const looks = guard.action === 1;
        const grabs = thief.alive && thief.action === 1;
        counters.steps++;
        if (looks) counters.looks++;
        if (looks && grabs) thief.terminate(); // seen: out for the rest of the episode
        if (grabs && !looks) {
          counters.taken++;
          thief.reward = 1; // an attacker is paid for what lowers security, or it learns something else
          guard.reward = -1;
        }
        thief.parts.time[0] = guard.parts.time[0] = (world.t + 1) / params.steps;
      },
      render: () => ({
        title: thief.alive ? "at large" : "seen",
        width: 10,
        height: 4,
        labels: { taken: counters.taken, looks: counters.looks },
        shapes: [
          { kind: "circle", x: 3, y: 2, r: 1, tone: thief.alive ? "attacker" : "neutral", label: "thief" },
          { kind: "circle", x: 7, y: 2, r: 1, tone: guard.action === 1 ? "good" : "defender", label: "guard" },
        ],
      }),
    };
  },
});
