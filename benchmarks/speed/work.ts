import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBenchmark } from "../../src/cli/runs/open.ts";
import { execute } from "../../src/run/execute.ts";
import { beginRun, openRun } from "../../src/run/folder.ts";
import { work } from "../../src/run/work/work.ts";

/** A thousand played cells of the quickstart's game: 5 points, 4 attacks, 25 runs, 2 stages. */
const QUESTION = [
  "seeds.runs=25",
  "defence.knobs={ falseAlarm: [0.1, 0.3] }",
  "portfolio=[none, random, { scripted: code-2 }, { scripted: code-2-3 }]",
];

export interface WorkSpeed {
  readonly cells: number;
  /** Seconds from begin to end: the least of the rounds. */
  readonly run: number;
  readonly workers: number;
  /** Time with leases to time without: the middle one of the rounds' own. */
  readonly ratio: number;
}

/**
 * What leases cost: two workers on one shared folder compute a thousand cells, beside one run with two processes, in turns.
 * Both start their two processes; collecting results, which both do alike, is left out.
 */
export async function measureWork(rounds: number): Promise<WorkSpeed> {
  const scratch = mkdtempSync(join(tmpdir(), "masque-speed-"));
  const { benchmark, registry } = await openBenchmark("quickstart", QUESTION);
  const fresh = (name: string) => beginRun(join(scratch, name), benchmark, registry).store.folder;
  const ways = {
    async run(folder: string) {
      const run = await openRun(folder, registry);
      return timed(() => execute(run, { jobs: 2 }));
    },
    async workers(folder: string) {
      const both = await Promise.all(
        ["a", "b"].map(async (worker) => ({ worker, run: await openRun(folder, registry) })),
      );
      return timed(() => Promise.all(both.map(({ worker, run }) => work(run, { worker, jobs: 1, lease: 60 }))));
    },
  };
  try {
    const seconds: Record<keyof typeof ways, number[]> = { run: [], workers: [] };
    let cells = 0;
    for (let round = 0; round < rounds; round++) {
      // Who comes first changes: machines warm up, and neighbours come and go.
      const order = round % 2 === 0 ? (["run", "workers"] as const) : (["workers", "run"] as const);
      for (const way of order) {
        const folder = fresh(`${way}-${round}`);
        seconds[way].push(await ways[way](folder));
        cells = readdirSync(join(folder, "cells")).length;
      }
    }
    const ratios = seconds.run.map((one, i) => seconds.workers[i] / one).sort((a, b) => a - b);
    return {
      cells,
      run: Math.min(...seconds.run),
      workers: Math.min(...seconds.workers),
      ratio: ratios[ratios.length >> 1],
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
}
