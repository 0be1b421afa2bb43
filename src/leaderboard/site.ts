import { join } from "node:path";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../data/files.ts";
import type { Registry } from "../library/registry.ts";
import { checkEntry } from "./check.ts";
import { ENTRY_FILE } from "./claim.ts";
import type { Mismatch } from "./compare.ts";
import { openEntry } from "./open.ts";
import { entryPage } from "./pages/entry.ts";
import { indexPage } from "./pages/index.ts";
import { type Listed, listed, makeTracks } from "./ranking.ts";

export interface Site {
  /** Pages by name, relative to the site's folder. */
  readonly pages: ReadonlyMap<string, string>;
  /** What in the entries is not so; a site is built only of entries that hold up to their own evidence. */
  readonly mismatches: ReadonlyMap<string, readonly Mismatch[]>;
}

/**
 * The pages of a leaderboard: one of all tracks, one an entry. A pure function of the entries in a folder's folders.
 * @throws InputError for entries that are damaged, or of the same name
 */
export async function buildSite(folder: string, registry: Registry): Promise<Site> {
  const names = list(folder).filter((name) => list(join(folder, name)).includes(ENTRY_FILE));
  if (names.length === 0)
    throw new InputError(`${folder} holds no entries: expected folders with an ${ENTRY_FILE} in them.`);
  const entries: Listed[] = [];
  const mismatches = new Map<string, readonly Mismatch[]>();
  const seen = new Map<string, string>();
  for (const name of names) {
    const entry = await openEntry(join(folder, name), registry);
    const called = entry.file.claim.name;
    const other = seen.get(called);
    if (other)
      throw new InputError(`Two entries are called "${called}": ${join(folder, other)} and ${join(folder, name)}.`);
    seen.set(called, name);
    const { mismatches: wrong } = checkEntry(entry);
    if (wrong.length > 0) mismatches.set(join(folder, name), wrong);
    entries.push(listed(entry));
  }
  const pages = new Map<string, string>();
  if (mismatches.size > 0) return { pages, mismatches };
  const tracks = makeTracks(entries);
  pages.set("index.html", indexPage(tracks));
  for (const track of tracks) {
    for (const one of track.entries) pages.set(`entries/${one.entry.file.claim.name}.html`, entryPage(one, track));
  }
  return { pages, mismatches };
}

/** Writes a site's pages. */
export function writeSite(out: string, { pages }: Site): void {
  makeFolder(join(out, "entries"));
  for (const [name, text] of pages) writeAtomic(join(out, name), text);
}
