import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import mappo from "../../baselines/mappo.ts";
import swarmFlood from "../../envs/swarm-flood/env.ts";
import scripts from "../../envs/swarm-flood/policies.ts";
import { train } from "../../src/learn/train.ts";

const FILE = fileURLToPath(import.meta.url);

/** What a process held at most that trained a central critic for so many agents. */
export interface MemoryFigure {
  readonly agents: number;
  /** Rows of a rollout: agents × 64 copies × 32 steps. */
  readonly rows: number;
  readonly peakBytes: number;
}

/** In a process of its own, whose peak is that of one training. */
export async function measureMemory(agents: number): Promise<MemoryFigure> {
  const child = fork(FILE, [String(agents)]);
  const [figure] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (typeof figure !== "object" || figure === null)
    throw new Error(`the training of ${agents} agents ended with ${figure}`);
  return figure as MemoryFigure;
}

/** One rollout of the default size and one pass over it, by networks small enough for it to take seconds. */
async function trainOnce(bots: number): Promise<MemoryFigure> {
  const how = mappo({ hidden: [4], epochs: 1 });
  const { copies, rolloutSteps } = how.config as { copies: number; rolloutSteps: number };
  await train({
    environment: swarmFlood,
    params: { bots },
    roles: { bot: how },
    policies: scripts.defaults,
    budget: copies * rolloutSteps,
    seed: 1,
  });
  return { agents: bots, rows: bots * copies * rolloutSteps, peakBytes: 1024 * process.resourceUsage().maxRSS };
}

if (process.argv[1] === FILE) process.send?.(await trainOnce(Number(process.argv[2])));
