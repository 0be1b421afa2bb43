import { expect, it, vi } from "vitest";
import env, { type CartState, move } from "../../benchmarks/evidence/cart-pole/env.ts";
import evidence, { CLEANRL, calibrate, SOLVED } from "../../benchmarks/evidence/cart-pole.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { random } from "../../src/policy/policy.ts";
import { conformance } from "../../src/testing/index.ts";

it("moves as Gymnasium's CartPole-v1 does", () => {
  // gymnasium 1.2.2, env.unwrapped.state set to the first of these, after the actions below.
  const start: CartState = [0.01, -0.02, 0.03, 0.04];
  const end = [0.045613091734806245, 0.7582549476574841, -0.017487885435104975, -1.081534530360341];
  const state = [1, 0, 1, 1, 0, 1, 1, 1].reduce((now, action) => move(now, action === 1), start);
  state.forEach((value, i) => {
    expect(value).toBeCloseTo(end[i], 12);
  });
});

it("is an environment as others are, in which random play lasts some 22 steps", () => {
  conformance(env);
  const { returns } = evaluate(env, { policies: { cart: random }, episodes: 2000, seed: 1, split: ["test"] });
  const mean = returns.reduce((sum, r) => sum + r, 0) / 2000;
  // 22.2 ± 11.8 in Gymnasium, over 20,000 episodes.
  expect(Math.abs(mean - 22.2)).toBeLessThan(4 * (11.8 / Math.sqrt(2000)) + 0.3);
});

it("is what `npm run evidence -- cart-pole` prints a line of for each way to set it", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await evidence.ppo.print(["--seeds", "1", "--steps", "4096"]);
  const lines = log.mock.calls.flat().join("\n");
  log.mockRestore();
  expect(
    lines.match(/0 of 1 at 475 or more, \d+\.\d CPU s each\n {2}while it learned.*: \S+( \S+){9}\n/g),
  ).toHaveLength(2);
});

it("ippo, set as CleanRL sets PPO but for four times its rate, learns to balance in two fifths of its steps", async () => {
  for (const seed of [1, 2]) {
    const { test, windowed } = await calibrate({ ...CLEANRL, learningRate: 1e-3 }, seed, 200_000);
    expect(test).toBeGreaterThanOrEqual(SOLVED);
    expect(windowed.at(-1)).toBeGreaterThanOrEqual(SOLVED);
  }
}, 60_000);
