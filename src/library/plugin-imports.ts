import { createRequire, register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../data/errors.ts";
import { fromSource, packageRoot } from "../data/package.ts";

// Plug-ins lie anywhere, often with no package.json or node_modules above them: there, files are ES modules, "masque" is
// the Masque that loads them (never a second copy, whose errors and definitions would not be these), and "zod" the one
// that Masque uses if they have none.
const HOOK = `
let parentURL, conditions, roots, typescript;
export function initialize(data) { ({ parentURL, conditions, roots, typescript } = data); }
export async function resolve(specifier, context, next) {
  const ours = () => next(specifier, { ...context, parentURL, conditions: [...context.conditions, ...conditions] });
  if (/^masque(\\/|$)/.test(specifier)) return ours();
  if (/^zod(\\/|$)/.test(specifier)) {
    try { return await next(specifier, context); } catch { return ours(); }
  }
  const found = await next(specifier, context);
  const own = roots.some((root) => found.url.startsWith(root)) && !found.url.includes("/node_modules/");
  if (!own) return found;
  // Where no package.json says otherwise, tsx takes a file for CommonJS and writes so into its address.
  const url = found.url.replace(/(\\?|%3F)tsx-commonjs.*$/, "");
  if (/\\.js([?#]|$)/.test(url)) return { ...found, url, format: "module" };
  return /\\.ts([?#]|$)/.test(url) ? { ...found, url, format: typescript } : found;
}
`;

let ready = false;

/** From now on, modules in these folders, and the package's own sources, may import "masque" and "zod". */
export function letPluginsImportMasque(folders: readonly string[]): void {
  // The built package finds itself; its sources are found under another condition.
  if (folders.length === 0 && (ready || !fromSource)) return;
  ready = true;
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, {
    data: {
      parentURL: pathToFileURL(join(packageRoot, "package.json")).href,
      conditions: fromSource ? ["masque-source"] : [],
      // Types are stripped by Node.js itself where it can, and no other loader does.
      typescript: !fromSource && stripsTypes ? "module-typescript" : "module",
      roots: folders.map((folder) => pathToFileURL(`${folder}/`).href),
    },
  });
}

const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
let typescript = fromSource || stripsTypes;

/**
 * Makes TypeScript plug-ins load in the built package, which needs no TypeScript itself: by tsx, if it lies beside the
 * plug-in or the package.
 * @throws InputError where nothing here loads TypeScript
 */
export async function ensureTypeScript(file: string): Promise<void> {
  if (typescript) return;
  for (const place of [file, join(packageRoot, "package.json")]) {
    try {
      // `resolve` finds the CommonJS twin, whose register() looks for its loader in the wrong folder.
      const api = createRequire(place)
        .resolve("tsx/esm/api")
        .replace(/\.cjs$/, ".mjs");
      ((await import(pathToFileURL(api).href)) as { register(): void }).register();
      typescript = true;
      return;
    } catch {
      // Not there: the next place.
    }
  }
  throw new InputError(
    `${file} is TypeScript, which Node.js ${process.version} does not load by itself. Run npm install tsx beside it, ` +
      "use Node.js 22.18 or newer, or build it to .js.",
  );
}
