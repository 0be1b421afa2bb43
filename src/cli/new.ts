import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { InputError, unknownName } from "../data/errors.ts";
import { makeFolder, readText, writeAtomic } from "../data/files.ts";
import { packageRoot } from "../data/package.ts";
import { DONE, type Io } from "./io.ts";

const MAX_FILE = 1 << 22;

/** What is copied: where it lies in the package, and what its files are called in the copy. */
interface Pattern {
  readonly folder: string;
  /** The name that the copy's replaces, in texts and file names. */
  readonly name: string;
  readonly files: readonly string[];
}

/** masque new */
export async function run(
  io: Io,
  [kind, given]: readonly string[],
  options: { dir: string; from?: string },
): Promise<number> {
  const kinds = { project: newProject, environment: newEnvironment, baseline: newBaseline };
  if (!Object.hasOwn(kinds, kind)) throw unknownName("kind of thing to make", kind, Object.keys(kinds));
  const name = given.replace(/-v\d+$/, "");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw new InputError(
      `${kind} name "${given.slice(0, 80)}": expected lower-case words joined by hyphens, as in my-game.`,
    );
  }
  const root = resolve(io.cwd, options.dir);
  const plugins = root === packageRoot ? "" : ` --plugins ${relative(io.cwd, root) || "."}`;
  kinds[kind as keyof typeof kinds](io, name, root, plugins, options.from);
  return DONE;
}

function newEnvironment(io: Io, name: string, root: string, plugins: string, from: string | undefined): void {
  const folder = join(root, "envs", name);
  if (existsSync(folder)) throw new InputError(`${folder} is there already. Choose another name, or another --dir.`);
  const pattern = from === undefined ? templateOf("environment", "new-game") : environmentOf(from);
  copy(io, pattern, name, folder);
  io.err(
    `\nIt is complete: play it, then put your own rules in its place.\n` +
      `  masque show ${name}${plugins}\n  masque eval ${name} --attack all${plugins}\n` +
      (pattern.files.includes("benchmark.yaml") ? `  masque run ${name} --out runs/${name}${plugins}\n` : ""),
  );
}

function newProject(io: Io, name: string, root: string, _plugins: string, from: string | undefined): void {
  if (from !== undefined) throw new InputError("--from copies environments; a new project starts from its template.");
  const folder = join(root, name);
  if (existsSync(folder)) throw new InputError(`${folder} is there already. Choose another name, or another --dir.`);
  copy(io, templateOf("project", "new-project"), name, folder, {
    gitignore: ".gitignore",
    "package.template.json": "package.json",
  });
  copy(io, templateOf("environment", "new-game"), "first-game", join(folder, "envs", "first-game"));
  io.err(
    `\nIt is complete:\n  cd ${relative(io.cwd, folder) || "."}\n  npm install\n  npm test\n  npm run play\n  npx masque run first-game --out runs/first-game\n`,
  );
}

function newBaseline(io: Io, name: string, root: string, plugins: string, from: string | undefined): void {
  if (from !== undefined) throw new InputError("--from copies environments; a new baseline starts from its template.");
  const file = join(root, "baselines", `${name}.ts`);
  if (existsSync(file)) throw new InputError(`${file} is there already. Choose another name, or another --dir.`);
  copy(io, templateOf("baseline", "new-baseline"), name, join(root, "baselines"));
  io.err(
    `\nIt is complete: it learns by REINFORCE. Train with it, then put your own method in its place.\n` +
      `  masque show ${name}${plugins}\n  masque train simple-crypto --baseline ${name} --out runs/${name}${plugins}\n`,
  );
}

function templateOf(kind: string, name: string): Pattern {
  const folder = join(packageRoot, "templates", kind);
  return { folder, name, files: filesIn(folder) };
}

/** The sources of an environment of this package. */
function environmentOf(given: string): Pattern {
  const name = given.replace(/-v\d+$/, "");
  const known = readdirSync(join(packageRoot, "envs")).filter((one) =>
    existsSync(join(packageRoot, "envs", one, "env.ts")),
  );
  if (!known.includes(name)) throw unknownName("environment to start from", given, known);
  const folder = join(packageRoot, "envs", name);
  // A golden trace is of one game only.
  return { folder, name, files: filesIn(folder).filter((file) => file !== "golden.json") };
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => name.replaceAll("\\", "/")).filter((name) => statSync(join(folder, name)).isFile());
}

function copy(
  io: Io,
  pattern: Pattern,
  name: string,
  folder: string,
  called: Readonly<Record<string, string>> = {},
): void {
  // In one pass: the new name may hold the old one.
  const old = new RegExp(`${pattern.name}(-v\\d+)?`, "g");
  const rename = (text: string) => text.replace(old, (_, version) => (version ? `${name}-v0` : name));
  for (const file of pattern.files) {
    const to = join(folder, called[file] ?? rename(file));
    makeFolder(join(to, ".."));
    writeAtomic(to, rename(readText(join(pattern.folder, file), MAX_FILE)));
    io.out(`${to}\n`);
  }
}
