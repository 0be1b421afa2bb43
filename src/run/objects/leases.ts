import { WORKER_NAME } from "../work/leases.ts";
import type { Lease } from "../work/shared.ts";
import type { Bucket } from "./bucket.ts";

/**
 * Leases as in a folder (see `openLeases`), by conditional writes: made with `If-None-Match: *`, renewed and taken over with
 * `If-Match`, dated by the service's own clock. An empty one is free: it was released, and is never removed while anybody
 * works, since not every service removes upon a condition.
 */
export interface ObjectLeases {
  /** Undefined where another worker has it. */
  take(name: string): Promise<(Lease & { readonly used: boolean }) | undefined>;
  /** Names of all leases that anybody holds. */
  held(): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

/** Beats within the time after which a lease counts as left behind: three may be lost. */
const BEATS = 4;
/** Milliseconds for which a listing is good enough for those who wait. */
const FRESH = 2000;

/** @param seconds without a beat after which a lease may be taken over */
export function openObjectLeases(bucket: Bucket, worker: string, seconds: number): ObjectLeases {
  const key = (name: string) => `leases/${name}`;
  /** Tags of leases that are held here. */
  const held = new Map<string, string>();
  let writes = 0;
  // Every write is another one, so that tags tell them apart.
  const mine = () => `${worker} ${writes++}\n`;

  const beat = async (name: string) => {
    const before = held.get(name);
    if (before === undefined) return;
    try {
      const tag = await bucket.put(key(name), mine(), { etag: before });
      if (held.get(name) !== before) return;
      if (tag === undefined) held.delete(name);
      else held.set(name, tag);
    } catch {
      // A service that is away for a moment. If it stays away, others take over, or nobody can.
    }
  };
  let beating: Promise<unknown> = Promise.resolve();
  const timer = setInterval(
    () => {
      beating = Promise.all([...held.keys()].map(beat));
    },
    (seconds * 1000) / BEATS,
  ).unref();
  const release = async (name: string) => {
    await beating;
    const etag = held.get(name);
    held.delete(name);
    if (etag !== undefined) await bucket.put(key(name), "", { etag }).catch(() => {});
  };
  const hold = (name: string, tag: string, used: boolean, leftBy?: string) => {
    held.set(name, tag);
    return { used, ...(leftBy && { leftBy }), isHeld: () => held.has(name), release: () => release(name) };
  };
  let listed = { at: Number.NEGATIVE_INFINITY, names: new Set<string>() as ReadonlySet<string> };

  return {
    async take(name) {
      const made = await bucket.put(key(name), mine(), { absent: true });
      if (made !== undefined) return hold(name, made, false);
      const { objects, now } = await bucket.list(key(name));
      const before = objects.get(key(name));
      if (!before) return undefined;
      // One from the future would be waited for until then: no beat of a living worker is dated so. One without a date is kept.
      const isLeft = Math.abs(now - before.modified) >= seconds * 1000;
      if (before.size > 0 && !isLeft) return undefined;
      const leftBy = before.size > 0 ? await ownerOf(name) : undefined;
      const tag = await bucket.put(key(name), mine(), { etag: before.etag });
      return tag === undefined ? undefined : hold(name, tag, true, leftBy);
    },
    async held() {
      if (performance.now() - listed.at > FRESH) {
        const { objects } = await bucket.list("leases/");
        const names = [...objects].flatMap(([name, { size }]) => (size > 0 ? [name.slice("leases/".length)] : []));
        listed = { at: performance.now(), names: new Set(names) };
      }
      return listed.names;
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...held.keys()].map(release));
    },
  };

  async function ownerOf(name: string): Promise<string> {
    const found = await bucket.get(key(name), 1000).catch(() => undefined);
    const [owner = ""] = Buffer.from(found?.bytes ?? [])
      .toString("utf8")
      .split(" ");
    return WORKER_NAME.test(owner) ? owner : "an unknown worker";
  }
}
