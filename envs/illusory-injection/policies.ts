import { constant, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { blind, cusum, inspect, latch } from "./guards.ts";
import { type Plan, play } from "./plans.ts";
import { HEED, WAIVE } from "./spaces.ts";

const attack = (summary: string, plan: Plan, more: { tuningSteps?: number } = {}) => ({
  summary,
  joint: true,
  ...more,
  roles: { device: play(plan) },
});

/** `npm run evidence -- illusory-injection search`: 4 numbers, 30 candidates × 14 generations × 24 episodes of 400 steps in two arms. */
const SEARCHED = { tuningSteps: 30 * 14 * 24 * 400 * 2 };
/** Section `mixtures`: 104 plans × 48 episodes of 400 steps in two arms. */
const MIXED = { tuningSteps: 104 * 48 * 400 * 2 };
const covert = (upTo: number) =>
  attack(`pushes up to Δ = ${upTo} and reports less from Δ = 1.25 on`, {
    report: "less",
    from: 1.25,
    push: { upTo },
  });

/** Parameter sets that between them reach every branch: defaults, the three ways to test, honest robots, both ends. */
export const variants = [
  {},
  { fusion: "fused", taken: 3 },
  { fusion: "separate", taken: 2, watermark: 0.2, falseAlarm: 0.2 },
  { leak: true, logbook: true, falseAlarm: 0.5, hold: 16, steps: 120 },
  { devices: 1, taken: 1, steps: 60, window: 4, hold: 8, falseAlarm: 0.5, noise: 4 },
  { devices: 16, taken: 5, fusion: "separate", watermark: 0, steps: 60 },
  { falseAlarm: 1, steps: 40 },
  { falseAlarm: 0, watermark: 0, steps: 40 },
] as const;

export default {
  defaults: { guard: constant(HEED) },
  attacks: {
    none: attack("does as the honest do", { report: "truth", push: "none" }),
    push: attack("naive: pushes and reports the truth", { report: "truth", push: "full" }),
    biaspush: attack("pushes, and everyone reports less", { report: "less", push: "full" }),
    illusion: attack("pushes behind the twin's readings", { report: "twin", push: "full" }),
    illus5: attack("the same, up to Δ = 5", { report: "twin", push: { upTo: 5 } }),
    "covert-2.5": covert(2.5),
    "covert-3.2": covert(3.2),
    "covert-4": covert(4),
    "covert-5": covert(5),
    "covert-10": attack("reports less from Δ = 2 on, and holds Δ at 10 with as many robots as it takes", {
      report: "less",
      from: 2,
      push: { hold: 10 },
    }),
    steady: attack("steers the load to 4 by its own readings, and reports less once the gap is seen", {
      report: "less",
      gap: 1,
      push: { aim: 4 },
    }),
    hug: attack(
      "the same, a little farther while the window's energy is behind its mean: by search",
      { report: "less", gap: 1, push: { aim: 3.9, slack: 1, rise: 0.4 } },
      SEARCHED,
    ),
    pulse: attack("pushes and reports less in 10 of 32 steps", { report: "less", push: "full", rhythm: [10, 32] }),
    pulseI: attack("illusion and push in 16 of 48 steps", { report: "twin", push: "full", rhythm: [16, 48] }),
    seesaw: attack(
      "half of the robots follow the twin, half report less, Δ is held at 14: their mean stands still",
      { report: "less", twins: 0.5, push: { hold: 14 } },
      MIXED,
    ),
    blend: attack(
      "a quarter follow the twin, of the others as many report less as hide Δ, which is held at 14",
      { report: "hide", twins: 0.25, push: { hold: 14 } },
      MIXED,
    ),
  },
  defences: {
    asleep: { summary: "waives every alarm", roles: { guard: constant(WAIVE) } },
    blind: {
      summary: "waives alarms, and takes over at random for the share of time that the dial allows",
      roles: { guard: blind },
    },
    latch: { summary: "after the first alarm never lets go", roles: { guard: latch } },
    cusum: {
      summary: "heeds alarms, and adds up the evidence that reports lack the watermark from window to window (CUSUM)",
      roles: { guard: cusum },
    },
    inspect: {
      summary: "never lets go once the gauge found the load more than 5 from where it was expected (needs `logbook`)",
      roles: { guard: inspect },
    },
  },
} satisfies ScriptsFor<typeof env>;
