import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig, type Origin } from "../benchmark/config.ts";
import type { Point } from "../benchmark/points.ts";
import { type Benchmark, resolveBenchmark } from "../benchmark/resolve.ts";
import type { ReadStored } from "../benchmark/stored.ts";
import { breaches } from "../benchmark/track-rules.ts";
import { onTrack, readTrack, type Track } from "../benchmark/tracks.ts";
import { digest, type Json, restoreInfinity, sha256, toJson } from "../data/canonical.ts";
import { InputError, StorageError } from "../data/errors.ts";
import { type Frontier, type FrontierPoint, frontier, utilityOf } from "../frontier/frontier.ts";
import type { Registry } from "../library/registry.ts";
import { defencePolicies, scriptedAttack } from "../play/cast.ts";
import { evaluate } from "../play/evaluate.ts";
import type { PlayResult } from "../run/cell-result.ts";
import { beginRun } from "../run/folder.ts";
import { makePlan } from "../run/plan.ts";
import { seatsOf } from "../run/seats.ts";
import type { AcceptedAttack } from "./board.ts";
import { policiesIn } from "./bundle.ts";
import { type OpenEntry, storedDigests } from "./open.ts";
import { compute, type Replaying } from "./replay.ts";
import type { Standing } from "./schema.ts";

/** The track that an entry names, and what of the board it meets there. */
export interface Game {
  readonly track: Track;
  readonly attacks: readonly AcceptedAttack[];
}

/** The seed of a verification: neither side chooses it alone, since the number is drawn when the entry lies there. */
export const rootOf = (id: string, nonce: string): number => Number.parseInt(sha256(`${id} ${nonce}`).slice(0, 12), 16);

/** @throws InputError where the entry names no track, or one that is not here. */
export function gameOf(entry: OpenEntry, registry: Registry, attacks: readonly AcceptedAttack[]): Game {
  const { track } = entry.file.claim;
  if (track === null) throw new InputError(`${entry.folder} names no track.`);
  return {
    track: readTrack(registry.trackFile(track)),
    attacks: attacks.filter(({ file }) => file.track === track),
  };
}

/**
 * The benchmark by which an entry is ranked: the track's game, with the entry's defence, attacks that the board accepted, and
 * the verifier's seed. Nothing else of the entry's own protocol is in it.
 * @throws InputError where the track's environment cannot be defended so
 */
export async function trackBenchmark(
  { folder, file }: Pick<OpenEntry, "folder" | "file">,
  { track, attacks }: Game,
  root: number,
  registry: Registry,
): Promise<Benchmark> {
  const own = restoreInfinity(file.claim.protocol.given as Json) as { defence?: unknown };
  const added = attacks.map(({ file }) => ({ name: `accepted-${file.name}`, policy: file.name }));
  const given = onTrack(
    {
      schema: 1,
      name: file.claim.name,
      track: track.name,
      ...(own.defence !== undefined && { defence: own.defence }),
      check: { levels: 0 },
      seeds: { root },
      portfolio: added,
    },
    track,
  );
  const origin: Origin = {
    name: folder,
    error: (_, message) => new InputError(`${folder} on the track ${track.name}: ${message}`),
  };
  const stated = storedDigests(file.claim.protocol.resolved);
  const read = policiesIn(folder, [file.claim.evidence]);
  const readStored: ReadStored = (_, name) => {
    const accepted = attacks.find(({ file }) => `accepted-${file.name}` === name);
    if (accepted) return accepted.policies;
    const digests = Object.entries(stated.get(name) ?? {});
    if (digests.length === 0) throw new InputError(`the entry states no digest of the policies of "${name}".`);
    return Object.fromEntries(digests.map(([role, one]) => [role, read(one)]));
  };
  return resolveBenchmark({ config: checkConfig(given, origin), given, origin }, registry, readStored);
}

