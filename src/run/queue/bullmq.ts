import { createRequire } from "node:module";
import { InputError, StorageError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";

// BullMQ, a queue on Redis: optional packages, found at run time. Only hashes of cells and how they went travel through it;
// cells themselves lie in the run's folder.

/** What of BullMQ is used here. */
interface BullMq {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly QueueEvents: new (name: string, options: object) => Events;
  readonly Redis: new (address: string, options: object) => Redis;
  readonly Worker: new (name: string, process: (job: Job) => Promise<unknown>, options: object) => Worker;
}
export interface Job {
  readonly data: unknown;
  updateProgress(share: number): Promise<void>;
}
interface Part {
  on(event: string, listener: (...args: never[]) => void): unknown;
  close(force?: boolean): Promise<void>;
}
export interface Queue extends Part {
  add(name: string, data: object, options: object): Promise<unknown>;
  getJobState(id: string): Promise<string>;
  drain(): Promise<void>;
}
export interface Events extends Part {
  waitUntilReady(): Promise<unknown>;
}
export type Worker = Part;

/** And of the client below it. */
interface Redis {
  on(event: "ready" | "close" | "error", listener: (error: Error) => void): unknown;
  disconnect(): void;
}

/** @throws InputError that says how to install it */
export function loadBullMq(): BullMq {
  const require = createRequire(import.meta.url);
  try {
    return { ...(require("bullmq") as BullMq), Redis: require("ioredis") };
  } catch (cause) {
    const [why] = (cause as Error).message.split("\n");
    throw new InputError(
      `--queue needs the packages bullmq and ioredis, which do not load here (${why}). \`npm install bullmq ioredis\` ` +
        "installs them; masque work without --queue needs nothing but the run's folder.",
    );
  }
}

/** An address as it may be shown: without name and password. @throws InputError where it is none of Redis */
export function shown(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^rediss?:$/.test(url.protocol) && url.hostname) return `${url.protocol}//${url.host}${url.pathname}`;
  // What was given may hold a password, wherever the mistake is.
  throw new InputError("--queue: expected an address such as redis://HOST:6379, or rediss:// for TLS.");
}

/** All that share a run meet in the queue of its benchmark. */
export const queueName = (hash: string): string => `masque-${hash.slice(0, 16)}`;

/** A Redis that went away is waited for, as long as it takes: what was asked of it is asked again when it is back. */
const WAITING = { maxRetriesPerRequest: null, retryStrategy: (times: number) => Math.min(times * 200, 2000) };
export const connectionTo = (address: string) => ({ url: address, ...WAITING });

/** Milliseconds in which a Redis must answer at first. */
const PATIENCE = 10_000;

/**
 * Waits for a first answer, and says from then on when Redis is away and when it is back.
 * @returns what ends the watch
 * @throws StorageError where none answers within ten seconds
 */
export async function watchRedis(
  { Redis }: Pick<BullMq, "Redis">,
  address: string,
  note: (text: string) => void,
): Promise<() => void> {
  const place = shown(address);
  const redis = new Redis(address, WAITING);
  let why = "no answer";
  let [away, over] = [false, false];
  redis.on("error", (error) => {
    why = error.message || String((error as NodeJS.ErrnoException).code);
  });
  let timer: NodeJS.Timeout | undefined;
  const first = await new Promise<boolean>((resolve) => {
    redis.on("ready", () => resolve(true));
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  clearTimeout(timer);
  if (!first) {
    redis.disconnect();
    throw new StorageError(
      `No Redis is to be used at ${place} (${why}). Start one there, or name another one, with its password, by --queue.`,
    );
  }
  redis.on("close", () => {
    if (away || over) return;
    away = true;
    note(`masque: Redis at ${place} is away; cells that are being computed go on, all else waits for it.\n`);
  });
  redis.on("ready", () => {
    if (away) note(`masque: Redis at ${place} is back.\n`);
    away = false;
  });
  return () => {
    over = true;
    redis.disconnect();
  };
}

/** What a part of BullMQ complains of: lost connections are told of by the watch. */
export function listen(part: Part, note: (text: string) => void): void {
  part.on("error", ((error: NodeJS.ErrnoException) => {
    const lost = /ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EPIPE|Connection is closed|LOADING/;
    if (!lost.test(`${error.code} ${error.message}`)) note(printable(`masque: the queue says: ${error.message}\n`));
  }) as never);
}
