import { setTimeout as pause } from "node:timers/promises";
import { StorageError } from "../../data/errors.ts";
import type { Queue } from "./bullmq.ts";
import { inWords, type Patience } from "./watch.ts";

/** Time that passes, and keeps no process from ending. */
export const quiet = (milliseconds: number) => pause(milliseconds, undefined, { ref: false });

interface Idle {
  /** Rejects with a StorageError when workers have been there for too long and none of them takes anything. */
  readonly stuck: Promise<never>;
  /** Somebody works. */
  stir(): void;
  stop(): void;
}

/**
 * Watches a queue where cells wait and nobody takes any, and says why. A first worker is waited for as long as it takes: they
 * come when a scheduler lets them. Workers that are there and take nothing are a mistake that no waiting mends.
 * @param waits how many cells are waited for
 */
export function watchIdle(task: {
  readonly queue: Queue;
  readonly name: string;
  readonly patience: Patience;
  note(text: string): void;
  waits(): number;
}): Idle {
  const { queue, name, patience, note, waits } = task;
  const period = patience.say / 12;
  // Counted in looks, as silence is: a process that was stopped for an hour has not waited for an hour.
  let [alone, idle, stopped] = [0, 0, false];
  const look = async (): Promise<void> => {
    if (waits() === 0 || (await queue.getActiveCount()) > 0) {
      [alone, idle] = [0, 0];
      return;
    }
    const paused = await queue.isPaused();
    const workers = await queue.getWorkersCount();
    const what = `${waits()} ${waits() === 1 ? "cell waits" : "cells wait"} in the queue ${name}`;
    const before = { alone, idle };
    if (workers === 0 && !paused) [alone, idle] = [alone + period, 0];
    else [alone, idle] = [0, idle + period];
    const why = paused ? "it is paused (resume it where that was done)" : `idle workers (${workers}) take none`;
    if (before.alone < patience.say && alone >= patience.say) note(`masque: ${what}, and no worker is there.\n`);
    if (before.idle < patience.say && idle >= patience.say)
      note(`masque: ${what}; ${why}. In ${inWords(patience.end - idle)} the run ends.\n`);
    if (idle < patience.end) return;
    throw new StorageError(
      `${what}, and for ${inWords(idle)} nothing happened: ${why}. What is computed is kept: mend that, then go on with --resume.`,
    );
  };
  const stuck = (async (): Promise<never> => {
    for (;;) {
      await quiet(period);
      if (stopped) await new Promise(() => {});
      try {
        await look();
      } catch (error) {
        // A Redis that does not say who is connected cannot tell either: what waits there is asked for by itself.
        if (error instanceof StorageError) throw error;
      }
    }
  })();
  stuck.catch(() => {});
  return {
    stuck,
    stir() {
      idle = 0;
    },
    stop() {
      stopped = true;
    },
  };
}
