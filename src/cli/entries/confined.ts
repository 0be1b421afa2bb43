import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve, sep } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { InputError } from "../../data/errors.ts";
import { fromSource, packageRoot } from "../../data/package.ts";
import { hooksInThread } from "../../library/plugin-imports.ts";

// Code of strangers is executed in a process of its own, by Node's permission model: it reads Masque, the board and a copy
// of the parts of plug-in folders that Masque looks into, writes to one temporary folder, and starts no process, thread or
// native code. Keys stay with the process that started it, which signs. Where Linux lets anyone make a network namespace, it is
// in an empty one.

/** Set for the confined process. */
const MARK = "MASQUE_CONFINED";
export const isConfined = process.env[MARK] === "1" && process.permission !== undefined;

/** Why code cannot be confined here; undefined where it can. */
export function whyUnconfined(): string | undefined {
  if (fromSource)
    return "Masque runs from its sources here, through a loader that may do everything: install the package";
  const has = process.allowedNodeEnvironmentFlags.has("--permission") && hooksInThread;
  return has ? undefined : `Node.js ${process.version} cannot: 22.18 or newer can`;
}

/** What Masque reads of a folder of plug-ins: it is copied, since the folder may hold a key as well. */
const PARTS = ["envs", "baselines", "benchmarks", "policies", "package.json"];

/** A copy for the confined process, and what of the original it may read. */
function copyPlugins(folder: string, to: string): string[] {
  mkdirSync(to);
  for (const part of PARTS) {
    const from = join(folder, part);
    // Links are left out: they may lead to anything that whoever copies may read, a key as well.
    const filter = (path: string) => basename(path) !== "node_modules" && !lstatSync(path).isSymbolicLink();
    if (existsSync(from)) cpSync(from, join(to, part), { recursive: true, filter });
  }
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return [];
  symlinkSync(modules, join(to, "node_modules"), "junction");
  return [modules, realpathSync(modules)];
}

/** The permission model follows links out of what it lets read. @throws InputError for a board that holds one. */
function refuseLinks(board: string): void {
  const found = readdirSync(board, { recursive: true, withFileTypes: true }).find((one) => one.isSymbolicLink());
  if (found)
    throw new InputError(`${join(found.parentPath, found.name)} is a symbolic link: a board holds files only.`);
}

/** What a confined process is told of this one's environment: nothing that could be a secret. */
const TOLD = ["PATH", "LANG", "TERM", "NO_COLOR", "FORCE_COLOR", "MASQUE_DEBUG"];

/** The outermost `node_modules` that a path lies in: whoever links packages links into one. */
function installation(path: string): string {
  const parts = path.split(sep);
  const at = parts.indexOf("node_modules");
  return at < 0 ? path : parts.slice(0, at + 1).join(sep);
}

/**
 * Runs a command of Masque's confined, one cell at a time, and hands over every line that it prints.
 * @param board folder that it may read besides plug-ins
 * @returns its exit code
 */
export async function confined(
  args: readonly string[],
  { board, plugins = [], onLine }: { board: string; plugins?: readonly string[]; onLine(line: string): void },
): Promise<number> {
  refuseLinks(resolve(board));
  const scratch = mkdtempSync(join(tmpdir(), "masque-confined-"));
  writeFileSync(join(scratch, "package.json"), "{}"); // the nearest one: nothing is looked for above
  const copies = plugins.map((_, i) => join(scratch, `plugins-${i}`));
  const require = createRequire(join(packageRoot, "package.json"));
  const readable = [
    ...new Set([packageRoot, realpathSync(packageRoot), realpathSync(require.resolve("zod"))].map(installation)),
    resolve(board),
    scratch,
    ...plugins.flatMap((folder, i) => copyPlugins(resolve(folder), copies[i])),
  ];
  const node = [
    "--permission",
    "--no-warnings",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${scratch}`,
    fileURLToPath(new URL("../../../../bin/masque.mjs", import.meta.url)),
    ...args,
    ...copies.flatMap((folder) => ["--plugins", folder]),
  ];
  const alone = process.platform === "linux" && spawnSync("unshare", ["-rn", "true"]).status === 0;
  const [command, all] = alone ? ["unshare", ["-rn", process.execPath, ...node]] : [process.execPath, node];
  const told = TOLD.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  const env = { ...Object.fromEntries(told), [MARK]: "1", TMPDIR: scratch, TMP: scratch, TEMP: scratch };
  try {
    const child = spawn(command, all, { cwd: scratch, stdio: ["ignore", "pipe", "inherit"], env });
    const ended = new Promise<number>((done, fail) => {
      child.on("error", fail).on("close", (code) => done(code ?? 1));
    });
    for await (const line of createInterface({ input: child.stdout })) onLine(line);
    return await ended;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
