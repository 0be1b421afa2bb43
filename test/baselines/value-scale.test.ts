import { expect, it } from "vitest";
import ippo from "../../baselines/ippo.ts";
import { rescale, scaleFor, standardise, valueScale } from "../../baselines/ppo/scale.ts";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { createNetwork, disposeNetwork, exportWeights } from "../../baselines/tf/network.ts";
import { train } from "../../src/learn/train.ts";
import { createForward } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";
import { meeting } from "./games.ts";

const one = new Int32Array(4);
const rollout = (mean: number, deviation: number, seed = 1) => {
  const rng = new Rng(seed, "scale");
  return Float32Array.from({ length: 400 }, () => mean + deviation * rng.normal());
};
const alive = new Float32Array(400).fill(1);

it("keeps a scale for every group, of those who were alive", () => {
  const returns = rollout(0, 1).map((r, i) => (i % 4 < 2 ? r : 100 + 10 * r));
  const weights = alive.map((_, i) => (i % 8 === 2 ? 0 : 1));
  weights.forEach((weight, i) => {
    if (weight === 0) returns[i] = 1e6;
  });
  const scale = valueScale(Int32Array.of(0, 0, 1, 1), 0);
  scale.take(returns, weights);
  expect([scale.unit(0), scale.unit(2), scale.zero(3)].map((x) => Math.round(x))).toEqual([1, 10, 100]);
  expect(scale.unit(1)).toBe(scale.unit(0));
  standardise(returns, weights, Int32Array.of(0, 0, 1, 1));
  const quiet = returns.filter((_, i) => i % 4 < 2);
  const loud = returns.filter((_, i) => i % 4 >= 2 && i % 8 !== 2);
  for (const group of [quiet, loud]) {
    const mean = group.reduce((sum, x) => sum + x, 0) / group.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(group.reduce((sum, x) => sum + (x - mean) ** 2, 0) / group.length).toBeCloseTo(1, 4);
  }
});

it("is one for all levels, or one for each", () => {
  const levelOf = Int32Array.of(0, 0, 1, 1);
  const returns = rollout(0, 1).map((r, i) => (i % 4 < 2 ? r : 100 * r));
  const [together, apart] = (["all", "level"] as const).map((normaliseBy) => {
    const scale = scaleFor(ippo({ normaliseBy }).config as never, levelOf)!;
    scale.take(returns, alive);
    return scale;
  });
  expect(together.unit(0)).toBe(together.unit(2));
  expect(apart.unit(2)).toBeGreaterThan(50 * apart.unit(0));
});

it("forgets what was, if it is told to", () => {
  const [keeps, forgets] = [valueScale(one, 0), valueScale(one, 0.2)];
  for (const scale of [keeps, forgets]) {
    for (let i = 0; i < 20; i++) scale.take(rollout(0, 50, i), alive);
    for (let i = 0; i < 20; i++) scale.take(rollout(100, 1, i), alive);
  }
  expect(keeps.zero(0)).toBeCloseTo(50, 0);
  expect(forgets.zero(0)).toBeGreaterThan(98);
  expect(forgets.unit(0)).toBeLessThan(keeps.unit(0) / 3);
  // The first rollout counts in full, whatever the rate.
  const fresh = valueScale(one, 0.01);
  fresh.take(rollout(100, 1), alive);
  expect(fresh.zero(0)).toBeCloseTo(100, 0);
  const again = valueScale(one, 0.2);
  again.restore(forgets.state());
  for (const scale of [again, forgets]) scale.take(rollout(3, 4), alive);
  expect(again.state()).toEqual(forgets.state());
});

it("PopArt: the critic says the same of everything in its new units", async () => {
  const engine = await loadEngine();
  const critic = createNetwork(engine, { sizes: [3, 8, 1], activation: "tanh", rng: new Rng(2) });
  const forward = createForward({ ...critic, weights: exportWeights(critic), maxRows: 5 });
  forward.input.set(rollout(0, 1, 3).subarray(0, 15));
  const scale = valueScale(one, 0.3);
  const inReward = () => Array.from(forward.run(5), (v) => v * scale.unit(0) + scale.zero(0));
  for (const mean of [0, 40, -7]) {
    const before = inReward();
    const held = { returns: rollout(mean, 5), values: Float32Array.from(before), weights: alive };
    rescale(scale, held, engine, critic);
    forward.setWeights(exportWeights(critic));
    inReward().forEach((value, i) => {
      expect(value).toBeCloseTo(before[i], 3);
      expect(held.values[i]).toBeCloseTo(forward.output[i], 4);
    });
  }
  disposeNetwork(critic);
});

it.each([
  ["running", {}],
  ["by PopArt", { popArt: 0.3 }],
  ["none", { normaliseValues: false }],
])("a critic that has not moved is not clipped: %s scale", async (_, more) => {
  const losses = async (valueClip?: number) => {
    const small = { copies: 16, rolloutSteps: 8, hidden: [8], epochs: 1, minibatches: 1 };
    const how = ippo({ ...small, learningRate: 1e-9, valueClip, ...more });
    const { curve } = await train({ environment: meeting, roles: { row: how, column: how }, budget: 640, seed: 1 });
    return curve.map(({ stats }) => stats["row.valueLoss"]);
  };
  const [clipped, free] = [await losses(1e-3), await losses()];
  clipped.forEach((loss, i) => {
    expect(loss).toBeCloseTo(free[i], 5);
  });
});

it("refuses what would rescale one head to many scales, or to none", async () => {
  const roles = (more: object) => ({ row: ippo({ popArt: 0.1, ...more }), column: ippo({ popArt: 0.1, ...more }) });
  const options = { environment: meeting, budget: 9999 };
  await expect(train({ ...options, roles: roles({ normaliseValues: false }) })).rejects.toThrow(
    /popArt: 0.1 with normaliseValues: false/,
  );
  await expect(train({ ...options, roles: roles({ normaliseBy: "level" }) })).rejects.toThrow(/normaliseBy: "level"/);
});
