import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError, show } from "../data/errors.ts";
import { readText } from "../data/files.ts";

const MAX_PACKAGE = 1 << 20;

/**
 * Plug-in folders that the nearest package.json names, from a folder upwards: `"masque": { "plugins": ["."] }`.
 * Undefined where none does. @throws InputError where the key is no list of folders
 */
export function projectPlugins(from: string): string[] | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const plugins = pluginsIn(file);
      return plugins?.map((one) => resolve(folder, one));
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function pluginsIn(file: string): string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readText(file, MAX_PACKAGE));
  } catch {
    return undefined; // npm will say so, in its own words
  }
  const { masque } = (json ?? {}) as { masque?: { plugins?: unknown } };
  const plugins = masque?.plugins;
  if (plugins === undefined) return undefined;
  if (Array.isArray(plugins) && plugins.every((one) => typeof one === "string" && one !== ""))
    return plugins as string[];
  throw new InputError(`${file}: masque.plugins is ${show(plugins)}; expected a list of folders, as in ["."].`);
}
