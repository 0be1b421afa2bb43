import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromSource, packageRoot } from "./package.ts";

// Plug-ins lie anywhere, often with no package.json or node_modules above them: there, files are ES modules, "masque" is
// the Masque that loads them (never a second copy, whose errors and definitions would not be these), and "zod" the one
// that Masque uses if they have none.
const HOOK = `
let parentURL, conditions, roots;
export function initialize(data) { ({ parentURL, conditions, roots } = data); }
export async function resolve(specifier, context, next) {
  const ours = () => next(specifier, { ...context, parentURL, conditions: [...context.conditions, ...conditions] });
  if (/^masque(\\/|$)/.test(specifier)) return ours();
  if (/^zod(\\/|$)/.test(specifier)) {
    try { return await next(specifier, context); } catch { return ours(); }
  }
  const found = await next(specifier, context);
  const own = roots.some((root) => found.url.startsWith(root)) && !found.url.includes("/node_modules/");
  return own && /\\.[jt]s([?#]|$)/.test(found.url) ? { ...found, format: "module" } : found;
}
`;

/** From now on, modules in these folders may import "masque" and "zod". */
export function letPluginsImportMasque(folders: readonly string[]): void {
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, {
    data: {
      parentURL: pathToFileURL(join(packageRoot, "package.json")).href,
      conditions: fromSource ? ["masque-source"] : [],
      roots: folders.map((folder) => pathToFileURL(`${folder}/`).href),
    },
  });
}
