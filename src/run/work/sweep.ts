import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { list } from "../../data/files.ts";

/**
 * Seconds after which a temporary file was left behind. Writing one takes moments: an hour while others are at work, a
 * minute once all that anybody could be writing is there already.
 */
const OLD = { working: 3600, collected: 60 };

/**
 * Removes temporary files of any machine that are old by the file server's clock: a container that was killed never comes
 * back under its name to clear away its own.
 */
export function sweepOld(folder: string, now: number, seconds = OLD.working): void {
  for (const part of ["", "cells", "policies", "hosts", "failures", "leases"]) {
    const place = join(folder, part);
    for (const name of list(place)) {
      if (!/^\..*(\.tmp$|^\.left-|^\.clock-)/.test(name)) continue;
      const path = join(place, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() && now - stat.mtimeMs > seconds * 1000) rmSync(path, { force: true });
    }
  }
}

/** Removes what workers needed among themselves, once every cell is there; `host.json` has just been written. */
export function removeTraces(folder: string): void {
  for (const part of ["leases", "failures", "partial"]) rmSync(join(folder, part), { recursive: true, force: true });
  sweepOld(folder, statSync(join(folder, "host.json")).mtimeMs, OLD.collected);
}
