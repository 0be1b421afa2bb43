import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import type { Learning, Trained, TrainState } from "../../src/learn/baseline.ts";
import { train } from "../../src/learn/train.ts";
import { evaluate, metricsOf, sumCounters } from "../../src/play/evaluate.ts";
import { loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { copying, meeting, splitting, steering } from "./games.ts";

const small = { copies: 32, rolloutSteps: 16, hidden: [16], minibatches: 2, entropy: 0.03, learningRate: 5e-3 };
const ways: [string, number, (heads?: "autoregressive") => Learning][] = [
  ["components of an action", 1, (heads) => ippo({ ...small, heads })],
  ["agents that one controller leads", 2, (heads) => jointPpo({ ...small, heads })],
];
const passes = ({ policies }: Trained, agents: number) => {
  const [params, learned] = [{ agents }, { pair: policyFrom(policies.pair) }];
  const sums = sumCounters(evaluate(splitting, { params, policies: learned, episodes: 200, seed: 7, split: ["test"] }));
  return metricsOf(splitting, sums, sums).passes;
};

describe.each(ways)("heads drawn in turn: %s", (_, agents, how) => {
  const options = (heads?: "autoregressive") =>
    ({ environment: splitting, params: { agents }, roles: { pair: how(heads) }, budget: 60_000, seed: 1 }) as const;

  it("learn what pays only if choices go together at random; independent heads cannot", async () => {
    // Guards learn from a whole episode of 16 steps: who leans to one way by chance loses some of the ½.
    expect(passes(await train(options("autoregressive")), agents)).toBeGreaterThan(0.42);
    expect(passes(await train(options()), agents)).toBeLessThan(0.3);
  });

  it("know the probability of what they drew, and are trained on from a checkpoint as if they had not stopped", async () => {
    const kept: TrainState[] = [];
    const once = { ...small, epochs: 1, minibatches: 1, heads: "autoregressive" } as const;
    const roles = { pair: agents === 1 ? ippo(once) : jointPpo(once) };
    const short = { ...options(), roles, budget: 32 * 16 * 6 };
    const whole = await train({ ...short, checkpoint: { every: 2, save: (state) => kept.push(state) } });
    // One step a rollout: before it the policy that acted is the one that is trained.
    for (const { stats } of whole.curve) expect(stats["pair.approxKl"]).toBeLessThan(1e-6);
    expect(whole.curve.at(-1)!.stats["pair.entropy"]).toBeGreaterThan(0);
    const { earlier } = whole.policies.pair.tensors;
    expect([earlier.shape, earlier.data.some((x) => x !== 0)]).toEqual([[4, 4], true]);
    const rest = await train({ ...short, checkpoint: { every: 2, resume: kept[1] } });
    expect(policyDigest(rest.policies.pair)).toBe(policyDigest(whole.policies.pair));
  });
});

it("play under masks, with agents that die, from files as from memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "masque-in-turn-"));
  const common = { ...small, hidden: [32], heads: "autoregressive" as const };
  for (const clerk of [ippo(common), jointPpo(common), ippo({ ...common, shareParameters: false })]) {
    const roles = { clerk };
    const { policies } = await train({ environment: copying, roles, budget: 40_000, seed: 1 });
    savePolicy(join(folder, "clerk"), policies.clerk);
    const loaded = loadPolicy(join(folder, "clerk"));
    expect(loaded).toEqual(policies.clerk);
    const [held, read] = [policies.clerk, loaded].map((data) =>
      evaluate(copying, { policies: { clerk: policyFrom(data) }, episodes: 100, seed: 3, split: ["test"] }),
    );
    expect(read.counters).toEqual(held.counters);
    const sums = sumCounters(held);
    expect(metricsOf(copying, sums, sums).accuracy).toBeGreaterThan(0.9);
  }
  rmSync(folder, { recursive: true });
});

it("are refused where they change nothing", async () => {
  const how = ippo({ ...small, copies: 4, heads: "autoregressive" });
  const both = { row: how, column: how };
  await expect(train({ environment: meeting, roles: both, budget: 999 })).rejects.toThrow(
    /heads "autoregressive" changes nothing for row, column of meeting-v0/,
  );
  const pilot = jointPpo({ ...small, copies: 4, heads: "autoregressive" });
  await expect(train({ environment: steering, roles: { pilot }, budget: 999 })).rejects.toThrow(/act in a box/);
});
