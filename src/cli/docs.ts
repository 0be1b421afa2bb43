import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeAtomic } from "../data/files.ts";
import { packageRoot } from "../data/package.ts";
import { openRegistry } from "../library/registry.ts";
import { benchmarkPage } from "../report/benchmark-page.ts";
import { environmentPage } from "../report/environment-page.ts";
import { DONE, FAILED, type Io } from "./io.ts";

/** masque docs: writes the pages that code makes; with --check only says which are out of date. */
export async function run(io: Io, _: readonly string[], options: { check?: boolean }): Promise<number> {
  const docs = join(packageRoot, "docs");
  const folder = join(docs, "environments");
  const registry = openRegistry();
  const pages = new Map([[join(docs, "benchmark.md"), benchmarkPage()]]);
  for (const name of registry.environmentNames()) {
    const text = await environmentPage(await registry.environmentNamed(name));
    if (text === undefined) io.err(`${name}: skipped, it has no page.md\n`);
    else pages.set(join(folder, `${name}.md`), text);
  }
  let stale = 0;
  for (const [path, text] of pages) {
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    stale++;
    if (options.check) io.out(`${path} is out of date\n`);
    else {
      makeFolder(folder);
      writeAtomic(path, text);
      io.out(`${path}\n`);
    }
  }
  if (!options.check || stale === 0) return DONE;
  io.err("Run npm run docs.\n");
  return FAILED;
}
