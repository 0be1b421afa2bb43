import { availableParallelism } from "node:os";
import { finished } from "./cells.ts";
import type { Death } from "./host.ts";
import type { Cell } from "./plan.ts";
import { type Lane, localExecutor, type OpenExecutor, WorkerDied } from "./pool.ts";
import type { Run } from "./run.ts";
import { makeSchedule, weight } from "./schedule.ts";
import { makeTally, type RunStanding } from "./work/standing.ts";

export interface Execution {
  /** Cells computed at once; 1 (the default) computes them in this process, more in one process each. */
  readonly jobs?: number;
  /** Where they are computed instead. */
  readonly executor?: OpenExecutor;
  /** The folders of plug-ins that the run was opened with. */
  readonly plugins?: readonly string[];
  readonly signal?: AbortSignal;
  onProgress?(standing: RunStanding): void;
  /** Told of files that are there but cannot be used; their cells are computed again. */
  onDamage?(why: string): void;
  onDeath?(death: Death): void;
  /** Told of a cell that was computed, and of workers that started (without a cell), with the CPU seconds it took. */
  onSpent?(cpuSeconds: number, cell?: Cell): void;
  /** Told what workers print. */
  onOutput?(text: string): void;
}

/** How often a cell is begun whose workers die, and a worker started of those that die before they begin anything. */
const ATTEMPTS = 3;
const STARTS = 8;

/**
 * Computes the cells that are missing, each after those it needs.
 * @returns how many were computed and how many were there already
 * @throws the signal's reason when it aborts; the error of a cell that fails, once those running are finished. All that
 *   is computed stays.
 */
export async function execute(
  run: Run,
  { jobs = 1, plugins = [], executor: open, signal, onProgress, onDamage, onDeath, onSpent, onOutput }: Execution = {},
): Promise<{ computed: number; reused: number }> {
  const { cells } = run.plan;
  const schedule = makeSchedule(cells);
  const tally = makeTally(cells);
  const attempts = new Map<Cell, number>();
  let [computed, unstarted] = [0, 0];
  let failure: { error: unknown } | undefined;

  const report = () => onProgress?.(tally.standing());
  let wake = () => {};
  let change = Promise.resolve();
  /** Lets lanes without work look again. */
  const announce = () => {
    wake();
    change = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const close = (cell: Cell, wasThere: boolean) => {
    tally.close(cell, wasThere);
    schedule.finish(cell);
    announce();
  };

  const compute = async (lane: Lane, cell: Cell): Promise<void> => {
    tally.running(cell, 0);
    report();
    try {
      const cpuSeconds = await lane.compute(cell, {
        signal,
        onProgress(share) {
          tally.running(cell, share);
          report();
        },
      });
      unstarted = 0;
      onSpent?.(cpuSeconds, cell);
      computed++;
      close(cell, false);
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      const attempt = error.ready ? (attempts.get(cell) ?? 0) + 1 : 0;
      if (error.ready) attempts.set(cell, attempt);
      else unstarted++;
      onDeath?.({ cell: cell.hash, label: cell.label, attempt, reason: error.message });
      const last = `the last one ${error.message}`;
      if (attempt === ATTEMPTS) throw new Error(`${cell.label}: ${attempt} workers died on it; ${last}`);
      if (unstarted === STARTS) throw new Error(`${STARTS} workers in a row ended as they started; ${last}`);
      schedule.giveBack(cell);
    } finally {
      tally.running(cell);
      announce();
    }
  };

  /** The next cell that really has to be computed. */
  const next = async (): Promise<Cell | undefined> => {
    for (let turn = Date.now(); ; ) {
      if (failure || signal?.aborted) return undefined;
      const cell = schedule.take();
      if (!cell || !finished(run, cell, onDamage)) return cell;
      close(cell, true);
      if (Date.now() - turn < 100) continue;
      report();
      await new Promise(setImmediate);
      turn = Date.now();
    }
  };

  const work = async (lane: Lane): Promise<void> => {
    try {
      for (;;) {
        const changed = change;
        const cell = await next();
        if (cell) await compute(lane, cell);
        else if (failure || signal?.aborted || schedule.left === 0) return;
        // Some other lane has a cell in hand, and then more may be ready.
        else await changed;
      }
    } catch (error) {
      failure ??= { error };
    } finally {
      announce();
    }
  };

  announce();
  const output = { onOutput: (text: string) => onOutput?.(text), onStart: (seconds: number) => onSpent?.(seconds) };
  const executor = open?.(run, jobs, output) ?? localExecutor(run, jobs, plugins, output);
  try {
    await Promise.all(executor.lanes.map(work));
  } finally {
    await executor.close();
  }
  signal?.throwIfAborted();
  if (failure) throw failure.error;
  report();
  return { computed, reused: cells.length - computed };
}

/** Weighted steps that are worth a process of their own, which takes about a second to start. */
const WORTH_A_PROCESS = 200_000;

/** How many cells to compute at once where nobody says: one a core, fewer where there is little to do. */
export function usefulJobs({ plan, store }: Pick<Run, "plan"> & Partial<Run>): number {
  const missing = plan.cells.filter(({ hash }) => !store?.has(hash));
  const steps = missing.reduce((sum, cell) => sum + weight(cell), 0);
  return Math.max(1, Math.min(availableParallelism(), missing.length, Math.round(steps / WORTH_A_PROCESS)));
}
