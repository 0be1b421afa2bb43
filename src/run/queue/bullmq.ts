import { createRequire } from "node:module";
import { InputError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";

// BullMQ, a queue on Redis: optional packages, found at run time. Only hashes of cells and how they went travel through it;
// cells themselves lie in the run's folder.

/** What of BullMQ is used here. */
export interface BullMq {
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
  /** Removes a job that nobody is at work on. */
  remove(id: string): Promise<number>;
  getActiveCount(): Promise<number>;
  getWorkersCount(): Promise<number>;
  isPaused(): Promise<boolean>;
  drain(): Promise<void>;
}
export interface Events extends Part {
  waitUntilReady(): Promise<unknown>;
  /** Reads events until it is closed, or comes upon one that is none. */
  run(): Promise<void>;
}
export type Worker = Part;

/** And of the client below it. */
interface Redis {
  on(event: "ready" | "close" | "error", listener: (error: Error) => void): unknown;
  ping(): Promise<unknown>;
  duplicate(...given: unknown[]): Redis;
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

/** A Redis that went away is waited for (see `watchRedis`): what was asked of it is asked again when it is back. */
export const WAITING = { maxRetriesPerRequest: null, retryStrategy: (times: number) => Math.min(times * 200, 2000) };

/**
 * A connection for BullMQ, which duplicates it as it needs. BullMQ closes connections in good order only, and would wait for ever
 * for a Redis that is gone: these end together, at once.
 */
export function connectTo({ Redis }: Pick<BullMq, "Redis">, address: string) {
  const all: Redis[] = [];
  const keep = (one: Redis): Redis => {
    // The watch tells of it.
    one.on("error", () => {});
    all.push(one);
    return one;
  };
  class Connection extends Redis {
    override duplicate(...given: unknown[]): Redis {
      return keep(super.duplicate(...given));
    }
  }
  return {
    connection: keep(new Connection(address, WAITING)),
    end() {
      for (const one of all) one.disconnect();
    },
  };
}

/** What a part of BullMQ complains of: lost connections are told of by the watch. */
export function listen(part: Part, note: (text: string) => void): void {
  part.on("error", ((error: NodeJS.ErrnoException) => {
    const lost = /ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EPIPE|Connection is closed|LOADING/;
    if (!lost.test(`${error.code} ${error.message}`)) note(printable(`masque: the queue says: ${error.message}\n`));
  }) as never);
}
