import { Command } from "commander";
import { evaluate, policyFrom, train } from "masque";
import ippo from "../../baselines/ippo.ts";
import { mean, studentInterval } from "../../src/stats/index.ts";
import { cpuSeconds } from "../speed/clock.ts";
import env from "./cart-pole/env.ts";
import type { Evidence } from "./evidence.ts";

/** Those of CleanRL's ppo.py (Huang et al. 2022), which python/examples/cart_pole.py gives to Stable-Baselines3. */
export const CLEANRL = {
  copies: 4,
  rolloutSteps: 128,
  learningRate: 2.5e-4,
  valueClip: 0.2,
  normaliseValues: false,
} as const;

/** Return that CartPole-v1 counts as solved from. */
export const SOLVED = 475;

/** One training: mean return of 100 test episodes, and of training episodes by `windows` windows of equal length. */
export async function calibrate(config: Parameters<typeof ippo>[0], seed: number, steps: number, windows = 10) {
  const { policies, curve } = await train({ environment: env, roles: { cart: ippo(config) }, budget: steps, seed });
  const { returns } = evaluate(env, {
    policies: { cart: policyFrom(policies.cart) },
    episodes: 100,
    seed,
    split: ["test"],
  });
  const known = curve.filter((line) => Number.isFinite(line.returns.cart));
  const windowed = Array.from({ length: windows }, (_, w) => {
    const inside = known.filter((line) => Math.min(windows - 1, Math.floor((windows * line.steps) / steps)) === w);
    return inside.length === 0 ? Number.NaN : mean(inside.map((line) => line.returns.cart));
  });
  return { test: mean([...returns]), windowed };
}

async function print(settings: readonly string[]): Promise<void> {
  const options = new Command("cart-pole")
    .option("--seeds <n>", "trainings", Number, 10)
    .option("--steps <n>", "environment steps a training", Number, 500_000)
    .parse(settings, { from: "user" })
    .opts<{ seeds: number; steps: number }>();
  for (const [name, config] of [
    ["ippo as CleanRL sets it", CLEANRL],
    ["ippo by its defaults", {}],
  ] as const) {
    const start = cpuSeconds();
    const found: Awaited<ReturnType<typeof calibrate>>[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) found.push(await calibrate(config, seed, options.steps));
    const seconds = (cpuSeconds() - start) / options.seeds;
    const tests = found.map(({ test }) => test);
    const { low, high } = tests.length > 1 ? studentInterval(tests) : { low: tests[0], high: tests[0] };
    const solved = tests.filter((test) => test >= SOLVED).length;
    console.log(
      `${name}: ${mean(tests).toFixed(1)} [${low.toFixed(1)}, ${Math.min(500, high).toFixed(1)}], ${solved} of ${options.seeds} at ${SOLVED} or more, ${seconds.toFixed(1)} CPU s each`,
    );
    const curve = found[0].windowed.map((_, w) => {
      const known = found.map(({ windowed }) => windowed[w]).filter(Number.isFinite);
      return known.length === 0 ? "–" : mean(known).toFixed(0);
    });
    console.log(`  while it learned, by tenths of ${options.steps} steps: ${curve.join(" ")}\n`);
  }
}

export default {
  ppo: { summary: "PPO on CartPole-v1, beside what CleanRL and Stable-Baselines3 reach", print },
} satisfies Evidence;
