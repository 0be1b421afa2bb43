import { join } from "node:path";
import { storedName } from "../../benchmark/config.ts";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { acceptAttack, keeperOf } from "../../leaderboard/board.ts";
import { challenge, fileOf, type Outcome } from "../../leaderboard/challenge.ts";
import { checkEntry } from "../../leaderboard/check.ts";
import { writeEntry } from "../../leaderboard/claim.ts";
import { drawNumber, readKey } from "../../leaderboard/keys.ts";
import { openEntry } from "../../leaderboard/open.ts";
import { readStandings } from "../../leaderboard/site.ts";
import { explain } from "../../leaderboard/verify.ts";
import type { Registry } from "../../library/registry.ts";
import { openRegistry } from "../../library/registry.ts";
import { attackerRoles } from "../../play/cast.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { openRun } from "../../run/folder.ts";
import { isFree } from "../../run/store.ts";
import { machineOf } from "../../run/work/hosts.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";
import { showProgress } from "../progress.ts";
import { quote } from "../runs/open.ts";

interface Options {
  readonly out?: string;
  readonly name?: string;
  readonly author?: string[];
  readonly against?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

const NAME = /^[a-z0-9][a-z0-9-]{0,59}$/;

/** masque submit */
export async function run(io: Io, [path]: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  if (options.against !== undefined) return attack(io, path, options.against, options, registry);
  const found = await openRun(path, registry);
  const name = checkName(options.name ?? found.benchmark.config.name);
  const folder = options.out ?? join("entries", name);
  if (!isFree(folder)) throw new InputError(`${folder} is not empty. Choose another --out or --name.`);
  const { plugin, baselines } = found.benchmark;
  const code = registry.foreign(plugin.name, [...baselines.keys()]);
  writeEntry(found, folder, { name, authors: options.author ?? [] }, machineOf(found.store.folder), code);
  const entry = await openEntry(folder, registry);
  const { mismatches, numbers, policies } = checkEntry(entry);
  if (mismatches.length > 0) {
    io.err(mismatches.map((one) => `${explain(one)}\n`).join(""));
    return MISMATCH;
  }
  const { id, claim } = entry.file;
  if (options.json) io.out(pretty({ folder, id, track: claim.track, numbers, policies: policies.size }));
  else {
    const { mean } = claim.result.front.score;
    io.out(
      `${join(folder, "entry.json")}\n  id ${id}\n  ${claim.environment.id}, ${claim.result.points.length} points, score ${mean.toFixed(3)}\n` +
        `  ${claim.evidence.cells.cells} cells, ${policies.size} policies, ${numbers} numbers checked against the raw episodes\n`,
    );
  }
  if (!options.quiet) {
    const track =
      claim.track === null ? "It names no track, and will have no rank." : `It enters the track ${claim.track}.`;
    io.err(`\n${track} Anyone can check it, and see where it would stand: masque verify ${quote(folder)}\n`);
  }
  return DONE;
}

/**
 * Plays an attack against all ranked entries of its track, on fresh seeds; a keeper accepts it where it lowers one of them.
 */
async function attack(io: Io, path: string, against: string, options: Options, registry: Registry): Promise<number> {
  const name = checkName(options.name ?? storedName(path));
  const { board, tracks } = await readStandings(against, registry);
  const key = options.key === undefined ? undefined : readKey(options.key);
  if (key) keeperOf(board, key);
  const found = tracks.flatMap((track) => {
    const roles = track.entries[0] ? attackerRoles(track.entries[0].entry.benchmark.roles) : [];
    try {
      const policies = loadPolicies(path, roles);
      const id = track.entries[0]?.entry.benchmark.env.id;
      return Object.values(policies).every(({ environment }) => environment === id) ? [{ track, policies }] : [];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
  if (found.length === 0) {
    loadPolicies(path, []); // says what is wrong with the file, if that is it
    throw new InputError(`${path} attacks no environment of a track with entries in ${against}.`);
  }
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  const told: (Outcome & { readonly track: string; readonly accepted: boolean })[] = [];
  try {
    for (const { track, policies } of found) {
      const challenger = { name, authors: options.author ?? [], policies };
      const nonce = drawNumber();
      const outcomes = await challenge(track, challenger, nonce, {
        registry,
        plugins: options.plugins,
        signal: interrupt.signal,
        onProgress: (standing) => progress.update(standing),
      });
      const lowered = outcomes.filter((one) => one.lowered.length > 0).map(({ entry }) => entry);
      if (key && lowered.length > 0) {
        const { schema: _, id: __, ...file } = fileOf(track, challenger);
        acceptAttack(board, file, policies, key, { nonce, lowered });
      }
      told.push(
        ...outcomes.map((one) => ({
          ...one,
          track: track.track.name,
          accepted: key !== undefined && lowered.length > 0,
        })),
      );
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; nothing was written.\n");
    return INTERRUPTED;
  } finally {
    progress.stop();
    undo();
  }
  if (options.json) {
    io.out(pretty(told));
    return DONE;
  }
  for (const { entry, lowered, points, most } of told) {
    io.out(`${entry}: lowers ${lowered.length} of ${points} points, by at most ${Math.max(0, most).toFixed(3)}\n`);
  }
  const beats = told.some(({ lowered }) => lowered.length > 0);
  if (told.some(({ accepted }) => accepted)) {
    io.out(`Accepted: entries meet it when they are verified again (masque leaderboard verify ${against} --key …).\n`);
  } else if (beats) io.out("It would be accepted: a keeper submits it with --key.\n");
  else io.out("It lowers no ranked entry by more than its interval: it does not join the track.\n");
  return DONE;
}

function checkName(name: string): string {
  if (name === "attacks")
    throw new InputError(`--name attacks: boards keep their accepted attacks there. Choose another.`);
  if (NAME.test(name)) return name;
  throw new InputError(`--name "${name}": expected lower-case words joined by hyphens, at most 60 characters.`);
}
