import type { Registry } from "../../src/library/registry.ts";
import type { Evidence } from "./evidence.ts";
import { type Arm, printComparison } from "./values/compare.ts";

// Learners of action values. Settings were chosen by looking at seeds below 401.

/** Five ways to spend steps and gradient steps; the field's ratio with the field's batch is the third. */
async function replayRatios(registry: Registry): Promise<Arm[]> {
  const baseline = await registry.baseline("dqn");
  const often = { replayRatio: 1 / 32, every: 1 };
  return [
    { name: "default", baseline, budget: 25_000 },
    { name: "replayRatio 1/32", baseline, set: often, budget: 25_000 },
    { name: "replayRatio 1/4, batch 32", baseline, set: { replayRatio: 1 / 4, every: 1, batch: 32 }, budget: 25_000 },
    { name: "default", baseline, budget: 100_000 },
    { name: "replayRatio 1/32", baseline, set: often, budget: 100_000 },
    { name: "default", baseline, budget: 200_000 },
  ];
}

export default {
  replay: {
    summary: "DQN by gradient steps a transition, at equal environment steps and at equal CPU seconds",
    print: (settings) =>
      printComparison(
        settings,
        ["stealth-takeover", "poisoned-consensus", "whitewash-market", "pricing-cartel"],
        replayRatios,
      ),
  },
} satisfies Evidence;
