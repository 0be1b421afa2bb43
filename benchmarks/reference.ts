// Reference results: measures benchmarks, the suite's own or those of benchmarks/entries/, enters them into
// leaderboard/entries/, verifies every entry by executing it again and by playing its track, and builds the site. Goes on
// where it was stopped. Signs with the keeper's key that MASQUE_KEY names, and makes one there if there is none.
// `npm run reference -- swarm-flood`
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processIo } from "../src/cli/io.ts";
import { masqueCommand } from "../src/cli/program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const entries = join(root, "leaderboard", "entries");
const AUTHOR = "Masque";
const KEY = process.env.MASQUE_KEY ?? join(homedir(), ".masque-keeper.pem");

/** Runs a command; ends the process where it fails. */
async function masque(...args: string[]): Promise<void> {
  process.stderr.write(`\n$ masque ${args.join(" ")}\n`);
  const code = await masqueCommand(args, processIo());
  if (code !== 0) process.exit(code);
}

const isOverride = (word: string) => word.includes("=");
const benchmarks = process.argv.slice(2).filter((word) => !isOverride(word));
const overrides = process.argv.slice(2).filter(isOverride);
if (benchmarks.length === 0) {
  process.stderr.write("Which benchmarks? npm run reference -- swarm-flood low-and-slow …\n");
  process.exit(2);
}
for (const name of benchmarks) {
  const run = join(root, "runs", "reference", name);
  const entry = join(entries, name);
  const rival = join(root, "benchmarks", "entries", `${name}.yaml`);
  await masque("run", existsSync(rival) ? rival : name, ...overrides, "--out", run, "--resume");
  rmSync(entry, { recursive: true, force: true });
  await masque("submit", run, "--out", entry, "--name", name, "--author", AUTHOR);
}
await masque("leaderboard", "keeper", entries, "--key", KEY, "--name", AUTHOR);
await masque("leaderboard", "verify", entries, "--key", KEY);
await masque("leaderboard", "build", entries, "--out", join(root, "leaderboard", "site"));

const files = readdirSync(entries, { recursive: true, encoding: "utf8" }).map((name) => statSync(join(entries, name)));
const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
process.stderr.write(`\n${(bytes / 1e6).toFixed(2)} MB in ${entries}\n`);
