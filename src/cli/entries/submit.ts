import { join } from "node:path";
import { storedName } from "../../benchmark/config.ts";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { checkEntry } from "../../leaderboard/check.ts";
import { writeEntry } from "../../leaderboard/claim.ts";
import { challenge, damage, trackMates } from "../../leaderboard/external.ts";
import { openEntry } from "../../leaderboard/open.ts";
import type { EntryFile } from "../../leaderboard/schema.ts";
import { explain } from "../../leaderboard/verify.ts";
import type { Registry } from "../../library/registry.ts";
import { openRegistry } from "../../library/registry.ts";
import { attackerRoles } from "../../play/cast.ts";
import { loadPolicies } from "../../policy/checkpoint.ts";
import { openRun } from "../../run/folder.ts";
import { machineOf } from "../../run/host.ts";
import { isFree } from "../../run/store.ts";
import { DONE, INTERRUPTED, type Io, MISMATCH } from "../io.ts";
import { showProgress } from "../progress.ts";

interface Options {
  readonly out?: string;
  readonly name?: string;
  readonly author?: string[];
  readonly against?: string;
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
  writeEntry(found, folder, { name, authors: options.author ?? [] }, machineOf(found.store.folder));
  const entry = await openEntry(folder, registry);
  const { mismatches, numbers, policies } = checkEntry(entry);
  if (mismatches.length > 0) {
    io.err(mismatches.map((one) => `${explain(one)}\n`).join(""));
    return MISMATCH;
  }
  const { id, claim } = entry.file;
  if (options.json) io.out(pretty({ folder, id, status: "claimed", numbers, policies: policies.size }));
  else {
    const { mean } = claim.result.front.score;
    io.out(
      `${join(folder, "entry.json")}\n  id ${id}\n  ${claim.environment.id}, ${claim.result.points.length} points, score ${mean.toFixed(3)}\n` +
        `  ${claim.evidence.cells.cells} cells, ${policies.size} policies, ${numbers} numbers checked against the raw episodes\n`,
    );
  }
  options.quiet || io.err(`\nClaimed. Anyone can check it: masque verify ${folder}\n`);
  return DONE;
}

/** Plays an attack against an entry and all others of its track, and writes what it did into them. */
async function attack(io: Io, path: string, against: string, options: Options, registry: Registry): Promise<number> {
  const name = checkName(options.name ?? storedName(path));
  const [first, ...mates] = await trackMates(against, registry);
  const policies = loadPolicies(path, attackerRoles(first.benchmark.roles));
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true);
  const outcomes: Record<string, unknown>[] = [];
  try {
    for (const { folder, entry } of [{ folder: first.folder, entry: first }, ...mates]) {
      let file: EntryFile;
      try {
        if (entry instanceof InputError) throw entry;
        file = await challenge(
          entry,
          { name, authors: options.author ?? [], policies },
          {
            registry,
            plugins: options.plugins,
            signal: interrupt.signal,
            onProgress: (standing) => progress.update(standing),
          },
        );
      } catch (error) {
        // One entry of the track that cannot be played must not shield the others; the leaderboard does not rank it.
        if (!(error instanceof InputError) || entry === first) throw error;
        outcomes.push({ folder, status: "not attacked", reason: error.message });
        if (!options.json) io.out(`${folder}: not attacked: ${error.message}\n`);
        continue;
      }
      const { beaten, points, before, after } = damage(file);
      outcomes.push({ folder, status: file.status, beaten, points, before, after });
      if (options.json) continue;
      io.out(
        `${folder}: ${beaten} of ${points} points beaten, score ${before.toFixed(3)} -> ${after.toFixed(3)}, ${file.status}\n`,
      );
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped; the entries reported so far are changed, the others as they were.\n");
    return INTERRUPTED;
  } finally {
    progress.stop();
    undo();
  }
  if (options.json) io.out(pretty(outcomes));
  return DONE;
}

function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new InputError(`--name "${name}": expected lower-case words joined by hyphens, at most 60 characters.`);
}
