import { linkSync, lstatSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../data/errors.ts";
import { explainWriting, isMissing, list, makeFolder, readText } from "../../data/files.ts";

/**
 * Who is at work on what: a small file each in `leases/`, made with O_EXCL and written to again while its work goes on, so
 * that a dead worker's grows old. Leases are advice and never needed for the results: two workers on one cell write the
 * same bytes.
 */
export interface Leases {
  /** Takes a lease; undefined where another worker has it. */
  take(name: string): Lease | undefined;
  /** Names of all leases that anybody holds. */
  names(): string[];
  /** The file server's clock, in milliseconds. Machines' own may differ by minutes. */
  now(): number;
  /** Releases what is still held, and ends the beating. */
  close(): void;
}

export interface Lease {
  /** The worker whose lease this was until it grew too old, where somebody left one. */
  readonly leftBy?: string;
  /** Whether it was still this worker's at the last beat: one that was stopped for too long has lost it. */
  isHeld(): boolean;
  release(): void;
}

/** What workers are called: also the name of their file in `hosts/`. */
export const WORKER_NAME = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** Beats within the time after which a lease counts as left behind: three may be lost. */
const BEATS = 4;

/** @param seconds without a beat after which a lease may be taken over */
export function openLeases(folder: string, worker: string, seconds: number): Leases {
  const place = join(folder, "leases");
  makeFolder(place);
  const held = new Set<string>();
  const path = (name: string) => join(place, name);
  const clock = path(`.clock-${worker}`);
  const mine = `${worker}\n`;

  const isMine = (name: string) => ownerOf(path(name)) === worker;
  const release = (name: string) => {
    if (isMine(name)) rmSync(path(name), { force: true });
    held.delete(name);
  };
  /** What was just written has the server's time. Setting times from here would give this machine's. */
  const now = () => {
    rewrite(clock, mine, "w");
    const { mtimeMs } = statSync(clock);
    rmSync(clock, { force: true });
    return mtimeMs;
  };
  const create = (name: string, leftBy?: string): Lease | undefined => {
    if (!rewrite(path(name), mine, "wx")) return undefined;
    held.add(name);
    return { ...(leftBy && { leftBy }), isHeld: () => held.has(name), release: () => release(name) };
  };
  const beat = () => {
    for (const name of held) {
      try {
        if (!isMine(name) || !rewrite(path(name), mine, "r+")) held.delete(name);
      } catch {
        // A file server that is away for a moment. If it stays away, others take over, or nobody can.
      }
    }
  };
  const timer = setInterval(beat, (seconds * 1000) / BEATS).unref();

  return {
    take(name) {
      const lease = create(name);
      if (lease) return lease;
      // Never through a link: one that leads nowhere could be neither made nor taken over.
      const before = lstatSync(path(name), { throwIfNoEntry: false });
      if (!before) return create(name);
      // One from the future would be waited for until then: no beat of a living worker is dated so.
      if (Math.abs(now() - before.mtimeMs) < seconds * 1000) return undefined;
      // Whoever renames it away has the right to make it anew.
      const leftBy = ownerOf(path(name)) ?? "an unknown worker";
      const gone = path(`.left-${name}-${worker}`);
      try {
        renameSync(path(name), gone);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      const taken = lstatSync(gone);
      if (taken.ino !== before.ino || taken.mtimeMs !== before.mtimeMs) putBack(gone, path(name));
      // Strangers may have made a folder.
      rmSync(gone, { recursive: true, force: true });
      return create(name, leftBy);
    },
    names: () => list(place).filter((name) => !name.startsWith(".")),
    now,
    close() {
      clearInterval(timer);
      for (const name of held) release(name);
      removeEmpty(place);
    },
  };
}

/** Somebody else had made it anew in between: it is theirs, unless a third one has it by now. */
function putBack(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Writes a file; false where it is there already ("wx") or no more ("r+"). */
function rewrite(path: string, text: string, flag: "w" | "wx" | "r+"): boolean {
  const write = () => writeFileSync(path, text, { flag });
  try {
    write();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (isMissing(error) && flag === "r+")) return false;
    if (!isMissing(error)) throw explainWriting(path, error as NodeJS.ErrnoException);
    // Whoever collected the results has removed the folder.
    makeFolder(join(path, ".."));
    write();
    return true;
  }
}

/** Whose lease a file is; undefined where it is gone, or says nothing that a worker could be called. */
function ownerOf(path: string): string | undefined {
  try {
    const name = readText(path, 1000).trim();
    return WORKER_NAME.test(name) ? name : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Others are at work, or it is gone.
  }
}
