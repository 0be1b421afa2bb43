import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../data/errors.ts";
import { list, makeFolder, writeAtomic } from "../data/files.ts";
import { codeRoot, fromSource, packageRoot } from "../data/package.ts";
import { type EnvironmentPlugin, importDefault, moduleIn } from "../library/plugin.ts";
import type { Registry } from "../library/registry.ts";
import type { Golden } from "../testing/golden.ts";
import { bundleEnvironment, bundlePage, bundleWorker } from "./bundle.ts";
import { type Card, cardOf } from "./catalogue.ts";
import { readShown, type Shown } from "./entries.ts";
import type { Subject } from "./subject.ts";

/** Everything that a page is put together from. */
export interface Parts {
  readonly page: string;
  readonly worker: string;
  /** Scripts by the environment's name. */
  readonly environments: ReadonlyMap<string, string>;
  readonly cards: readonly Card[];
}

/** Characters of an environment's script above which it has a page of its own only: a page of all is to be light. */
const HEAVY = 200_000;

/** The environments for a page of all, and those that are too heavy for it. */
export function split({ cards, environments }: Parts): { light: readonly Card[]; heavy: readonly Card[] } {
  const isHeavy = ({ name }: Card) => environments.get(name)!.length > HEAVY;
  return { light: cards.filter((card) => !isHeavy(card)), heavy: cards.filter(isHeavy) };
}

/** Where the package keeps what was bundled when it was packed, since it has no bundler. */
const PACKED = join(codeRoot, "view");

/**
 * The parts for some environments. Masque's own come from the package as they are, or from the sources of a checkout; a
 * user's own are bundled now. @throws InputError where something cannot be bundled for a browser
 */
export async function loadParts(
  registry: Registry,
  names: readonly string[],
  plugins: readonly string[] = [],
): Promise<Parts> {
  const packed = (file: string) => {
    const path = join(PACKED, file);
    return !fromSource && existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const shown: Shown[] = JSON.parse(packed("entries.json") ?? "null") ?? readShown(entriesFolder);
  const environments = new Map<string, string>();
  const cards: Card[] = [];
  for (const name of names) {
    const plugin = await registry.environmentNamed(name);
    const additions = additionsTo(name, plugins);
    const ready = additions.length === 0 && isOurs(plugin) ? packed(`${name}.js`) : undefined;
    environments.set(name, ready ?? (await bundleEnvironment(plugin.folder, additions)));
    cards.push(
      await cardOf(plugin, goldenOf(plugin), shown.find(({ environment }) => environment === plugin.env.id) ?? null),
    );
  }
  return {
    page: packed("page.js") ?? (await bundlePage()),
    worker: packed("worker.js") ?? (await bundleWorker()),
    environments,
    cards,
  };
}

/** Writes what the package takes along, so that it needs no bundler. */
export async function packParts(registry: Registry, folder: string): Promise<string[]> {
  makeFolder(folder);
  const files: [string, string][] = [
    ["page.js", await bundlePage()],
    ["worker.js", await bundleWorker()],
    ["entries.json", JSON.stringify(readShown(entriesFolder))],
  ];
  for (const name of registry.environmentNames()) {
    const plugin = await registry.environmentNamed(name);
    if (isOurs(plugin)) files.push([`${name}.js`, await bundleEnvironment(plugin.folder)]);
  }
  for (const [name, text] of files) writeAtomic(join(folder, name), text);
  return files.map(([name]) => join(folder, name));
}

const entriesFolder = join(packageRoot, "leaderboard", "entries");
const isOurs = ({ folder }: EnvironmentPlugin) => folder.startsWith(join(codeRoot, "envs"));

/** Attacks and defences that plug-in folders add to an environment. */
function additionsTo(name: string, plugins: readonly string[]): string[] {
  return plugins.flatMap((root) => {
    const folder = join(root, "policies", name);
    const files = list(folder).filter((file) => /\.(ts|js|mjs)$/.test(file) && !file.endsWith(".d.ts"));
    return files.map((file) => join(folder, file));
  });
}

/** What draws an environment for strangers, from its `scene.ts`; undefined where its dynamics' own picture does. */
export async function painterOf({ folder }: EnvironmentPlugin): Promise<Subject["painter"]> {
  const file = moduleIn(folder, "scene");
  return file === undefined ? undefined : ((await importDefault(file)) as Subject["painter"]);
}

/** In the built package golden traces stay where the sources were. */
function goldenOf({ folder, name }: EnvironmentPlugin): Golden | undefined {
  const places = [join(folder, "golden.json"), join(packageRoot, "envs", name, "golden.json")];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Golden;
  } catch {
    throw new InputError(`${file} is no JSON; record it again: masque check --record`);
  }
}
