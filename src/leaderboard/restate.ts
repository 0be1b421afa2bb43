import { InputError } from "../data/errors.ts";
import { frontier } from "../frontier/frontier.ts";
import { checkEntry } from "./check.ts";
import { controlsOf, plainResult } from "./claim.ts";
import { differences } from "./compare.ts";
import type { OpenEntry } from "./open.ts";
import { type Claim, claimDigest, type EntryFile } from "./schema.ts";
import { entryReader } from "./seating.ts";
import { explain } from "./verify.ts";

/** An entry as this Masque reckons it. */
export interface Restated {
  readonly file: EntryFile;
  /** Which of the stated numbers differ, in paths whose list indices are `*`. */
  readonly changed: readonly string[];
}

/**
 * What an entry states, reckoned anew from the episodes that it holds: where a statistic was mended, nothing has to be played
 * again for it. Evidence, protocol and author stay as they are. Null where nothing differs. Metrics and theory are the
 * environment's: of a stranger's, what they give may have changed too.
 * @throws InputError where cells, policies or protocol are not those that the entry states
 */
export function restated(entry: OpenEntry): Restated | null {
  const { file, folder, benchmark, plan, results } = entry;
  const { mismatches } = checkEntry(entry, { vouched: true });
  if (mismatches.length > 0) throw new InputError(`${folder}: ${explain(mismatches[0])}`);
  const result = frontier(benchmark, plan, entryReader(results));
  const claim: Claim = { ...file.claim, result: plainResult(result), controls: controlsOf(result) };
  const differing = [
    ...differences("result", claim.result, file.claim.result, Infinity),
    ...differences("controls", claim.controls, file.claim.controls, Infinity),
  ];
  if (differing.length === 0) return null;
  const paths = differing.map(({ what, where }) => `${what}.${where.replace(/(?<=^|\.)\d+(?=\.|$)/g, "*")}`);
  return { file: { ...file, id: claimDigest(claim), claim }, changed: [...new Set(paths)].sort() };
}
