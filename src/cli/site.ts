import { dirname, join } from "node:path";
import { InputError, unknownName } from "../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../data/files.ts";
import { packageRoot } from "../data/package.ts";
import { openRegistry } from "../library/registry.ts";
import { buildSite } from "../site/build.ts";
import { DONE, type Io } from "./io.ts";

interface Options {
  readonly out: string;
  readonly entries?: string;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque site */
export async function run(io: Io, [action]: readonly string[], options: Options): Promise<number> {
  if (action !== "build") throw unknownName("action", action, ["build"]);
  const own = join(packageRoot, "leaderboard", "entries");
  const entries = options.entries ?? (list(own).length > 0 ? own : null);
  if (options.entries !== undefined && list(options.entries).length === 0)
    throw new InputError(`--entries ${options.entries}: there is no such folder, or nothing is in it.`);
  const files = await buildSite({
    root: packageRoot,
    registry: openRegistry(options.plugins),
    plugins: options.plugins,
    entries,
    told: (line) => options.quiet || io.err(`${line}\n`),
  });
  // Written when all is made: a site that cannot be built leaves the one before it as it was.
  for (const folder of new Set([...files.keys()].map((path) => dirname(join(options.out, path))))) makeFolder(folder);
  for (const [path, text] of files) writeAtomic(join(options.out, path), text);
  io.out(`${join(options.out, "index.html")}: ${files.size} files. Open it in a browser.\n`);
  return DONE;
}
