import { parseConfig } from "../../src/benchmark/config.ts";
import { type Benchmark, resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { type Measured, measure } from "../../src/frontier/measure.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { makePlan } from "../../src/run/plan.ts";

const registry = openRegistry([new URL("plugins", import.meta.url).pathname]);

/** Climbs and walkers of 100 in one episode. */
export interface MadeEpisode {
  readonly over: number;
  readonly open: number;
}

/** A benchmark on the toy environment whose every episode was made up. */
export async function madeRun(
  overrides: readonly string[],
  of: (at: { stage: "select" | "test"; wall: number; attack: string; run: number; episode: number }) => MadeEpisode,
): Promise<{ benchmark: Benchmark; measured: Measured }> {
  const text = `schema: 1
name: made
environment: { id: toy-v0 }
defence: { knobs: { wall: [0, 0.5, 1] } }
portfolio: [random, scripted]
seeds: { runs: 5 }
episodes: { select: 2, test: 4 }
`;
  const benchmark = await resolveBenchmark(parseConfig(text, "made.yaml", [...overrides]), registry, () => ({}));
  const measured = measure(benchmark, makePlan(benchmark), (cell) => {
    const stage = cell.stage as "select" | "test";
    const { wall } = benchmark.points[cell.points[0]].params as { wall: number };
    const episodes = benchmark.config.episodes[stage];
    const played = Array.from({ length: episodes }, (_, episode) =>
      of({ stage, wall, attack: cell.attack, run: cell.run, episode }),
    );
    const counters = {
      tries: played.map(() => 100),
      over: played.map(({ over }) => over),
      walks: played.map(() => 100),
      open: played.map(({ open }) => open),
    };
    return { kind: "play", episodes, counters, returns: {}, steps: 0, policies: {}, trace: "0".repeat(32) };
  });
  return { benchmark, measured };
}
