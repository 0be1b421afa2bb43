import { dirname, join, resolve } from "node:path";
import { InputError } from "../data/errors.ts";
import { list } from "../data/files.ts";
import { frontier } from "../frontier/frontier.ts";
import type { Registry } from "../library/registry.ts";
import { policyDigest } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import type { CellResult, PlayResult } from "../run/cell-result.ts";
import { makePlan } from "../run/plan.ts";
import { sweep, writeEvidence } from "./bundle.ts";
import { checkEntry } from "./check.ts";
import { type Author, ENTRY_FILE, plainResult, saveEntry, storedPolicies } from "./claim.ts";
import { type OpenEntry, openEntry, readEntryFile, resolveClaim } from "./open.ts";
import { compute, inScratchRun, place, type Replaying } from "./replay.ts";
import { beaten, type EntryFile, type External, statusOf } from "./schema.ts";

export interface Challenge extends Author {
  /** Trained policies by attackers' role; the roles left out play `none`. */
  readonly policies: Readonly<Record<string, PolicyData>>;
}

/**
 * Plays an attack that somebody trained against every point of an entry, on the entry's own seeds, and writes into the
 * entry what is left of it under this and all earlier ones.
 * @returns the entry's file as it is then
 * @throws InputError where the entry does not hold up to its own evidence, or the attack does not fit its environment
 */
export async function challenge(entry: OpenEntry, attack: Challenge, options: Replaying): Promise<EntryFile> {
  const { folder, file } = entry;
  const { mismatches, policies } = checkEntry(entry);
  if (mismatches.length > 0) throw new InputError(`${folder} does not verify: see masque verify ${folder}.`);
  const digests = Object.entries(attack.policies).map(([role, data]) => [role, policyDigest(data)]);
  const added = { name: attack.name, authors: [...attack.authors], policies: Object.fromEntries(digests) };
  const attacks = [...(file.external?.attacks ?? []), added];
  const benchmark = await resolveClaim(file, options.registry, folder, [
    ...attacks.slice(0, -1),
    { ...added, data: attack.policies },
  ]);
  const plan = makePlan(benchmark);
  const known = (entry.external ?? entry).results;
  const fresh = plan.cells.filter(({ hash }) => !known.has(hash));
  const results = new Map(known);
  await inScratchRun({ benchmark, plan, results: known }, options.registry, async (run) => {
    place(
      run,
      plan.cells.filter(({ stage }) => stage !== "select" && stage !== "test"),
      known,
      policies,
    );
    for (const [hash, result] of await compute(run, fresh, options)) results.set(hash, result);
  });
  const result = plainResult(frontier(benchmark, plan, (cell) => results.get(cell.hash) as PlayResult));
  const beyond = new Map<string, CellResult>([...results].filter(([hash]) => !entry.results.has(hash)));
  const others = new Map(
    [...storedPolicies(benchmark)].filter(([digest]) => !file.claim.evidence.policies.includes(digest)),
  );
  const external: External = { attacks, result, evidence: writeEvidence(folder, "external", beyond, others) };
  const changed: EntryFile = { ...file, external };
  const saved = { ...changed, status: statusOf(changed) };
  saveEntry(folder, saved);
  sweep(folder, saved);
  return saved;
}

/**
 * The entry at a path, and all beside it that are of its track, in their folders.
 * @throws InputError where the first cannot be opened; for others the reason stands in the entry's place
 */
export async function trackMates(
  path: string,
  registry: Registry,
): Promise<[OpenEntry, ...{ folder: string; entry: OpenEntry | InputError }[]]> {
  const first = readEntryFile(path);
  const parent = dirname(resolve(first.folder));
  const mates: { folder: string; entry: OpenEntry | InputError }[] = [];
  for (const name of list(parent)) {
    const folder = join(parent, name);
    if (folder === resolve(first.folder) || !list(folder).includes(ENTRY_FILE)) continue;
    const entry = await openMate(folder, first.file.claim.track, registry);
    if (entry) mates.push({ folder, entry });
  }
  return [await openEntry(first.folder, registry), ...mates];
}

/** One of the track, or why it cannot be opened; undefined for those of other tracks. */
async function openMate(
  folder: string,
  track: string,
  registry: Registry,
): Promise<OpenEntry | InputError | undefined> {
  try {
    if (readEntryFile(folder).file.claim.track !== track) return undefined;
    return await openEntry(folder, registry);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** What external attacks did to an entry. */
export function damage({ claim, external }: EntryFile): {
  beaten: number;
  points: number;
  before: number;
  after: number;
} {
  const before = claim.result.front.score.mean;
  return {
    beaten: external ? beaten(claim.result, external.result).length : 0,
    points: claim.result.points.length,
    before,
    after: external?.result.front.score.mean ?? before,
  };
}
