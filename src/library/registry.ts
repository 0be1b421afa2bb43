import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { InputError, unknownName } from "../data/errors.ts";
import { list } from "../data/files.ts";
import { codeRoot, packageRoot } from "../data/package.ts";
import type { Baseline } from "../learn/baseline.ts";
import { type EnvironmentPlugin, importDefault, isFolder, loadEnvironment, moduleIn } from "./plugin.ts";
import { letPluginsImportMasque } from "./plugin-imports.ts";
import { codeDigest, foreignCode } from "./sources.ts";

export interface Problem {
  readonly file: string;
  readonly message: string;
}

/** Everything that can be named: found by looking into folders, loaded when asked for. */
export interface Registry {
  environment(id: string): Promise<EnvironmentPlugin>;
  /** The one in `envs/<name>/`, whatever its version. */
  environmentNamed(name: string): Promise<EnvironmentPlugin>;
  /** All that load; the others' errors are added to `problems`. */
  environments(problems?: Problem[]): Promise<EnvironmentPlugin[]>;
  environmentNames(): string[];
  baseline(id: string): Promise<Baseline>;
  baselines(problems?: Problem[]): Promise<Baseline[]>;
  baselineNames(): string[];
  /** A benchmark's file, by its name in `benchmarks/` or by its path. */
  benchmarkFile(nameOrPath: string): string;
  /** Names of benchmarks and their files. */
  benchmarks(): Map<string, string>;
  /** Files of tracks by name: those in `benchmarks/tracks/`. */
  tracks(): Map<string, string>;
  /** The file of a track. @throws InputError naming the nearest where there is none of the name. */
  trackFile(name: string): string;
  /** SHA-256 over the code that computes cells of an environment with baselines: tells whether cells of two dates may be mixed. */
  sources(environment: string, baselines: readonly string[]): string;
  /** Files of that code which are not Masque's, with the SHA-256 of each. */
  foreign(environment: string, baselines: readonly string[]): { readonly file: string; readonly sha256: string }[];
}

/** The folder of tracks beside benchmarks. */
const TRACKS = "tracks/";

/**
 * Looks into the package and into folders of the user's own (`--plugins`), which are laid out alike: `envs/<name>/env.ts`,
 * `baselines/<id>.ts`, `benchmarks/<name>.yaml` or, beside an environment, `envs/<name>/benchmark.yaml`; `benchmarks/tracks/<name>.yaml`. Attacks and defences
 * for an environment that is there already lie in `policies/<environment>/<any name>.ts`.
 * @throws InputError for a plug-in folder that is not there.
 */
