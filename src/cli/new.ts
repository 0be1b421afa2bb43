import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { InputError, unknownName } from "../data/errors.ts";
import { makeFolder, writeAtomic } from "../data/files.ts";
import { packageRoot } from "../data/package.ts";
import { DONE, type Io } from "./io.ts";
import { environmentTemplate } from "./template.ts";

/** masque new */
export async function run(io: Io, [kind, given]: readonly string[], options: { dir: string }): Promise<number> {
  if (kind !== "environment") throw unknownName("kind of thing to make", kind, ["environment"]);
  const name = given.replace(/-v\d+$/, "");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw new InputError(
      `Environment name "${given.slice(0, 80)}": expected lower-case words joined by hyphens, as in my-game.`,
    );
  }
  const root = resolve(io.cwd, options.dir);
  const folder = join(root, "envs", name);
  if (existsSync(folder)) throw new InputError(`${folder} is there already. Choose another name, or another --dir.`);
  const files = environmentTemplate(name, libraryFrom(folder));
  makeFolder(folder);
  for (const [file, text] of Object.entries(files)) writeAtomic(join(folder, file), text);
  for (const file of Object.keys(files)) io.out(`${join(folder, file)}\n`);
  const plugins = root === packageRoot ? "" : ` --plugins ${relative(io.cwd, root) || "."}`;
  io.err(
    `\nIt is complete: play it, then put your own rules in its place.\n` +
      `  masque show ${name}${plugins}\n  masque eval ${name} --attack all${plugins}\n`,
  );
  return DONE;
}

/** How code in a folder imports Masque: by path inside its own sources, by name elsewhere. */
function libraryFrom(folder: string): string {
  const source = join(packageRoot, "src", "index.ts");
  const inside = !relative(packageRoot, folder).startsWith("..") && existsSync(source);
  if (!inside) return "masque";
  const path = relative(folder, source).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}
