import { join } from "node:path";
import { pretty } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { entryJsonSchema } from "../../leaderboard/schema.ts";
import { buildSite, writeSite } from "../../leaderboard/site.ts";
import { explain } from "../../leaderboard/verify.ts";
import { openRegistry } from "../../library/registry.ts";
import { DONE, type Io, MISMATCH } from "../io.ts";

const ACTIONS = ["build", "schema"];

/** masque leaderboard */
export async function run(
  io: Io,
  [action, folder]: readonly string[],
  options: { out: string; plugins?: string[] },
): Promise<number> {
  if (!ACTIONS.includes(action)) throw unknownName("action", action, ACTIONS);
  if (action === "schema") {
    io.out(pretty(entryJsonSchema()));
    return DONE;
  }
  if (folder === undefined) throw new InputError("leaderboard build: which folder of entries? Give its path.");
  const site = await buildSite(folder, openRegistry(options.plugins));
  if (site.mismatches.size > 0) {
    for (const [entry, wrong] of site.mismatches) {
      io.err(`${entry}: ${wrong.length} mismatches; ${explain(wrong[0])}. See masque verify ${entry}.\n`);
    }
    return MISMATCH;
  }
  writeSite(options.out, site);
  io.out(`${join(options.out, "index.html")}\n`);
  return DONE;
}