export function openRegistry(plugins: readonly string[] = []): Registry {
  const roots = plugins.map((folder) => {
    if (!isFolder(folder)) throw new InputError(`--plugins ${folder}: there is no such folder.`);
    return resolve(folder);
  });
  const outside = roots.filter((root) => relative(packageRoot, root).startsWith(".."));
  letPluginsImportMasque(outside);
  const dataRoots = [packageRoot, ...roots];
  const codeRoots = [codeRoot, ...roots];

  const environmentFolders = new Map<string, string>();
  for (const root of codeRoots) {
    for (const name of list(join(root, "envs"))) {
      const folder = join(root, "envs", name);
      if (!moduleIn(folder, "env")) continue;
      refuseTwice(environmentFolders, name, folder, "environments");
      environmentFolders.set(name, folder);
    }
  }
  const additions = (name: string) =>
    roots.flatMap((root) => {
      const folder = join(root, "policies", name);
      const files = list(folder).filter((file) => /\.(ts|js|mjs)$/.test(file) && !file.endsWith(".d.ts"));
      return files.map((file) => join(folder, file));
    });
  const computing = (environment: string, baselines: readonly string[]) => {
    const folder = environmentFolders.get(environment)!;
    const own = ["env", "policies", "tunable"]
      .map((name) => moduleIn(folder, name))
      .filter((file) => file !== undefined);
    return [...own, ...additions(environment), ...baselines.map((id) => baselineFiles.get(id)!)];
  };

  const baselineFiles = new Map<string, string>();
  for (const root of codeRoots) {
    for (const name of list(join(root, "baselines"))) {
      const id = name.replace(/\.(ts|js|mjs)$/, "");
      if (id === name || name.endsWith(".d.ts")) continue;
      if (baselineFiles.get(id) && dirname(baselineFiles.get(id)!) === join(root, "baselines")) continue;
      refuseTwice(baselineFiles, id, join(root, "baselines", name), "baselines");
      baselineFiles.set(id, join(root, "baselines", name));
    }
  }

  const loaded = new Map<string, Promise<EnvironmentPlugin>>();
  const load = (name: string) => {
    if (!loaded.has(name)) loaded.set(name, loadEnvironment(name, environmentFolders.get(name)!, additions(name)));
    return loaded.get(name)!;
  };
  const loadBaseline = async (id: string): Promise<Baseline> => {
    const file = baselineFiles.get(id)!;
    const baseline = (await importDefault(file)) as Partial<Baseline> | undefined;
    if (typeof baseline?.train !== "function" || baseline.id !== id) {
      throw new InputError(
        `${file}: expected a default export made by defineBaseline, with id "${id}" as the file's name.`,
      );
    }
    return baseline as Baseline;
  };
  const gather = async <T>(names: Iterable<string>, one: (name: string) => Promise<T>, problems: Problem[] = []) => {
    const results: T[] = [];
    for (const name of names) {
      try {
        results.push(await one(name));
      } catch (error) {
        problems.push({ file: name, message: (error as Error).message });
      }
    }
    return results;
  };

  const registry: Registry = {
    async environment(id) {
      const name = id.replace(/-v\d+$/, "");
      if (environmentFolders.has(name)) {
        const plugin = await load(name);
        if (plugin.env.id === id) return plugin;
      }
      const all = await registry.environments();
      const found = all.find(({ env }) => env.id === id);
      if (found) return found;
      throw unknownName(
        "environment",
        id,
        all.map(({ env }) => env.id),
      );
    },
    async environmentNamed(name) {
      if (!environmentFolders.has(name)) throw unknownName("environment", name, environmentFolders.keys());
      return load(name);
    },
    environments: (problems) => gather(environmentFolders.keys(), load, problems),
    environmentNames: () => [...environmentFolders.keys()],
    async baseline(id) {
      if (!baselineFiles.has(id)) throw unknownName("baseline", id, baselineFiles.keys());
      return loadBaseline(id);
    },
    baselines: (problems) => gather(baselineFiles.keys(), loadBaseline, problems),
    baselineNames: () => [...baselineFiles.keys()],
    benchmarks() {
      const found = new Map<string, string>();
      const add = (name: string, file: string) => {
        refuseTwice(found, name, file, "benchmarks");
        found.set(name, file);
      };
      for (const root of dataRoots) {
        for (const [name, file] of yamlFiles(join(root, "benchmarks"))) if (!name.startsWith(TRACKS)) add(name, file);
        for (const name of list(join(root, "envs"))) {
          const file = join(root, "envs", name, "benchmark.yaml");
          if (existsSync(file)) add(name, file);
        }
      }
      return found;
    },
    tracks() {
      const found = new Map<string, string>();
      for (const root of dataRoots) {
        for (const [name, file] of yamlFiles(join(root, "benchmarks", TRACKS))) {
          refuseTwice(found, name, file, "tracks");
          found.set(name, file);
        }
      }
      return found;
    },
    trackFile(name) {
      const file = registry.tracks().get(name);
      if (!file) throw unknownName("track", name, registry.tracks().keys());
      return file;
    },
    benchmarkFile(nameOrPath) {
      const named = registry.benchmarks();
      if (named.has(nameOrPath)) return named.get(nameOrPath)!;
      if (existsSync(nameOrPath)) return nameOrPath;
      if (/\.ya?ml$/.test(nameOrPath)) throw new InputError(`There is no benchmark file ${nameOrPath}.`);
      throw unknownName("benchmark", nameOrPath, named.keys());
    },
    sources(environment, baselines) {
      // What computes cells in `src`, found by its place: no floor below may import it.
      return codeDigest([moduleIn(join(codeRoot, "src", "run"), "cells")!, ...computing(environment, baselines)]);
    },
    foreign: (environment, baselines) => foreignCode(computing(environment, baselines)),
  };
  return registry;
}

function refuseTwice(seen: ReadonlyMap<string, string>, name: string, file: string, what: string): void {
  const first = seen.get(name);
  if (first) throw new InputError(`Two ${what} are called "${name}": ${first} and ${file}. Rename one.`);
}

function yamlFiles(folder: string): [string, string][] {
  if (!isFolder(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => [name.replace(/\.ya?ml$/, "").replaceAll("\\", "/"), join(folder, name)]);
}
