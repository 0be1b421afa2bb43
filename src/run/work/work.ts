import { setTimeout as pause } from "node:timers/promises";
import { StorageError } from "../../data/errors.ts";
import type { Death } from "../host.ts";
import type { Cell } from "../plan.ts";
import { type Lane, WorkerDied, workerLane } from "../pool.ts";
import type { Run } from "../run.ts";
import { makeSchedule } from "../schedule.ts";
import { type Lease, type OpenShared, type Shared, shareFolder } from "./shared.ts";
import { makeTally, type RunStanding } from "./standing.ts";
import { type Unit, unitsOf } from "./units.ts";

export interface WorkOptions {
  /** A name of its own: see `workerName`. */
  readonly worker: string;
  /** Cells computed at once, in a process each. */
  readonly jobs: number;
  /** Seconds after which a lease that nobody renews may be taken over. */
  readonly lease: number;
  /** What workers share: the run's folder, where nothing else is said. */
  readonly open?: OpenShared;
  readonly plugins?: readonly string[];
  readonly signal?: AbortSignal;
  onProgress?(standing: RunStanding): void;
  onDamage?(why: string): void;
  onDeath?(death: Death): void;
  /** Told of a cell that was computed, and of processes that started (without a cell), with the CPU seconds it took. */
  onSpent?(cpuSeconds: number, cell?: Cell): void;
  onOutput?(text: string): void;
}

export interface Worked {
  readonly computed: number;
  /** Cells that nobody is to try again, with the last words of those who did, and cells that wait for them. */
  readonly givenUp: readonly { readonly label: string; readonly reason: string }[];
  readonly blocked: number;
}

/** Processes that end before they begin with any cell: it is the machine then, and no cell. */
const STARTS = 8;
/** Milliseconds between two looks at what others do, while there is nothing to do. */
const LOOK = 250;

/**
 * Works on a run beside any number of others like it, until every cell is there or given up. The folder, or an object store, is
 * all that they share: cells say what is done, leases who is doing what.
 * @throws the signal's reason when it aborts, leases released; StorageError where what they share cannot be written
 */
