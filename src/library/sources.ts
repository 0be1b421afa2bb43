import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { sha256 } from "../data/canonical.ts";
import { codeRoot, fromSource, packageRoot } from "../data/package.ts";

// What a cell's result depends on is the code that computes it. Its files are found by following imports, so prose, pages,
// theory and scripts that print figures are left out, and nothing that takes part is.

/** Imports and re-exports that are there at run time, with what they name; those of types only are gone by then. */
const STATEMENT =
  /(?:^|[;\n}])\s*(?:import|export)\s(?!type\s)(?:([^"'`;]*?)\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

/**
 * All files of code that some files need at run time, themselves among them: what they import, what that imports, and so
 * on; of Masque's doors only what lies behind the names they take. Packages are left out: the lock file tells those apart.
 */
export function codeBehind(files: readonly string[]): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    for (const { names, from } of importsOf(file)) {
      if (from.startsWith(".")) visit(join(dirname(file), from));
      else if (/^masque(\/|$)/.test(from)) for (const target of behindDoor(from, names)) visit(target);
    }
  };
  for (const file of files) visit(resolve(file));
  return [...seen].sort();
}

/** SHA-256 over `codeBehind` some files: tells whether what they compute may be mixed with what was computed before. */
export function codeDigest(files: readonly string[]): string {
  const lines = codeBehind(files).map((file) => `${placeOf(file)} ${sha256(readFileSync(file))}`);
  return sha256(lines.join("\n"));
}

/** What of `codeBehind` some files is not Masque's own. */
export function foreignCode(files: readonly string[]): { readonly file: string; readonly sha256: string }[] {
  return codeBehind(files)
    .filter((file) => !/^(src|envs|baselines)\//.test(placeOf(file)) || relative(codeRoot, file).startsWith(".."))
    .map((file) => ({ file: placeOf(file), sha256: sha256(readFileSync(file)) }));
}

interface Import {
  readonly names: readonly string[];
  readonly from: string;
}

function importsOf(file: string): Import[] {
  const code = readFileSync(file, "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  return [...code.matchAll(STATEMENT)].map(([, clause = "", statement, call]) => ({
    names: namesIn(clause),
    from: statement ?? call,
  }));
}

/** `{ a, type B, c as d }` names a and c. */
function namesIn(clause: string): string[] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  const names = list.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !name.startsWith("type ")).map((name) => name.split(/\s/)[0]);
}

/** The files behind names that a door exports; all behind it where it is not a list of names. */
function behindDoor(door: string, names: readonly string[]): string[] {
  const place =
    doors()[door === "masque" ? "." : door.replace(/^masque/, ".")]?.[fromSource ? "masque-source" : "default"];
  if (place === undefined) return [];
  const file = join(packageRoot, place);
  const all = importsOf(file);
  const found = all.filter((one) => one.names.some((name) => names.includes(name)));
  const known = names.every((name) => found.some((one) => one.names.includes(name)));
  return names.length > 0 && known ? found.map(({ from }) => join(dirname(file), from)) : [file];
}

let exported: Readonly<Record<string, Readonly<Record<string, string>> | null>> | undefined;

function doors() {
  exported ??= JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).exports as NonNullable<
    typeof exported
  >;
  return exported;
}

/** Where a file lies in the package, or, of a user's own, its last three names: the same on every machine. */
function placeOf(file: string): string {
  const inside = relative(codeRoot, file);
  const parts = (inside.startsWith("..") ? file : inside).split(sep);
  return (inside.startsWith("..") ? parts.slice(-3) : parts).join("/");
}
