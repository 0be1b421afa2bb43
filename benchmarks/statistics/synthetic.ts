import { z } from "zod";
import { parseConfig } from "../../src/benchmark/config.ts";
import { type Benchmark, resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { defineEnv, ratio } from "../../src/env/define.ts";
import type { Registry } from "../../src/library/registry.ts";
import { log } from "../../src/numeric/index.ts";
import { constant } from "../../src/policy/policy.ts";
import type { Rng } from "../../src/random/rng.ts";
import type { PlayResult } from "../../src/run/cell-result.ts";
import { makePlan, type Plan } from "../../src/run/plan.ts";
import { box, discrete } from "../../src/spaces/index.ts";

/** Only its counters and metrics are used: what would be played is drawn from a known law instead. */
const env = defineEnv({
  id: "synthetic-v0",
  summary: "Tries of attackers and of the innocent.",
  threat: "none",
  params: z.object({ wall: z.number().min(0).max(1).default(0) }),
  knobs: { wall: { off: 0, lockdown: 1, grid: [0, 0.25, 0.5, 0.75, 1] } },
  horizon: () => 1,
  roles: () => ({ climber: { side: "attacker", count: 1, observation: box([1], 0, 1), action: discrete(2) } }),
  counters: ["tries", "over", "walks", "open", "length", "noise"],
  metrics: {
    utility: { axis: "utility", summary: "walkers let through", of: (c) => ratio(c.open, c.walks, 1) },
    security: { axis: "security", summary: "climbers kept out", of: (c) => 1 - ratio(c.over, c.tries, 0) },
  },
  create: () => ({ reset() {}, step() {} }),
});

/** How attacks' strengths are spread over trainings: mean 0, variance 1. */
export const LAWS = {
  normal: (rng: Rng) => rng.normal(),
  /** Skewed: now and then a training finds a much stronger attack. */
  exponential: (rng: Rng) => -log(1 - rng.float()) - 1,
  /** Three trainings in ten fail altogether. */
  "two-point": (rng: Rng) => (rng.float() < 0.3 ? -1.5275 : 0.6547),
  /** One training in ten finds what the others miss. */
  rare: (rng: Rng) => (rng.float() < 0.1 ? 3 : -1 / 3),
} as const;

/** Laws that no way of reckoning was chosen by. */
export const OTHER_LAWS = {
  reversed: (rng: Rng) => 1 + log(1 - rng.float()),
  uniform: (rng: Rng) => (rng.float() - 0.5) * Math.sqrt(12),
  laplace: (rng: Rng) => (rng.float() < 0.5 ? -1 : 1) * -log(1 - rng.float()) * Math.SQRT1_2,
  /** Half of the trainings fail. */
  even: (rng: Rng) => (rng.float() < 0.5 ? -1 : 1),
  gumbel: (rng: Rng) => (-log(-log(1 - rng.float())) - 0.5772) / 1.2825,
  /** One training in five fails altogether. */
  fifth: (rng: Rng) => (rng.float() < 0.2 ? -2 : 0.5),
} as const;

const ALL_LAWS = { ...LAWS, ...OTHER_LAWS };
export type Law = keyof typeof ALL_LAWS;

export interface Design {
  readonly runs: number;
  readonly attacks: number;
  /** How much further the security under each attack lies from that under the one before. */
  readonly gap: number;
  readonly levels: readonly number[];
  readonly episodes: { readonly select: number; readonly test: number };
}

export interface Synthetic {
  readonly benchmark: Benchmark;
  readonly plan: Plan;
}

/** A benchmark over `none` and so many scripted attacks. */
export async function synthetic(
  { runs, attacks, levels, episodes }: Design,
  score = "hypervolume",
): Promise<Synthetic> {
  const names = Array.from({ length: attacks }, (_, a) => `attack-${a}`);
  const scripts = Object.fromEntries(["none", ...names].map((name) => [name, { roles: { climber: constant(0) } }]));
  const refuse = () => {
    throw new Error("a synthetic benchmark has one environment and nothing else");
  };
  const plugin = {
    name: "synthetic",
    folder: "",
    env: env as never,
    digest: "0".repeat(64),
    policies: async () => ({ defaults: {}, attacks: scripts }) as never,
    reference: async () => undefined,
    bestResponse: async () => undefined,
    ceiling: async () => undefined,
    page: () => undefined,
    text: () => undefined,
  };
  const registry: Registry = {
    environment: async () => plugin,
    environmentNamed: async () => plugin,
    environments: async () => [plugin],
    environmentNames: () => ["synthetic"],
    baseline: refuse,
    baselines: async () => [],
    baselineNames: () => [],
    benchmarkFile: refuse,
    benchmarks: () => new Map(),
    tracks: () => new Map(),
    trackFile: refuse,
    sources: () => "",
    foreign: () => [],
  };
  const text = JSON.stringify({
    schema: 1,
    name: "synthetic",
    environment: { id: env.id },
    defence: { knobs: { wall: levels } },
    portfolio: ["scripted"],
    seeds: { runs },
    episodes,
    score,
  });
  const benchmark = await resolveBenchmark(parseConfig(text, "synthetic"), registry, () => ({}));
  return { benchmark, plan: makePlan(benchmark) };
}

/** What an attack lets over in a run, at every level: the truth that episodes are drawn from. */
export interface World {
  /** Security probability, `[run][attack][level]`; attack 0 is `none`. */
  readonly security: readonly (readonly (readonly number[])[])[];
  readonly utility: readonly (readonly number[])[];
}

const SPREAD_RUN = 0.05;
const SPREAD_LEVEL = 0.025;
const SPREAD_UTILITY = 0.01;
const within = (x: number) => Math.min(0.99, Math.max(0.01, x));

/**
 * Draws trainings: the strength of an attack in a run is shared by all levels (one conditioned training) up to some
 * noise; attacks are nearly equal, so that which is the worst differs from run to run. `gain` raises security.
 */
export function drawWorld(rng: Rng, law: Law, { runs, attacks, gap, levels }: Design, gain = 0): World {
  const draw = ALL_LAWS[law];
  const security = Array.from({ length: runs }, () =>
    Array.from({ length: attacks + 1 }, (_, a) => {
      const strength = SPREAD_RUN * draw(rng);
      return levels.map((wall) => {
        const base = 0.15 + 0.7 * wall * (1.6 - 0.6 * wall) + gap * a + gain * wall * (1 - wall);
        const level = SPREAD_LEVEL * draw(rng);
        return a === 0 ? 1 : within(base - strength - level);
      });
    }),
  );
  const utility = Array.from({ length: runs }, () => {
    const shift = SPREAD_UTILITY * rng.normal();
    return levels.map((wall) => within(0.97 - 0.9 * wall * wall + shift));
  });
  return { security, utility };
}

const TRIES = 10;

/** Plays a world: every try of every episode is a coin. The same coins in every arm, attack and level, as in runs. */
export function playWorld(world: World, { plan, benchmark }: Synthetic, design: Design, rng: Rng) {
  const coins = new Map<string, Float64Array>();
  for (const split of ["select", "test"] as const) {
    for (let run = 0; run < design.runs; run++) {
      coins.set(
        `${split} ${run}`,
        Float64Array.from({ length: design.episodes[split] * TRIES * 2 }, () => rng.float()),
      );
    }
  }
  const results = new Map<string, PlayResult>();
  const names = benchmark.attacks.map(({ name }) => name);
  for (const split of ["select", "test"] as const) {
    for (const { index, params } of benchmark.points) {
      const level = design.levels.indexOf(params.wall as number);
      for (const [a, attack] of names.entries()) {
        for (let run = 0; run < design.runs; run++) {
          const drawn = coins.get(`${split} ${run}`)!;
          const episodes = design.episodes[split];
          const count = (chance: number, first: number) =>
            Array.from({ length: episodes }, (_, e) => {
              let hits = 0;
              for (let i = 0; i < TRIES; i++) if (drawn[(2 * e + first) * TRIES + i] < chance) hits++;
              return hits;
            });
          const tries = new Array<number>(episodes).fill(TRIES);
          const counters = {
            tries,
            over: count(1 - world.security[run][a][level], 0),
            walks: tries,
            open: count(world.utility[run][level], 1),
            length: tries,
            noise: tries,
          };
          results.set(plan.play(split, index, attack, run).hash, {
            kind: "play",
            episodes,
            counters,
            returns: {},
            steps: 0,
            policies: {},
            trace: "0".repeat(32),
          });
        }
      }
    }
  }
  return (cell: { readonly hash: string }): PlayResult => results.get(cell.hash)!;
}
