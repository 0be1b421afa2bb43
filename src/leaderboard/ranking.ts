import { canonical, type Json, restoreInfinity } from "../data/canonical.ts";
import type { Frontier } from "../frontier/frontier.ts";
import type { OpenEntry } from "./open.ts";

/** What an entry must have measured to be ranked: below it luck, or a test that sees nothing, may win. */
export const LEAST = { runs: 5, select: 4, test: 16 } as const;

/** An entry as the site shows it. */
export interface Listed {
  readonly entry: OpenEntry;
  /** What its author measured. */
  readonly claimed: Frontier;
  /** The same under the attacks of others too: this is what it is ranked by. */
  readonly standing: Frontier;
  /** Why it is shown after the ranked entries of its track, without a rank; empty where it is ranked. */
  readonly shortfalls: readonly string[];
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
  return {
    entry,
    claimed,
    standing: external ? frontierOf(external.result) : claimed,
    shortfalls: shortfallsOf(entry),
  };
}

/** What an entry's own protocol lacks. */
function shortfallsOf({ benchmark }: OpenEntry): string[] {
  const { attacks, config, policies } = benchmark;
  const { select, test } = config.episodes;
  const has = (kind: string) => attacks.some((attack) => attack.kind === kind && attack.name !== "none");
  const missing = ["random", "scripted", "learned"].filter(
    (kind) => !has(kind) && (kind !== "scripted" || Object.keys(policies.attacks).some((name) => name !== "none")),
  );
  return [
    ...(config.seeds.runs < LEAST.runs ? [`${config.seeds.runs} runs, at least ${LEAST.runs} are asked for`] : []),
    ...(select < LEAST.select || test < LEAST.test
      ? [`${select} + ${test} episodes, at least ${LEAST.select} + ${LEAST.test} are asked for`]
      : []),
    ...missing.map((kind) => `no ${kind} attack`),
  ];
}

/** Attacks that others submitted against some entry of a track and that were not played against this one. */
function unmet(listed: Listed, track: readonly Listed[]): string[] {
  const of = (one: Listed) => one.entry.file.external?.attacks ?? [];
  const key = (attack: { readonly policies: unknown }) => canonical(attack.policies as Json);
  const met = new Set(of(listed).map(key));
  // The same policies may stand under several names: the first is told.
  const all = new Map(track.flatMap((one) => of(one).map((attack) => [key(attack), attack.name] as const)).reverse());
  return [...all].flatMap(([policies, name]) => (met.has(policies) ? [] : [`not yet attacked by ${name}`]));
}

/**
 * Groups entries by track; a disputed one ranks by what is left of it, after the others where its evidence is in doubt,
 * and one whose protocol asks too little of it comes last, unranked.
 */
export function makeTracks(entries: readonly Listed[]): Track[] {
  const byTrack = new Map<string, Listed[]>();
  for (const one of entries) {
    const { track } = one.entry.file.claim;
    byTrack.set(track, [...(byTrack.get(track) ?? []), one]);
  }
  const doubtful = ({ entry }: Listed) => (entry.file.records.some(({ outcome }) => outcome === "disputed") ? 1 : 0);
  const order = (a: Listed, b: Listed) =>
    Math.sign(a.shortfalls.length) - Math.sign(b.shortfalls.length) ||
    doubtful(a) - doubtful(b) ||
    b.standing.front.score.mean - a.standing.front.score.mean ||
    (a.entry.file.claim.name < b.entry.file.claim.name ? -1 : 1);
  const tracks = [...byTrack].map(([id, own]) => {
    const members = own.map((one) => ({ ...one, shortfalls: [...one.shortfalls, ...unmet(one, own)] }));
    const { env, resolved } = members[0].entry.benchmark;
    const { environment } = resolved as unknown as { environment: { params: Record<string, unknown> } };
    const params = Object.entries(environment.params).filter(([key]) => !Object.hasOwn(env.knobs, key));
    return { id, environment: env.id, params: Object.fromEntries(params), entries: members.toSorted(order) };
  });
  return tracks.sort((a, b) => (`${a.environment} ${a.id}` < `${b.environment} ${b.id}` ? -1 : 1));
}
