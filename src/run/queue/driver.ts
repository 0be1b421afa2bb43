import { z } from "zod";
import { InputError, StorageError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";
import { masque } from "../../data/package.ts";
import { finished } from "../cells.ts";
import { type Lane, type OpenExecutor, WorkerDied } from "../pool.ts";
import type { Run } from "../run.ts";
import { connectTo, listen, loadBullMq, queueName, shown } from "./bullmq.ts";
import { quiet, watchIdle } from "./idle.ts";
import { PATIENCE, type Patience, watchRedis } from "./watch.ts";

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

/** Milliseconds after which a lane that was told nothing asks: messages may be lost with a Redis that is, or never come. */
const ASK = 2000;

interface Waiting {
  told(outcome: Outcome): void;
  progress(share: number): void;
}

/**
 * Connects to the queue of a benchmark. What lies there or comes from there is whoever's: a cell is done when the folder has it,
 * and nothing is waited for without end but a first worker.
 * @throws InputError without BullMQ; StorageError where no Redis answers
 */
export async function openQueue(address: string, hash: string, patience: Patience = PATIENCE): Promise<QueueOfCells> {
  // What there is to say while nobody is at work interests nobody.
  let note = (_: string): void => {};
  const say = (text: string) => note(text);
  const bullmq = loadBullMq();
  const redis = await watchRedis(bullmq, address, say, patience);
  const { connection, end } = connectTo(bullmq, address);
  const options = { connection, autorun: false };
  const name = queueName(hash);
  const [queue, events] = [new bullmq.Queue(name, options), new bullmq.QueueEvents(name, options)];
  for (const part of [queue, events]) listen(part, say);
  const waiting = new Map<string, Waiting>();
  let closed = false;

  /** Of a Redis that answers, but not to this: one that may not be written, or is full, or holds something else there. */
  const asked = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (cause) {
      if (cause instanceof StorageError) throw cause;
      const message = printable((cause as Error).message.slice(0, 300));
      throw new StorageError(
        `Redis at ${shown(address)} refused what the queue ${name} needs (${message}). What is computed is kept: mend that, or ` +
          "name another Redis, then go on with --resume.",
      );
    }
  };
  // Before anything is put there: what nobody listens to is lost.
  try {
    await asked(Promise.race([events.waitUntilReady(), redis.lost]));
  } catch (error) {
    redis.stop();
    end();
    throw error;
  }
  void (async () => {
    while (!closed) {
      // Ends at an event that is none, a stranger's: it is passed over, and what was missed meanwhile is asked for.
      await events.run().catch(() => {});
      await quiet(ASK / 4);
    }
  })();
  const idle = watchIdle({ queue, name, patience, note: say, waits: () => waiting.size });
  const broken = Promise.race([redis.lost, idle.stuck]);
  broken.catch(() => {});
  const tell = (kind: string, listener: (id: string, data: Readonly<Record<string, unknown>>) => void) =>
    events.on(kind, ((data: Readonly<Record<string, unknown>>) => {
      idle.stir();
      listener(String(data.jobId), data);
    }) as never);
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
    const ends = Promise.race([aborted, broken]);
    ends.catch(() => {});
    aborts.set(signal, ends);
    return ends;
  };

  const lane = (run: Run): Lane => ({
    async compute(cell, { signal, onProgress }) {
      let absences = 0;
      const put = async () => {
        absences = redis.absences();
        // Where something of that name lies about, finished, delayed or damaged, nothing new would be taken in.
        await asked(queue.remove(cell.hash));
        const order = { version: masque().version, hash: cell.hash };
        const kept = { jobId: cell.hash, removeOnComplete: true, removeOnFail: true };
        await asked(queue.add(cell.stage, order, kept));
      };
      const ends = abortOf(signal);
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
          const state = await asked(queue.getJobState(cell.hash));
          if (state === "active") idle.stir();
          if (["active", "waiting"].includes(state)) continue;
          const late = await Promise.race([told, quiet(ASK / 4)]);
          if (late) return late;
          if (finished(run, cell)) return { kind: "done", cpuSeconds: 0 };
          // A Redis that lost what it knew is told it again; one that was there all the time has no excuse.
          if (redis.absences() === absences) return { kind: "died", reason: LEFT(state), ready: true };
          if (!over) await put();
        }
      };
      try {
        for (;;) {
          const found = await Promise.race([one(), ends]);
          if (found.kind === "done") {
            for (let tries = 0; tries < SEEN && !run.store.has(cell.hash); tries++)
              await Promise.race([quiet(1000), ends]);
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
      closed = true;
      redis.stop();
      idle.stop();
      // What nobody has begun is not to be computed any more; a Redis that is away keeps it, and nobody is harmed.
      await Promise.race([queue.drain().catch(() => {}), quiet(1000)]);
      await Promise.race([Promise.all([queue.close(), events.close()]).catch(() => {}), quiet(1000)]);
      end();
    },
  };
}

const LEFT = (state: string) =>
  `left the queue (it is "${printable(state.slice(0, 40))}" there) without a word of how it went, and its cell is not in the folder: ` +
  "somebody else clears the queue, Redis throws keys away (maxmemory-policy), or it is another one's";

function errorOf({ name, message }: Outcome & { kind: "failed" }): Error {
  const kind = [InputError, StorageError].find((one) => one.name === name) ?? Error;
  return new kind(printable(message));
}
