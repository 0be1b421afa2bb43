import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../data/errors.ts";
import { finished } from "../cells.ts";
import { type Cell, isTraining } from "../plan.ts";
import { openFailures } from "../work/failures.ts";
import { reached } from "../work/partial.ts";
import type { OpenShared, Shared } from "../work/shared.ts";
import type { Bucket, Told } from "./bucket.ts";
import { type Followed, followCheckpoints } from "./checkpoints.ts";
import { bring, bringCell, cellFile, putCell, take } from "./copy.ts";
import { openObjectLeases } from "./leases.ts";

const CELL = /^cells\/([0-9a-f]{64})\.json$/;
const FAILURE = /^failures\/([0-9a-f]{64})\.json$/;
/** Bytes of a failure's file; a larger one is nobody's, and must stop nobody. */
const MOST_FAILURE = 1 << 20;
/** Objects that are asked for at once. */
const AT_ONCE = 16;
/** Looks at what checkpoints a training has written, within the time after which its lease counts as left behind. */
const LOOKS = 4;

/** Hashes of the cells that are in a bucket. */
export async function cellsIn(bucket: Bucket): Promise<Set<string>> {
  const { objects } = await bucket.list("cells/");
  return new Set([...objects.keys()].flatMap((name) => CELL.exec(name)?.[1] ?? []));
}

/** Does something for every item, a few at once. */
export async function each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await act(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}

/** What workers share through a bucket; the run's folder is this worker's own. */
export const shareBucket =
  (bucket: Bucket): OpenShared =>
  async (run, { worker, lease, onDamage }) => {
    const { folder } = run.store;
    const leases = openObjectLeases(bucket, worker, lease);
    const failures = openFailures(folder);
    // What an earlier worker left here may have been mended elsewhere.
    failures.clear();
    const failureFile = (hash: string) => `failures/${hash}.json`;
    // Only grows: a listing may lag behind what is there.
    const there = new Set<string>();
    /** Of failures that were listed. */
    const tags = new Map<string, string>();
    /** Uploads under way. A service answers more slowly than small cells are computed, so these do not wait for it. */
    const uploads = new Set<Promise<unknown>>();

    const lookAtFailures = async () => {
      const { objects } = await bucket.list("failures/");
      const fits = ([name, { size }]: [string, Told]) => FAILURE.test(name) && size <= MOST_FAILURE;
      const known = new Map([...objects].filter(fits));
      // Gone since it was last listed: somebody finished the cell, or tries all again.
      for (const name of [...tags.keys()].filter((one) => !known.has(one))) {
        tags.delete(name);
        rmSync(join(folder, name), { force: true });
      }
      for (const [name, { etag }] of known) {
        if (tags.get(name) !== etag && (await bring(bucket, folder, name, MOST_FAILURE))) tags.set(name, etag);
      }
    };
    const look = async () => {
      for (const hash of await cellsIn(bucket)) there.add(hash);
      await lookAtFailures();
    };
    const cells = new Map(run.plan.cells.map((cell) => [cell.hash, cell]));
    const brought = new Set<string>();
    /** Brings a training, whole; one that is damaged is removed, and so made anew. */
    const bringTraining = async (hash: string): Promise<void> => {
      if (brought.has(hash)) return;
      const cell = cells.get(hash)!;
      if (finished(run, cell)) return void brought.add(hash);
      for (const need of cell.needs) await bringTraining(need);
      let why = "it is not there any more.";
      const whole = await bringCell(bucket, run, cell)
        .then(() => finished(run, cell, (reason) => (why = reason)) !== undefined)
        .catch((error) => {
          if (!(error instanceof InputError)) throw error;
          why = error.message;
          return false;
        });
      if (whole) return void brought.add(hash);
      onDamage?.(`${bucket.place}/${cellFile(hash)}: ${why}`);
      await bucket.remove(cellFile(hash));
      there.delete(hash);
    };
    /** Trainings that are computed here, where they have checkpoints. */
    const followed = new Map<string, Followed>();
    const follow = async (cell: Cell | undefined, isHeld: () => boolean): Promise<void> => {
      if (run.benchmark.config.checkpoint === undefined || !cell || !isTraining(cell.stage) || there.has(cell.hash))
        return;
      const how = { seconds: lease / LOOKS, isHeld, onDamage };
      followed.set(cell.hash, await followCheckpoints(bucket, folder, cell.hash, how));
    };
    const shared: Shared = {
      look,
      has: (hash) => there.has(hash),
      isDone: ({ hash }) => there.has(hash),
      async take(name) {
        const found = await leases.take(name);
        if (!found) return undefined;
        // Others had it before: they may have finished what it is about since this worker last looked.
        if (found.used) await look();
        await follow(cells.get(name), found.isHeld);
        const release = async () => {
          try {
            await followed.get(name)?.end();
            followed.delete(name);
            await Promise.all(uploads);
            await take(bucket, folder, `hosts/${worker}.json`);
          } finally {
            await found.release();
          }
        };
        return { ...found, release };
      },
      held: leases.held,
      async bring(cell) {
        for (const need of cell.needs) await bringTraining(need);
        return finished(run, cell) !== undefined;
      },
      async publish({ hash, stage }) {
        const upload = putCell(bucket, run, hash);
        there.add(hash);
        upload.catch(() => there.delete(hash));
        if (isTraining(stage)) {
          await upload;
          await followed.get(hash)?.clear();
          return;
        }
        uploads.add(upload);
        upload.then(
          () => uploads.delete(upload),
          () => {},
        );
        if (uploads.size >= AT_ONCE) await Promise.all(uploads);
      },
      async death(cell, reason) {
        const attempt = failures.death(cell, reason, reached(folder, cell.hash));
        await take(bucket, folder, failureFile(cell.hash));
        return attempt;
      },
      async giveUp(cell, reason) {
        failures.giveUp(cell, reason);
        await take(bucket, folder, failureFile(cell.hash));
      },
      async forget(cell) {
        if (!existsSync(join(folder, failureFile(cell.hash)))) return;
        failures.forget(cell);
        await bucket.remove(failureFile(cell.hash));
      },
      isGivenUp: failures.isGivenUp,
      givenUp: failures.givenUp,
      close: leases.close,
    };
    await look();
    return shared;
  };
