import type { Benchmark } from "../benchmark/resolve.ts";
import { departures } from "../benchmark/track-rules.ts";
import { readTrack, type Track } from "../benchmark/tracks.ts";
import { canonical, toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { Registry } from "../library/registry.ts";
import { number } from "../report/text.ts";
import { type AcceptedAttack, type Board, type Said, saidOf } from "./board.ts";
import type { OpenEntry } from "./open.ts";
import type { RecordedGame } from "./recordings.ts";
import type { Standing } from "./schema.ts";
import { trackBenchmark } from "./standing.ts";

/**
 * How far a script that plays an exact programme may stay behind it: horizons are finite, mixtures whole rounds. The
 * widest gap among the suite's own is .004 (pricing-cartel, `mix`, whose intervals have no width).
 */
const SHORTFALL = 0.01;

type StandingPoint = Standing["points"][number];

/**
 * Points with more security than can be had, by more than their interval: than an exact best response leaves this defence, or
 * than any defence has against all attacks there are, and then this one knows which of them are played.
 */
export function tooSecure(
  { points }: Pick<Standing, "points">,
  ceiling: (point: StandingPoint) => number | undefined = () => undefined,
): string[] {
  return points.flatMap((point) => {
    const { exact, security, counts } = point;
    if (!counts || security.low === null) return [];
    const said = `security ${security.mean.toFixed(3)} at ${settings(point)}, where`;
    if (exact !== null && security.low > exact + SHORTFALL)
      return [`${said} no defence can have more than ${exact.toFixed(3)}`];
    const most = ceiling(point);
    if (most !== undefined && security.low > most)
      return [
        `${said} no defence has more than ${most.toFixed(3)} against all attacks: it knows those of the portfolio`,
      ];
    return [];
  });
}

/** What `theory.ts` says that no defence can exceed, point by point of a track's game. */
export async function ceilingOf({
  plugin,
  points,
  axes,
}: Benchmark): Promise<(point: StandingPoint) => number | undefined> {
  const ceiling = await plugin.ceiling();
  return ({ knobs, defence }) => {
    const point = points.find((one) => one.defence === defence && canonical(toJson(one.knobs)) === canonical(knobs));
    return point && ceiling?.(point.params)?.[axes.security];
  };
}

/** An entry as a board shows it. */
export interface Listed {
  readonly entry: OpenEntry;
  readonly said: Said;
  /** What the board's keepers measured of it; null where nobody did, or not on the track as it is now. */
  readonly standing: Standing | null;
  /** Why it has no rank; empty where it is ranked. */
  readonly reasons: readonly string[];
  /** What else a reader should know. */
  readonly notes: readonly string[];
  /** Whether a keeper should verify it (again). */
  readonly stale: boolean;
}

/** A track with its entries, the best first; those without a rank follow. */
export interface RankedTrack {
  readonly track: Track;
  readonly entries: readonly Listed[];
  readonly attacks: readonly AcceptedAttack[];
}

/** What cannot be shown, and why. */
export interface Problem {
  readonly folder: string;
  readonly why: string;
}

/** All entries of a board. */
export interface Standings {
  readonly board: Board;
  readonly tracks: readonly RankedTrack[];
  /** Entries that name no track that is here. */
  readonly others: readonly Listed[];
  /** Games that language models played, ranked apart. */
  readonly recorded: readonly RecordedGame[];
  /** Folders that hold no whole entry, or one that its own episodes contradict: they stop nothing. */
  readonly problems: readonly Problem[];
}

/** What a board says of one entry, by its keepers' statements alone. */
export async function listed(entry: OpenEntry, board: Board, registry: Registry): Promise<Listed> {
  const { file, folder } = entry;
  const said = saidOf(folder, file, board);
  const { latest, retracted, restatedTo } = said;
  const reasons: string[] = [];
  const notes: string[] = [];
  const bare = (reason: string, stale = false): Listed => ({
    entry,
    said,
    standing: null,
    reasons: [reason],
    notes,
    stale,
  });
  if (file.claim.code.length > 0) notes.push(`scripted by its author: ${file.claim.code.length} files of code`);
  if (retracted !== null) return bare(`withdrawn: ${retracted}`);
  if (restatedTo !== null) return bare(`it was restated since: ${restatedTo.slice(0, 12)} is what it states`);
  if (file.claim.track === null) return bare("it names no track");
  let track: Track;
  let game: Benchmark;
  try {
    track = readTrack(registry.trackFile(file.claim.track));
    game = await trackBenchmark(entry, { track, attacks: [] }, 0, registry);
    const differing = departures(game, entry.benchmark);
    if (differing.length > 0) notes.push(`its author measured otherwise: ${differing.join("; ")}`);
  } catch (error) {
    if (error instanceof InputError) return bare(error.message);
    throw error;
  }
  if (latest === null) return bare("no keeper of this board has verified it", true);
  if (latest.mismatches.length > 0) return bare(`disputed: ${latest.mismatches[0]}`);
  if (latest.track?.digest !== track.digest)
    return bare("verified on another version of its track: to be verified again", true);
  if (latest.breaches.length > 0) return bare(`against the track's rules: ${latest.breaches.join("; ")}`);
  const { standing } = latest;
  if (!standing) return bare("verified, but not played on its track", true);
  if (latest.cells[0] < latest.cells[1]) notes.push("its author's own figures were too expensive to verify");
  reasons.push(...tooSecure(standing, await ceilingOf(game)));
  const accepted = board.attacks.filter((attack) => attack.file.track === file.claim.track);
  const unmet = accepted.filter((attack) => !standing.attacks.includes(attack.file.id));
  for (const { file } of unmet) notes.push(`has not met ${file.name} yet: to be verified again`);
  return { entry, said, standing, reasons, notes, stale: unmet.length > 0 };
}

/** A point in a few words. */
export function settings({ knobs, defence }: Pick<Standing["points"][number], "knobs" | "defence">): string {
  const words = Object.entries(knobs).map(
    ([knob, value]) => `${knob} ${typeof value === "number" ? number(value, 6) : value}`,
  );
  return [...words, ...(defence === "default" ? [] : [defence])].join(", ") || "as it is";
}

/** Groups entries by track and ranks them; of equal defences the first that a keeper verified keeps its rank. */
export function rankedTracks(all: readonly Listed[], board: Board, registry: Registry): RankedTrack[] {
  const names = new Set(all.flatMap(({ entry }) => entry.file.claim.track ?? []));
  const found: RankedTrack[] = [];
  for (const name of [...names].sort()) {
    if (!registry.tracks().has(name)) continue;
    const own = all.filter(({ entry }) => entry.file.claim.track === name);
    const byNumber = own.toSorted((a, b) => (a.said.first ?? Infinity) - (b.said.first ?? Infinity));
    const before: Listed[] = [];
    const entries = byNumber.map((one) => {
      const first = before.find((other) => isCopy(one, other));
      before.push(one);
      const why = `its defence does what that of ${first?.entry.file.claim.name} does, which was here first`;
      return first ? { ...one, reasons: [...one.reasons, why] } : one;
    });
    found.push({
      track: readTrack(registry.trackFile(name)),
      entries: entries.sort(order),
      attacks: board.attacks.filter(({ file }) => file.track === name),
    });
  }
  return found;
}

/**
 * Whether a defence acts as an earlier one on the probe episodes and leaves what that leaves. Probes are few: a mixture may draw
 * the same member in all of them, a cipher a key of zeros. Then the score tells two apart, by twice what both intervals explain,
 * since two measurements of one defence differ too.
 */
export function isCopy(
  { standing: own }: Pick<Listed, "standing">,
  { standing: other }: Pick<Listed, "standing">,
): boolean {
  if (!own || !other || own.behaviour !== other.behaviour) return false;
  const [x, y] = [half(own), half(other)];
  return x === null || y === null || Math.abs(own.score.mean - other.score.mean) <= 2 * (x + y);
}

const order = (a: Listed, b: Listed): number =>
  Math.sign(a.reasons.length) - Math.sign(b.reasons.length) ||
  (b.standing?.score.mean ?? -1) - (a.standing?.score.mean ?? -1) ||
  (a.said.first ?? Infinity) - (b.said.first ?? Infinity) ||
  (a.entry.file.claim.name < b.entry.file.claim.name ? -1 : 1);

export const ranked = ({ entries }: Pick<RankedTrack, "entries">): (Listed & { standing: Standing })[] =>
  entries.filter((one): one is Listed & { standing: Standing } => one.reasons.length === 0 && one.standing !== null);

/** Half the width of a score's 95 % interval; null for a single run. */
const half = ({ score: { low, high } }: Standing): number | null =>
  low === null || high === null ? null : (high - low) / 2;

/**
 * Whether two scores are told apart: by more than the 95 % half-width of their difference, which for independent seeds is
 * √(h₁² + h₂²).
 */
export function apart(a: Standing, b: Standing): boolean {
  const [x, y] = [half(a), half(b)];
  return x !== null && y !== null && Math.abs(a.score.mean - b.score.mean) > Math.sqrt(x * x + y * y);
}

/** From which to which rank an entry may stand: those that it is not told apart from may stand before or after it. */
export function rankRange(all: readonly { readonly standing: Standing }[], place: number): [from: number, to: number] {
  const own = all[place].standing;
  const better = all.filter(({ standing }) => standing.score.mean > own.score.mean && apart(standing, own)).length;
  const worse = all.filter(({ standing }) => standing.score.mean < own.score.mean && apart(standing, own)).length;
  return [1 + better, all.length - worse];
}

export interface AttackRank {
  readonly name: string;
  /** Share of all counted points of ranked entries at which it is the worst. */
  readonly worst: number;
  /** Security under it in the mean over those points. */
  readonly security: number;
}

/** The attacks of a track, the most harmful first. */
export function rankedAttacks(track: RankedTrack): AttackRank[] {
  const points = ranked(track).flatMap(({ standing }) => standing.points.filter(({ counts }) => counts));
  const names = new Set(points.flatMap(({ attacks }) => Object.keys(attacks)));
  return [...names]
    .filter((name) => name !== "none")
    .map((name) => {
      const met = points.filter(({ attacks }) => Object.hasOwn(attacks, name));
      return {
        name,
        worst: met.filter(({ worst }) => worst === name).length / points.length,
        security: met.reduce((sum, { attacks }) => sum + attacks[name], 0) / met.length,
      };
    })
    .sort((a, b) => b.worst - a.worst || a.security - b.security || (a.name < b.name ? -1 : 1));
}
