import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { masque } from "../../data/package.ts";
import { finished } from "../cells.ts";
import type { Death } from "../host.ts";
import type { Cell } from "../plan.ts";
import { type Lane, WorkerDied, workerLane } from "../pool.ts";
import type { Run } from "../run.ts";
import type { Worked } from "../work/work.ts";
import { connectTo, type Job, listen, loadBullMq, queueName } from "./bullmq.ts";
import type { Outcome } from "./driver.ts";
import { watchRedis } from "./watch.ts";

export interface QueueWorkOptions {
  readonly address: string;
  /** Cells computed at once, in a process each. */
  readonly jobs: number;
  /** Seconds without a sign of life after which a cell is taken from a worker. */
  readonly lease: number;
  readonly plugins?: readonly string[];
  readonly signal?: AbortSignal;
  onDeath?(death: Death): void;
  onSpent?(cpuSeconds: number, cell?: Cell): void;
  onOutput?(text: string): void;
}

const versioned = z.looseObject({ version: z.string().max(40) });
const order = z.strictObject({ version: z.string(), hash: z.string() });

/** Milliseconds between two looks at whether all is there. */
const LOOK = 1000;

/**
 * Takes cells off a run's queue until every one is there. Whoever put them there decides what comes next, and what becomes of
 * a cell that failed: this worker only says how it went.
 * @throws the signal's reason when it aborts, cells in hand given back; InputError, StorageError as `openQueue`, StorageError also where Redis
 *   has been away for too long
 */
export async function workQueue(run: Run, options: QueueWorkOptions): Promise<Worked> {
  const { address, jobs, lease, plugins = [], signal } = options;
  const note = (text: string) => options.onOutput?.(text);
  const bullmq = loadBullMq();
  const redis = await watchRedis(bullmq, address, note);
  const cells = new Map(run.plan.cells.map((cell) => [cell.hash, cell]));
  const listener = { onOutput: note, onStart: (seconds: number) => options.onSpent?.(seconds) };
  const lanes = Array.from({ length: jobs }, () => workerLane(run, plugins, listener));
  const free: Lane[] = [...lanes];
  let computed = 0;

  const compute = async (job: Job, cell: Cell, lane: Lane): Promise<Outcome> => {
    let told = 0;
    const onProgress = (share: number) => {
      if (performance.now() - told < LOOK) return;
      told = performance.now();
      job.updateProgress(share).catch(() => {});
    };
    try {
      const cpuSeconds = await lane.compute(cell, { signal, onProgress });
      options.onSpent?.(cpuSeconds, cell);
      computed++;
      return { kind: "done", cpuSeconds };
    } catch (error) {
      if (signal?.aborted) return { kind: "released" };
      const { name, message } = error as Error;
      if (!(error instanceof WorkerDied)) return { kind: "failed", name, message };
      options.onDeath?.({ cell: cell.hash, label: cell.label, attempt: error.ready ? 1 : 0, reason: message });
      return { kind: "died", reason: message, ready: error.ready };
    }
  };
  const take = async (job: Job): Promise<Outcome> => {
    const cell = cells.get(order.safeParse(job.data).data?.hash ?? "");
    if (!cell) return { kind: "failed", name: "InputError", message: notMine(job.data) };
    if (signal?.aborted) return { kind: "released" };
    if (finished(run, cell)) return { kind: "done", cpuSeconds: 0 };
    const lane = free.pop()!;
    try {
      return await compute(job, cell, lane);
    } finally {
      free.push(lane);
    }
  };
  const { connection, end } = connectTo(bullmq, address);
  const worker = new bullmq.Worker(queueName(run.benchmark.hash), take, {
    connection,
    concurrency: jobs,
    // A worker that falls silent fails its cell at once: whoever put it there counts, and puts it there again.
    lockDuration: lease * 1000,
    stalledInterval: lease * 500,
    maxStalledCount: 0,
  });
  listen(worker, note);
  try {
    const missing = [...run.plan.cells];
    for (;;) {
      while (missing.length > 0 && run.store.has(missing[missing.length - 1].hash)) missing.pop();
      if (missing.length === 0) return { computed, givenUp: [], blocked: 0 };
      await Promise.race([pause(LOOK, undefined, { signal }), redis.lost]);
    }
  } finally {
    // Cells in hand end at once where it was told to stop, and go back.
    await Promise.race([worker.close(), pause(5000)]);
    await Promise.all(lanes.map((lane) => lane.close()));
    redis.stop();
    end();
  }
}

/** What there is to say of a message that names no cell of this run. */
function notMine(data: unknown): string {
  const theirs = versioned.safeParse(data).data?.version;
  const { version } = masque();
  if (theirs === undefined || theirs === version)
    return `a worker took something off the queue that names no cell of its run (Masque ${version}); somebody else writes there`;
  return `a worker of Masque ${version} was sent a cell by Masque ${theirs}. Use one version on all machines.`;
}