/** What was measured of an entry on its track, or why it may not enter. */
export interface Played {
  readonly standing: Standing | null;
  readonly breaches: readonly string[];
}

/** Plays an entry's track on the verifier's seed, its trainings included, and says where its defence stands. */
export async function playTrack(entry: OpenEntry, game: Game, root: number, options: Replaying): Promise<Played> {
  let benchmark: Benchmark;
  try {
    benchmark = await trackBenchmark(entry, game, root, options.registry);
  } catch (error) {
    if (error instanceof InputError) return { standing: null, breaches: [error.message] };
    throw error;
  }
  const broken = breaches(game.track, benchmark);
  if (broken.length > 0) return { standing: null, breaches: broken };
  const folder = mkdtempSync(join(tmpdir(), "masque-track-"));
  try {
    const plan = makePlan(benchmark);
    const run = beginRun(join(folder, "run"), benchmark, options.registry);
    const results = await compute(run, plan.cells, options);
    const result = frontier(benchmark, plan, (cell) => results.get(cell.hash) as PlayResult);
    return { standing: standingOf(benchmark, result, plan.cells.length, game, root), breaches: [] };
  } catch (error) {
    // A policy that plays what it may not, or a defence whose training fails: its doing, and no reason to stop a board.
    if (options.signal?.aborted || error instanceof StorageError) throw error;
    return { standing: null, breaches: [`it cannot be played: ${(error as Error).message}`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function standingOf(benchmark: Benchmark, result: Frontier, cells: number, game: Game, root: number): Standing {
  const { axes, episodes, runs, front } = result;
  const point = (one: FrontierPoint, counts: boolean): Standing["points"][number] => ({
    knobs: toJson(one.knobs) as Standing["points"][number]["knobs"],
    defence: one.defence,
    anchor: one.anchor,
    counts: counts && one.belowFloor !== true,
    utility: { ...utilityOf(result, one) },
    security: { ...one.security },
    band: one.band ? { ...one.band } : null,
    worst: one.worstAttack,
    exact: one.calibration?.theory ?? null,
    attacks: Object.fromEntries(Object.entries(one.attacks).map(([name, { security }]) => [name, security.mean])),
  });
  return {
    root,
    runs,
    episodes: { ...episodes },
    axes: { utility: axes.utility, security: axes.security, arm: axes.arm === "attacked" ? "attacked" : "clean" },
    score: { mean: front.score.mean, low: front.score.low, high: front.score.high },
    points: [...result.points.map((one) => point(one, true)), ...result.anchors.map((one) => point(one, false))],
    attacks: game.attacks.map(({ file }) => file.id),
    cells,
    behaviour: behaviourOf(benchmark),
  };
}

/** Seed and length of the episodes that tell defences apart. */
const PROBE = { seed: 0, episodes: 2, split: ["probe"] };

/**
 * A digest of what a defence does: actions and rewards of a few fixed episodes at all its points, in peace and under the first
 * scripted attacks. Copies have it too, however they are called or stored. Of defences that learn, how they do.
 */
export function behaviourOf({ env, roles, policies, points, frozen, stored }: Benchmark): string {
  const attacks = Object.keys(policies.attacks).slice(0, 3);
  const at = (point: Point) => {
    const { defender } = point;
    if (defender) {
      const { name: _, path: __, ...spec } = defender;
      return { spec, params: point.params };
    }
    const saved = frozen.get(point.defence);
    const others = defencePolicies(env, roles, policies, saved ? "default" : point.defence);
    const seats = saved ? { ...others, ...seatsOf(stored.get(saved.name)!, policies) } : others;
    return attacks.map((name) => {
      const all = { ...seats, ...scriptedAttack(env, roles, policies, name) };
      return [...evaluate(env, { params: point.params, policies: all, ...PROBE }).traces];
    });
  };
  const declared = points.filter((point) => point.declared).map((point) => digest(toJson(at(point))));
  return digest(declared.sort());
}
