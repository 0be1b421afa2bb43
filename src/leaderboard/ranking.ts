import { type Json, restoreInfinity } from "../run/canonical.ts";
import type { Frontier } from "../run/frontier.ts";
import type { OpenEntry } from "./open.ts";

/** An entry as the site shows it. */
export interface Listed {
  readonly entry: OpenEntry;
  /** What its author measured. */
  readonly claimed: Frontier;
  /** The same under the attacks of others too: this is what it is ranked by. */
  readonly standing: Frontier;
}

/** Entries that may be compared, the best first. */
export interface Track {
  readonly id: string;
  readonly environment: string;
  /** The environment's parameters, but for the dials of defence. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly entries: readonly Listed[];
}

export function listed(entry: OpenEntry): Listed {
  const { claim, external } = entry.file;
  const frontierOf = (result: unknown) => restoreInfinity(result as Json) as Frontier;
  const claimed = frontierOf(claim.result);
  return { entry, claimed, standing: external ? frontierOf(external.result) : claimed };
}

/** Groups entries by track; a disputed one ranks by what is left of it, after the others where its evidence is in doubt. */
export function makeTracks(entries: readonly Listed[]): Track[] {
  const byTrack = new Map<string, Listed[]>();
  for (const one of entries) {
    const { track } = one.entry.file.claim;
    byTrack.set(track, [...(byTrack.get(track) ?? []), one]);
  }
  const doubtful = ({ entry }: Listed) => (entry.file.records.some(({ outcome }) => outcome === "disputed") ? 1 : 0);
  const order = (a: Listed, b: Listed) =>
    doubtful(a) - doubtful(b) ||
    b.standing.front.score.mean - a.standing.front.score.mean ||
    (a.entry.file.claim.name < b.entry.file.claim.name ? -1 : 1);
  const tracks = [...byTrack].map(([id, members]) => {
    const { env, resolved } = members[0].entry.benchmark;
    const { environment } = resolved as unknown as { environment: { params: Record<string, unknown> } };
    const params = Object.entries(environment.params).filter(([key]) => !Object.hasOwn(env.knobs, key));
    return { id, environment: env.id, params: Object.fromEntries(params), entries: members.toSorted(order) };
  });
  return tracks.sort((a, b) => (`${a.environment} ${a.id}` < `${b.environment} ${b.id}` ? -1 : 1));
}
