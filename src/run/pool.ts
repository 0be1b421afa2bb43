import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InputError, StorageError } from "../data/errors.ts";
import { sweepTemporary } from "../data/files.ts";
import { fromSource } from "../data/package.ts";
import { computeCell } from "./cells.ts";
import type { Cell } from "./plan.ts";
import { type CellOptions, ChangedCodeError, type Run } from "./run.ts";
import type { Order, Report } from "./worker-messages.ts";

/** Computes one cell at a time. */
export interface Lane {
  /**
   * Computes a cell and writes it.
   * @returns CPU seconds it took
   * @throws WorkerDied when the process that computed it ended; whatever `computeCell` throws otherwise
   */
  compute(cell: Cell, options: CellOptions): Promise<number>;
  /** Ends the lane's process, if it has one, at once. */
  close(): Promise<void>;
}

/** Where cells are computed: in this process, in others of this machine, or wherever a queue is worked on. */
export interface Executor {
  /** One for each cell that is computed at once. */
  readonly lanes: readonly Lane[];
  /** Ends the lanes, at once. */
  close(): Promise<void>;
}
export type OpenExecutor = (run: Run, jobs: number, listener: WorkerListener) => Executor;

/** A worker ended before its cell was finished: no fault of the cell, perhaps. */
export class WorkerDied extends Error {
  override name = "WorkerDied";
  /** Whether it had begun with the cell. */
  readonly ready: boolean;

  constructor(reason: string, ready: boolean) {
    super(reason);
    this.ready = ready;
  }
}

/** This very process. */
export function ownLane(run: Run): Lane {
  return {
    async compute(cell, options) {
      const start = process.cpuUsage();
      await computeCell(run, cell, options);
      await new Promise(setImmediate);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e6;
    },
    close: () => Promise.resolve(),
  };
}

/** This machine: in this process where there is one lane, else in a process each. */
export function localExecutor(run: Run, jobs: number, plugins: readonly string[], listener: WorkerListener): Executor {
  const lanes = Array.from({ length: jobs }, () => (jobs === 1 ? ownLane(run) : workerLane(run, plugins, listener)));
  return {
    lanes,
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
      if (jobs > 1) for (const part of ["cells", "policies"]) sweepTemporary(join(run.store.folder, part));
    },
  };
}

const KEPT_OUTPUT = 2000;

/** Milliseconds of silence after which a worker is talked of, and after which it is replaced. */
export const PATIENCE = { warn: 60_000, replace: 300_000 };

export interface WorkerListener {
  /** What a worker prints. */
  onOutput(text: string): void;
  /** A worker is ready, after so many CPU seconds. */
  onStart(cpuSeconds: number): void;
}

/**
 * A process of its own, started when the first cell comes and again after it died. Processes rather than threads: one
 * that is killed, runs out of memory or crashes in native code takes nothing else with it; CPU time can be told apart by
 * cell; and every one has a tfjs engine and memory of its own.
 */
export function workerLane(run: Run, plugins: readonly string[], listener: WorkerListener): Lane {
  let worker: Worker | undefined;
  return {
    async compute(cell, { signal, onProgress }) {
      signal?.throwIfAborted();
      // One that ended between two cells did no harm.
      if (!worker || worker.hasEnded()) worker = startWorker(run.store.folder, plugins, listener);
      const current = worker;
      const stop = () => current.kill();
      signal?.addEventListener("abort", stop);
      try {
        return await current.compute(cell, onProgress);
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    async close() {
      worker?.kill();
      await worker?.ended;
    },
  };
}

interface Worker {
  compute(cell: Cell, onProgress?: (done: number) => void): Promise<number>;
  kill(): void;
  hasEnded(): boolean;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
}

function startWorker(folder: string, plugins: readonly string[], { onOutput, onStart }: WorkerListener): Worker {
  const child = forkWorker([folder, ...plugins]);
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
      onOutput(text);
    });
  }
  let job:
    | { resolve(cpuSeconds: number): void; reject(error: Error): void; onProgress?(done: number): void }
    | undefined;
  // Why it takes no cells: it could not begin, or it is gone.
  let useless: Error | undefined;
  let ready = false;
  let heard = performance.now();
  let warned = false;
  const watch = setInterval(() => {
    const silence = performance.now() - heard;
    if (!job || silence < PATIENCE.warn) return;
    const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
    if (silence >= PATIENCE.replace) {
      useless ??= new WorkerDied(`said nothing for ${seconds(silence)}, stopped or hung, and was replaced`, ready);
      child.kill("SIGKILL");
    } else if (!warned) {
      warned = true;
      onOutput(
        `A worker (process ${child.pid}) has said nothing for ${seconds(silence)}; after ${seconds(PATIENCE.replace)} it is replaced.\n`,
      );
    }
  }, PATIENCE.warn / 4).unref();
  child.on("message", (report: Report) => {
    heard = performance.now();
    warned = false;
    if (report.kind === "alive") return;
    if (report.kind === "ready") {
      ready = true;
      onStart(report.cpuSeconds);
    } else if (report.kind === "progress") job?.onProgress?.(report.done);
    else if (report.kind === "done") job?.resolve(report.cpuSeconds);
    else {
      const error = errorFrom(report);
      if (!ready) useless ??= error;
      job?.reject(error);
    }
  });
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      clearInterval(watch);
      gone = true;
      const last = output.trim().split("\n").slice(-3).join(" | ");
      useless ??= new WorkerDied(last ? `${reason}; it said: ${last}` : reason, ready);
      job?.reject(useless);
      resolve();
    };
    child.on("error", (error) => end(`could not be started or reached: ${error.message}`));
    // `close`, not `exit`: all that it printed has arrived.
    child.on("close", (code, signal) => end(signal ? `was killed by ${signal}` : `ended with exit code ${code}`));
  });
  return {
    compute: (cell, onProgress) =>
      new Promise((resolve, reject) => {
        job = { resolve, reject, onProgress };
        heard = performance.now();
        if (useless) reject(useless);
        else child.send({ hash: cell.hash } satisfies Order);
      }),
    kill: () => void child.kill("SIGKILL"),
    hasEnded: () => gone,
    ended,
  };
}

/** An error as it was in the worker. */
function errorFrom({ name, message, stack }: Report & { kind: "failed" }): Error {
  const kind = [InputError, StorageError, ChangedCodeError].find((one) => one.name === name) ?? Error;
  return Object.assign(new kind(message), { stack });
}

/** Sources run in a worker as they do here: through tsx. */
function forkWorker(args: readonly string[]): ChildProcess {
  const file = new URL(fromSource ? "worker.ts" : "worker.js", import.meta.url);
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return fork(fileURLToPath(file), args, {
    execArgv: fromSource ? ["--import", loader()] : [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}
