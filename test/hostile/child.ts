import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/data/canonical.ts";
import { masque, PLUGINS } from "../cli/command.ts";
import { CONFIGS } from "./configs.ts";
import { ENTRIES, type Hostile } from "./entries.ts";
import { POLICIES } from "./policies.ts";
import { TAPES } from "./tapes.ts";

// Run in a process of its own with a small heap: one that grows beyond it ends, and every case after it fails.

export interface Report {
  readonly name: string;
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** CPU milliseconds. */
  readonly milliseconds: number;
  /** What changed in the given folder or beside it. */
  readonly touched: readonly string[];
  readonly polluted: boolean;
}

const [sandbox, entry, policy, tape] = process.argv.slice(2);

/** Every file below a folder with what it holds; links are not followed. */
function tree(folder: string, at = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(folder, at)).sort()) {
    const path = join(at, name);
    const stat = lstatSync(join(folder, path));
    if (stat.isSymbolicLink()) found.set(path, `-> ${readlinkSync(join(folder, path))}`);
    else if (stat.isDirectory()) {
      found.set(path, "folder");
      for (const [inner, what] of tree(folder, path)) found.set(inner, what);
    } else found.set(path, `${stat.mtimeMs} ${sha256(readFileSync(join(folder, path)))}`);
  }
  return found;
}

async function examine(
  [name, , make]: Hostile,
  template: string | undefined,
  args: (folder: string) => string[],
): Promise<Report> {
  const around = join(sandbox, "cases", sha256(name + args("")).slice(0, 16));
  const folder = join(around, "given");
  mkdirSync(folder, { recursive: true });
  if (template) cpSync(template, folder, { recursive: true });
  writeFileSync(join(around, "secret.txt"), "secret");
  make(folder);
  const before = tree(around);
  const start = process.cpuUsage();
  const { code, out, err } = await masque([...args(folder), ...PLUGINS]);
  const { user, system } = process.cpuUsage(start);
  const after = tree(around);
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  const polluted = ["polluted", "greedy", "prototype"].some((key) => key in {});
  return { name, code, out, err: err.slice(0, 2000), milliseconds: (user + system) / 1000, touched, polluted };
}

const verify = (folder: string) => ["verify", folder, "--quiet", "--run-code"];
const evaluate = (folder: string) => ["eval", "toy-v0", "--policy", join(folder, "climber"), "--episodes", "8"];
const run = (folder: string) => ["run", join(folder, "config.yaml"), "--out", join(folder, "out")];

// Once over, so that no case pays for loading what all of them need.
await masque(["verify", entry, ...PLUGINS, "--quick"]);
await masque([...evaluate(policy), ...PLUGINS]);
await masque(["verify", tape, ...PLUGINS]);
await masque(["run", "toy", "--dry-run", "score=access+closed", ...PLUGINS]);
const reports: Report[] = [];
for (const one of ENTRIES) reports.push({ ...(await examine(one, entry, verify)), name: `entry: ${one[0]}` });
for (const one of POLICIES) reports.push({ ...(await examine(one, policy, evaluate)), name: `policy: ${one[0]}` });
for (const one of CONFIGS) reports.push({ ...(await examine(one, undefined, run)), name: `config: ${one[0]}` });
for (const one of TAPES) reports.push({ ...(await examine(one, tape, verify)), name: `tape: ${one[0]}` });
writeFileSync(join(sandbox, "reports.json"), JSON.stringify({ reports, rss: process.resourceUsage().maxRSS }));
