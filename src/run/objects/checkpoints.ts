import { readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InputError } from "../../data/errors.ts";
import { list, makeFolder } from "../../data/files.ts";
import { PARTIAL_FILE, partialFolder, reached, SAYS_SO } from "../work/partial.ts";
import type { Bucket } from "./bucket.ts";
import { bring, MOST } from "./copy.ts";

// Checkpoints of trainings under way, in the bucket as in a folder. Who holds the lease on a training sends what its process
// writes; who takes the lease next goes on from there. They only save work: one that is damaged, too large or of something else
// is not used, and the training begins anew.

/** A training that is followed. */
export interface Followed {
  /** Sends what has not been sent yet, and ends. */
  end(): Promise<void>;
  /** Ends, and removes what was sent: the training's cell is in the bucket. */
  clear(): Promise<void>;
}

/** Files of a cell's checkpoints: every round of a defender's training has some ten. */
const MOST_FILES = 1000;
/** Of a file that is there, but is not the one here. */
const OTHER = "";

/**
 * Brings a training's checkpoints into the folder, where those in the bucket are further on than its own, and sends what
 * becomes of them.
 * @param seconds between two looks at what is new; the next one waits until all of the last one's is sent
 * @param isHeld whether the lease on it still is this worker's
 */
export async function followCheckpoints(
  bucket: Bucket,
  folder: string,
  cell: string,
  { seconds, isHeld, onDamage }: { seconds: number; isHeld(): boolean; onDamage?(why: string): void },
): Promise<Followed> {
  const place = partialFolder(cell);
  /** What is in the bucket, by name: how the file was that was sent. */
  const sent = new Map<string, string>();

  const { objects } = await bucket.list(`${place}/`);
  for (const name of objects.keys()) sent.set(name, OTHER);
  const found = [...objects].filter(([name]) => PARTIAL_FILE.test(name.slice(place.length + 1)));
  const size = bytesOf(objects.values());
  if (objects.size > MOST_FILES || size > MOST.checkpoints) {
    onDamage?.(`${bucket.place}/${place}/: ${objects.size} files of ${size} bytes, more than checkpoints have.`);
  } else if (found.length > 0) {
    const aside = join(folder, "brought");
    try {
      for (const [name, told] of found) await bring(bucket, aside, name, told.size);
      if (reached(aside, cell) > reached(folder, cell)) {
        rmSync(join(folder, place), { recursive: true, force: true });
        makeFolder(join(folder, place, ".."));
        renameSync(join(aside, place), join(folder, place));
        for (const [name, { stamp }] of filesIn(folder, place)) sent.set(name, stamp);
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }

  const remove = async (isPast: (name: string) => boolean): Promise<void> => {
    for (const name of [...sent.keys()].filter(isPast)) {
      await bucket.remove(name);
      sent.delete(name);
    }
  };
  /** Sends what changed, those files last that speak of others; what is gone is removed then. */
  const send = async (): Promise<void> => {
    const now = filesIn(folder, place);
    const changed = [...now.keys()].filter((name) => sent.get(name) !== now.get(name)!.stamp);
    // None is no news: the cell is written, and on its way.
    if (now.size === 0 || bytesOf(now.values()) > MOST.checkpoints) return;
    const files = changed.map((name) => [name, readFileSync(join(folder, name))] as const);
    // All of them at one moment: its process may have written meanwhile. The next time, then.
    if (!isDeepStrictEqual(now, filesIn(folder, place))) return;
    for (const [name, bytes] of files.sort(([a], [b]) => Number(SAYS_SO.test(a)) - Number(SAYS_SO.test(b)))) {
      sent.set(name, OTHER);
      await bucket.put(name, bytes);
      sent.set(name, now.get(name)!.stamp);
    }
    await remove((name) => !now.has(name));
  };
  let sending: Promise<void> | undefined;
  const look = (): Promise<void> => {
    sending ??= (isHeld() ? send() : Promise.resolve())
      .catch(() => {
        // Files that are gone already, or a service that is away for a moment: nothing but work is lost with them.
      })
      .finally(() => {
        sending = undefined;
      });
    return sending;
  };
  const timer = setInterval(look, seconds * 1000).unref();
  const stop = async () => {
    clearInterval(timer);
    await sending;
  };
  return {
    async end() {
      await stop();
      await look();
    },
    async clear() {
      await stop();
      await remove(() => true);
    },
  };
}

const bytesOf = (files: Iterable<{ readonly size: number }>): number =>
  [...files].reduce((sum, { size }) => sum + size, 0);

interface OnDisk {
  readonly size: number;
  /** Another one wherever the file is another one: files are replaced, never changed in place. */
  readonly stamp: string;
}

/** A cell's checkpoints on disk, by their names in the run's folder. */
function filesIn(folder: string, place: string): Map<string, OnDisk> {
  const tops = list(join(folder, place));
  const names = tops.flatMap((top) => [top, ...list(join(folder, place, top)).map((name) => `${top}/${name}`)]);
  return new Map(
    names
      .filter((name) => PARTIAL_FILE.test(name))
      .flatMap((name): [string, OnDisk][] => {
        const stat = statSync(join(folder, place, name), { bigint: true, throwIfNoEntry: false });
        if (!stat?.isFile()) return [];
        return [[`${place}/${name}`, { size: Number(stat.size), stamp: `${stat.ino} ${stat.size} ${stat.mtimeNs}` }]];
      }),
  );
}
