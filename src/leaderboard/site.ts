import { join } from "node:path";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../data/files.ts";
import { masque } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import type { Page } from "../report/html/page.ts";
import type { Watch } from "../report/sections/watch.ts";
import { openBoard, RECORDED, saidOf } from "./board.ts";
import { checkEntry } from "./check.ts";
import { ENTRY_FILE } from "./claim.ts";
import { type OpenEntry, openEntry } from "./open.ts";
import { entryPage } from "./pages/entry.ts";
import { indexPage } from "./pages/index.ts";
import { type Listed, listed, type Problem, type RankedTrack, rankedTracks, type Standings } from "./ranking.ts";
import { readRecordings } from "./recordings.ts";
import { explain } from "./verify.ts";

/**
 * Reads a board: ranks what keepers verified, and says of all else why it has no rank. Executes nothing. What a keeper found
 * in order with this Masque is not recomputed: its signature covers the digests of the episodes and of the aggregates.
 * @throws InputError where the folder has no entries at all, or its keepers cannot be read
 */
export async function readStandings(folder: string, registry: Registry): Promise<Standings> {
  const names = list(folder).filter((name) => list(join(folder, name)).includes(ENTRY_FILE));
  if (names.length === 0 && list(join(folder, RECORDED)).length === 0)
    throw new InputError(`${folder} holds no entries: expected folders with an ${ENTRY_FILE} in them.`);
  const board = openBoard(folder);
  const all: Listed[] = [];
  const problems: Problem[] = [...board.problems];
  for (const name of names) {
    const at = join(folder, name);
    try {
      const entry = await openEntry(at, registry);
      const { latest } = saidOf(at, entry.file, board);
      const vouched = latest?.mismatches.length === 0 && latest.masque === masque().version;
      const { mismatches } = checkEntry(entry, { vouched });
      if (mismatches.length > 0) throw new InputError(`its episodes contradict it: ${explain(mismatches[0])}`);
      all.push(await listed(entry, board, registry));
    } catch (error) {
      problems.push({ folder: at, why: (error as Error).message });
    }
  }
  const taken = new Map<string, Listed>();
  const kept: Listed[] = [];
  // A copy of an entry as it once was has the same first number, and knows nothing of what was said of it since.
  const before = (a: Listed, b: Listed) =>
    (a.said.first ?? Infinity) - (b.said.first ?? Infinity) || b.said.last - a.said.last;
  for (const one of all.toSorted(before)) {
    const { name } = one.entry.file.claim;
    const other = taken.get(name);
    if (other) {
      problems.push({ folder: one.entry.folder, why: `${other.entry.folder} has the name "${name}" already` });
      continue;
    }
    taken.set(name, one);
    kept.push(one);
  }
  const tracks = rankedTracks(kept, board, registry);
  const recorded = await readRecordings(board, registry, problems);
  const placed = new Set(tracks.flatMap(({ entries }) => entries.map(({ entry }) => entry)));
  return { board, tracks, others: kept.filter(({ entry }) => !placed.has(entry)), recorded, problems };
}

/**
 * The pages of a board: one of all tracks, one an entry. A pure function of the folder. Where the board is part of a site,
 * `site` says of a page's name what leads from it to the rest, and `episodes` where an entry's episodes are shown.
 */
export function makePages(
  standings: Standings,
  {
    site,
    episodes,
  }: {
    readonly site?: (name: string) => Page["site"];
    readonly episodes?: (entry: OpenEntry, page: string) => (watch: Watch) => Watch["pages"];
  } = {},
): Map<string, string> {
  const pages = new Map([["index.html", indexPage(standings, site?.("index.html"))]]);
  const add = (one: Listed, track: RankedTrack | null) => {
    const name = `entries/${one.entry.file.claim.name}.html`;
    pages.set(name, entryPage(one, track, { site: site?.(name), episodes: episodes?.(one.entry, name) }));
  };
  for (const track of standings.tracks) for (const one of track.entries) add(one, track);
  for (const one of standings.others) add(one, null);
  return pages;
}

/** Writes a site's pages. */
export function writeSite(out: string, pages: ReadonlyMap<string, string>): void {
  makeFolder(join(out, "entries"));
  for (const [name, text] of pages) writeAtomic(join(out, name), text);
}
