import module, { createRequire, register } from "node:module";
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

/** What of `module.registerHooks` is used: Node.js 22.15 and newer have it. */
type ResolveHook = (
  specifier: string,
  context: { readonly parentURL?: string; readonly conditions: readonly string[] },
  next: (specifier: string, context?: object) => { url: string; format?: string | null },
) => { url: string; format?: string | null };
const registerHooks = (module as unknown as { registerHooks?: (hooks: { resolve: ResolveHook }) => void })
  .registerHooks;

/** The built package's half of HOOK, in this thread: a process that may start no thread of its own can do this. */
function resolveIn(roots: readonly string[], parentURL: string): ResolveHook {
  return (specifier, context, next) => {
    const ours = () => next(specifier, { ...context, parentURL });
    if (/^masque(\/|$)/.test(specifier)) return ours();
    if (/^zod(\/|$)/.test(specifier)) {
      try {
        return next(specifier, context);
      } catch {
        return ours();
      }
    }
    const found = next(specifier, context);
    const own = roots.some((root) => found.url.startsWith(root)) && !found.url.includes("/node_modules/");
    if (own && /\.js([?#]|$)/.test(found.url)) return { ...found, format: "module" };
    return own && /\.ts([?#]|$)/.test(found.url) ? { ...found, format: "module-typescript" } : found;
  };
}

let ready = false;

/** From now on, modules in these folders, and the package's own sources, may import "masque" and "zod". */
export function letPluginsImportMasque(folders: readonly string[]): void {
  // The built package finds itself; its sources are found under another condition.
  if (folders.length === 0 && (ready || !fromSource)) return;
  ready = true;
  const above = pathToFileURL(join(packageRoot, "package.json")).href;
  if (!fromSource && hooksInThread) {
    registerHooks!({
      resolve: resolveIn(
        folders.map((folder) => pathToFileURL(`${folder}/`).href),
        above,
      ),
    });
    return;
  }
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, {
    data: {
      parentURL: above,
      conditions: fromSource ? ["masque-source"] : [],
      // Types are stripped by Node.js itself where it can, and no other loader does.
      typescript: !fromSource && stripsTypes ? "module-typescript" : "module",
      roots: folders.map((folder) => pathToFileURL(`${folder}/`).href),
    },
  });
}

const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
/** Whether plug-ins can be loaded without a thread for hooks and without another loader. */
export const hooksInThread = registerHooks !== undefined && stripsTypes;
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
