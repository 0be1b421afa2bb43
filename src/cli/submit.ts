import { join } from "node:path";
import { InputError } from "../errors.ts";
import { checkEntry } from "../leaderboard/check.ts";
import { writeEntry } from "../leaderboard/claim.ts";
import { openEntry } from "../leaderboard/open.ts";
import { explain } from "../leaderboard/verify.ts";
import { pretty } from "../run/canonical.ts";
import { machineOf } from "../run/host.ts";
import { openRegistry } from "../run/registry.ts";
import { openRun } from "../run/run.ts";
import { isFree } from "../run/store.ts";
import { DONE, type Io, MISMATCH } from "./io.ts";

interface Options {
  readonly out?: string;
  readonly name?: string;
  readonly author?: string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

const NAME = /^[a-z0-9][a-z0-9-]{0,59}$/;

/** masque submit */
export async function run(io: Io, [path]: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  const found = await openRun(path, registry);
  const name = options.name ?? found.benchmark.config.name;
  if (!NAME.test(name))
    throw new InputError(`--name "${name}": expected lower-case words joined by hyphens, at most 60 characters.`);
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
