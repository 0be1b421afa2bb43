import { InputError } from "../../data/errors.ts";
import type { Bucket } from "./bucket.ts";

/**
 * Tries what leases and cells are built on: writing only where nothing is, writing only over what was read, a clock, and
 * reading back at once what was written.
 * @param name that nobody else uses
 * @throws InputError for a service that does not do so; whatever else a bucket throws that cannot be used
 */
export async function probe(bucket: Bucket, name: string): Promise<void> {
  const key = `probe/${name}`;
  const fails = (what: string) =>
    new InputError(
      `--store ${bucket.place}: the service there does not hold ${what}, so two workers could overwrite each other unseen. ` +
        "Use one that does (Amazon S3, MinIO, Cloudflare R2, Ceph do), or a folder that all machines share.",
    );
  const first = await bucket.put(key, "1", { absent: true });
  if (first === undefined) throw fails("`If-None-Match: *` (it found an object that is not there)");
  try {
    if ((await bucket.put(key, "2", { absent: true })) !== undefined) throw fails("`If-None-Match: *`");
    const second = await bucket.put(key, "3", { etag: first });
    if (second === undefined || second === first) throw fails("`If-Match` with the tag it gave");
    if ((await bucket.put(key, "4", { etag: first })) !== undefined) throw fails("`If-Match`");
    const found = await bucket.get(key, 100);
    if (!found || Buffer.from(found.bytes).toString() !== "3") throw fails("that a write is read at once");
    const { objects, now } = await bucket.list(key);
    const told = objects.get(key);
    if (told?.etag !== second) throw fails("that a write is listed at once");
    if (!Number.isFinite(now - told.modified)) throw fails("a clock: its answers or listings have no dates");
  } finally {
    await bucket.remove(key);
  }
}