export async function work(run: Run, options: WorkOptions): Promise<Worked> {
  const { signal, plugins = [], open = shareFolder } = options;
  const { plan } = run;
  const tally = makeTally(plan.cells);
  const closed = new Set<Cell>();
  const report = () => options.onProgress?.(tally.standing());
  let [computed, unstarted] = [0, 0];

  const told = new Set<string>();
  const onDamage = (why: string) => {
    if (!told.has(why)) options.onDamage?.(why);
    told.add(why);
  };
  const shared = await open(run, { worker: options.worker, lease: options.lease, onDamage });
  const { isDone, has } = shared;
  const close = (cell: Cell, wasThere: boolean) => {
    if (closed.has(cell)) return;
    closed.add(cell);
    tally.close(cell, wasThere);
  };
  const mayBegin = (cell: Cell) => !shared.isGivenUp(cell) && cell.needs.every(has);

  const died = async (cell: Cell, reason: string) => {
    const attempt = await shared.death(cell, reason);
    options.onDeath?.({ cell: cell.hash, label: cell.label, attempt, reason });
  };
  /** Computes a cell, again where its process dies, until it is there or given up. */
  const compute = async (lane: Lane, cell: Cell): Promise<void> => {
    while (!shared.isGivenUp(cell)) {
      signal?.throwIfAborted();
      tally.running(cell, 0);
      report();
      try {
        const onProgress = (share: number) => {
          tally.running(cell, share);
          report();
        };
        if (!(await shared.bring(cell))) {
          // What it needs turned out to be damaged: that is made anew, and then this.
          if (!cell.needs.every(has)) return;
          options.onSpent?.(await lane.compute(cell, { signal, onProgress }), cell);
          [computed, unstarted] = [computed + 1, 0];
        }
        await shared.publish(cell);
        await shared.forget(cell);
        close(cell, false);
        return;
      } catch (error) {
        if (signal?.aborted || error instanceof StorageError) throw error;
        const { message } = error as Error;
        if (!(error instanceof WorkerDied)) {
          // A training that it needs may have been removed meanwhile: it will be made anew, and then this.
          if (!cell.needs.every(has)) return;
          // What fails by itself names its cell; all else is the machine's or the run's.
          if (!message.startsWith(cell.label)) throw error;
          await shared.giveUp(cell, message);
        } else if (error.ready) await died(cell, `its process ${message}`);
        else if (++unstarted === STARTS) {
          throw new Error(`${STARTS} processes in a row ended as they started; the last one ${message}`);
        }
      } finally {
        tally.running(cell);
      }
    }
  };
  const doUnit = async (lane: Lane, unit: Unit, lease: Lease): Promise<void> => {
    if (lease.leftBy !== undefined) {
      const cell = unit.cells.find((one) => !isDone(one) && mayBegin(one));
      if (cell) await died(cell, `worker ${lease.leftBy} fell silent on it`);
    }
    for (const cell of unit.cells) {
      // Who was stopped for longer than its lease goes on with something else.
      if (!lease.isHeld()) return;
      if (!isDone(cell) && mayBegin(cell)) await compute(lane, cell);
    }
  };

  const lanes = Array.from({ length: options.jobs }, () =>
    workerLane(run, plugins, {
      onOutput: (text) => options.onOutput?.(text),
      onStart: (seconds) => options.onSpent?.(seconds),
    }),
  );

  /** Walks the schedule once, along the longest way to the end; what others hold is looked at again and again. */
  const pass = async (units: readonly Unit[]): Promise<void> => {
    const schedule = makeSchedule(units);
    const elsewhere = new Set<Unit>();
    let [inHand, looked] = [0, performance.now()];
    let failure: { error: unknown } | undefined;
    const lookAgain = async () => {
      await shared.look();
      looked = performance.now();
      for (const unit of elsewhere) schedule.giveBack(unit);
      elsewhere.clear();
    };
    const next = async (): Promise<{ unit: Unit; lease: Lease } | "wait" | undefined> => {
      for (let turn = performance.now(); ; ) {
        if (failure || signal?.aborted) return undefined;
        if (performance.now() - turn > 100) {
          report();
          await pause(0);
          turn = performance.now();
        }
        if (elsewhere.size > 0 && performance.now() - looked > options.lease * 250) await lookAgain();
        const unit = schedule.take();
        if (!unit) return elsewhere.size > 0 || inHand > 0 ? "wait" : undefined;
        const missing = unit.cells.filter((cell) => !isDone(cell));
        for (const cell of unit.cells) if (!missing.includes(cell)) close(cell, false);
        if (missing.length === 0) schedule.finish(unit);
        else if (missing.some(mayBegin)) {
          const lease = await shared.take(unit.hash);
          if (lease) return { unit, lease };
          elsewhere.add(unit);
        }
      }
    };
    const walk = async (lane: Lane): Promise<void> => {
      try {
        for (;;) {
          const found = await next();
          if (found === undefined) return;
          if (found === "wait") {
            await pause(LOOK, undefined, { signal });
            const held = await shared.held();
            if ([...elsewhere].some(({ hash }) => !held.has(hash))) await lookAgain();
            report();
            continue;
          }
          inHand++;
          try {
            await doUnit(lane, found.unit, found.lease);
          } finally {
            inHand--;
            await found.lease.release();
          }
          if (found.unit.cells.every(isDone)) schedule.finish(found.unit);
        }
      } catch (error) {
        failure ??= { error };
      }
    };
    await Promise.all(lanes.map(walk));
    signal?.throwIfAborted();
    if (failure) throw failure.error;
  };

  try {
    for (const cell of plan.cells) if (has(cell.hash)) close(cell, true);
    report();
    // Once is enough unless somebody removes what was there: then the rest is made again.
    const units = unitsOf(plan.cells);
    for (let again = false; openCells(run, shared) > 0; again = true) {
      if (again) {
        await pause(LOOK, undefined, { signal });
        await shared.look();
      }
      await pass(units);
    }
    report();
    const givenUp = shared.givenUp();
    const missing = plan.cells.filter(({ hash }) => !has(hash));
    return {
      computed,
      givenUp: missing.flatMap(({ hash, label }) => {
        const reason = givenUp.get(hash);
        return reason === undefined ? [] : [{ label, reason }];
      }),
      blocked: missing.filter(({ hash }) => !givenUp.has(hash)).length,
    };
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
    await shared.close();
  }
}

/** How many cells are missing and can still be had: neither given up nor behind one that is. */
function openCells({ plan }: Run, { has, givenUp }: Shared): number {
  const ended = givenUp();
  const lost = new Set<string>();
  let open = 0;
  // Stage by stage, and so behind what they need.
  for (const { hash, needs } of plan.cells) {
    // One that was given up may be there after all: whoever was believed dead finished it.
    if (has(hash)) continue;
    if (ended.has(hash) || needs.some((need) => lost.has(need))) lost.add(hash);
    else open++;
  }
  return open;
}
