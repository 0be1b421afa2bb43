import type { Registry } from "../../src/library/registry.ts";
import type { Evidence } from "./evidence.ts";
import { type Arm, printComparison } from "./values/compare.ts";
import { qmix, vdn } from "./values/team.ts";

// Learners of action values. Settings were chosen by looking at seeds below 401.

/** Ways to spend environment steps and gradient steps; the field's ratio with the field's batch among them. */
async function replayRatios(registry: Registry): Promise<Arm[]> {
  const baseline = await registry.baseline("dqn");
  const often = { replayRatio: 1 / 32, every: 1 };
  const field = { replayRatio: 1 / 4, every: 1, batch: 32 };
  return [
    { name: "default", baseline, budget: 25_000 },
    { name: "replayRatio 1/32", baseline, set: often, budget: 25_000 },
    { name: "replayRatio 1/4, batch 32", baseline, set: field, budget: 25_000 },
    { name: "default", baseline, budget: 100_000 },
    { name: "replayRatio 1/32", baseline, set: often, budget: 100_000 },
    { name: "default", baseline, budget: 200_000 },
  ];
}

/** Teams whose agents are all paid the same. */
async function teams(registry: Registry): Promise<Arm[]> {
  const [ippo, mappo, dqn] = await Promise.all(["ippo", "mappo", "dqn"].map((id) => registry.baseline(id)));
  const [steps, often] = [25_000, { replayRatio: 1 / 32, every: 1 }];
  return [
    { name: "vdn", baseline: vdn, budget: steps },
    { name: "qmix", baseline: qmix, budget: steps },
    { name: "dqn, replayRatio 1/32", baseline: dqn, set: often, budget: steps },
    ...[ippo, mappo].flatMap((baseline) => [
      { name: baseline.id, baseline, budget: steps },
      { name: `${baseline.id}, agentIds`, baseline, set: { agentIds: true }, budget: steps },
      { name: baseline.id, baseline, budget: 4 * steps },
    ]),
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
  teams: {
    summary: "value decomposition (VDN, QMIX) beside DQN and PPO, in teams whose agents are paid alike",
    print: (settings) => printComparison(settings, ["poisoned-consensus", "rumour-mill", "split-task"], teams),
  },
} satisfies Evidence;
