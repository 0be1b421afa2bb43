import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { InputError, StorageError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";
import { finished } from "../cells.ts";
import { type Lane, type OpenExecutor, WorkerDied } from "../pool.ts";
import type { Run } from "../run.ts";
import { connectionTo, listen, loadBullMq, queueName, watchRedis } from "./bullmq.ts";

/** How a cell went, as a worker says it; words of strangers. */
export const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("done"), cpuSeconds: z.number().min(0) }),
  /** Its process ended. */
  z.strictObject({ kind: z.literal("died"), reason: z.string().max(10_000), ready: z.boolean() }),
  z.strictObject({ kind: z.literal("failed"), name: z.string().max(100), message: z.string().max(100_000) }),
  /** The worker was told to stop: somebody else is to compute it. */
  z.strictObject({ kind: z.literal("released") }),
]);
export type Outcome = z.output<typeof outcome>;

/** A queue that is connected; its lanes put cells there and wait for workers elsewhere. */
export interface QueueOfCells {
  readonly executor: OpenExecutor;
  close(): Promise<void>;
}

/** Seconds in which a cell that a worker wrote is seen here: file servers may take a few. */
const SEEN = 10;

/** Time that passes, and keeps no process from ending. */
const quiet = (milliseconds: number) => pause(milliseconds, undefined, { ref: false });

/** Milliseconds after which a lane that was told nothing asks: messages may be lost with a Redis that is. */
const ASK = 2000;

/**
 * Connects to the queue of a benchmark.
 * @throws InputError without BullMQ; StorageError where no Redis answers
 */
export async function openQueue(address: string, hash: string): Promise<QueueOfCells> {
  // What there is to say while nobody is at work interests nobody.
  let note = (_: string): void => {};
  const say = (text: string) => note(text);
  const bullmq = loadBullMq();
  const unwatch = await watchRedis(bullmq, address, say);
  const options = { connection: connectionTo(address) };
  const name = queueName(hash);
  const [queue, events] = [new bullmq.Queue(name, options), new bullmq.QueueEvents(name, options)];
  for (const part of [queue, events]) listen(part, say);
  // Before anything is put there: what nobody listens to is lost.
  await events.waitUntilReady();
  const waiting = new Map<string, { told(outcome: Outcome): void; progress(share: number): void }>();
  const tell = (kind: string, listener: (id: string, data: Readonly<Record<string, unknown>>) => void) =>
    events.on(kind, ((data: Readonly<Record<string, unknown>>) => listener(String(data.jobId), data)) as never);
  tell("completed", (id, { returnvalue }) => {
    const parsed = outcome.safeParse(returnvalue);
    const nonsense = { kind: "died", reason: "said something that is no outcome of a cell", ready: true } as const;
    waiting.get(id)?.told(parsed.success ? parsed.data : nonsense);
  });
  // Workers catch what goes wrong with a cell: this is about one that fell silent.
  tell("failed", (id, { failedReason }) =>
    waiting.get(id)?.told({ kind: "died", reason: `fell silent (${String(failedReason).slice(0, 200)})`, ready: true }),
  );
  tell("progress", (id, { data }) => {
    if (typeof data === "number" && data >= 0 && data <= 1) waiting.get(id)?.progress(data);
  });

  /** One listener for all lanes of a run, which are told to stop by one signal. */
  const aborts = new Map<AbortSignal | undefined, Promise<never>>();
  const abortOf = (signal: AbortSignal | undefined): Promise<never> => {
    const known = aborts.get(signal);
    if (known) return known;
    const aborted = new Promise<never>((_, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    aborts.set(signal, aborted);
    return aborted;
  };

  const lane = (run: Run): Lane => ({
    async compute(cell, { signal, onProgress }) {
      const put = () =>
        queue.add(cell.stage, { hash: cell.hash }, { jobId: cell.hash, removeOnComplete: true, removeOnFail: true });
      const aborted = abortOf(signal);
      let over = false;
      const one = async (): Promise<Outcome> => {
        const told = new Promise<Outcome>((resolve) => {
          waiting.set(cell.hash, { told: resolve, progress: (share) => onProgress?.(share) });
        });
        await put();
        for (;;) {
          if (over) return { kind: "released" };
          const found = await Promise.race([told, quiet(ASK)]);
          if (found) return found;
          // A Redis that lost what it knew: the folder says what is done, and the rest is put there again.
          if ((await queue.getJobState(cell.hash)) !== "unknown") continue;
          const late = await Promise.race([told, quiet(ASK / 4)]);
          if (late) return late;
          if (finished(run, cell)) return { kind: "done", cpuSeconds: 0 };
          if (!over) await put();
        }
      };
      try {
        for (;;) {
          const found = await Promise.race([one(), aborted]);
          if (found.kind === "done") {
            for (let tries = 0; tries < SEEN && !run.store.has(cell.hash); tries++)
              await Promise.race([quiet(1000), aborted]);
            if (run.store.has(cell.hash)) return found.cpuSeconds;
            throw new WorkerDied("says that it is done, but it is not in this folder: it works on another one", true);
          }
          if (found.kind === "died") throw new WorkerDied(printable(found.reason), found.ready);
          if (found.kind === "failed") throw errorOf(found);
        }
      } finally {
        over = true;
        waiting.delete(cell.hash);
      }
    },
    close: () => Promise.resolve(),
  });
  return {
    executor(run, lanes, { onOutput }) {
      note = onOutput;
      return { lanes: Array.from({ length: lanes }, () => lane(run)), close: () => Promise.resolve() };
    },
    async close() {
      unwatch();
      // What nobody has begun is not to be computed any more; a Redis that is away keeps it, and nobody is harmed.
      await Promise.race([queue.drain().catch(() => {}), quiet(1000)]);
      await Promise.race([Promise.all([queue.close(), events.close()]).catch(() => {}), quiet(1000)]);
    },
  };
}

function errorOf({ name, message }: Outcome & { kind: "failed" }): Error {
  const kind = [InputError, StorageError].find((one) => one.name === name) ?? Error;
  return new kind(printable(message));
}
