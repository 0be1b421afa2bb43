import { expect, it } from "vitest";
import { qmix, vdn } from "../../benchmarks/evidence/values/team.ts";
import { train } from "../../src/learn/train.ts";
import { evaluate, sumCounters } from "../../src/play/evaluate.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { twoStep } from "./games.ts";

// As in the paper, everybody draws at random throughout, so that values are of all joint choices alike.
const settings = { hidden: [32], mixing: 8, explore: 0, floor: 1, replayRatio: 1 / 16, target: 50, learningRate: 2e-3 };

it.each([
  ["vdn", 7, vdn],
  ["qmix", 8, qmix],
] as const)("%s reaches %d in the two-step game", async (_, expected, baseline) => {
  for (const seed of [1, 2]) {
    const { policies } = await train({
      environment: twoStep,
      roles: { player: baseline(settings) },
      budget: 20_000,
      seed,
    });
    const episodes = evaluate(twoStep, {
      policies: { player: policyFrom(policies.player) },
      episodes: 4,
      seed,
      split: ["test"],
    });
    expect(sumCounters(episodes).paid / 4).toBe(expected);
  }
});
