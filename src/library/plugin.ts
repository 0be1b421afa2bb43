import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { canonical, digest, sha256 } from "../data/canonical.ts";
import { InputError, unknownName } from "../data/errors.ts";
import { codeRoot, fromSource, packageRoot } from "../data/package.ts";
import type { Environment } from "../env/define.ts";
import { checkDials } from "../policy/dials.ts";
import { type Controller, type PolicyFactory, type ScriptedPolicies, sealed, type Tunable } from "../policy/policy.ts";
import { ensureTypeScript } from "./plugin-imports.ts";
import { checkTextSet, parseTextSet, type TextSet } from "./text-set.ts";

/** Closed forms of `theory.ts` at given parameters, by metric; null where there is none. */
export type Reference = (params: Readonly<Record<string, unknown>>) => Readonly<Record<string, number>> | null;

/** What `envs/<name>/` holds. */
export interface EnvironmentPlugin {
  readonly name: string;
  readonly folder: string;
  readonly env: Environment;
  /** SHA-256 of what results depend on: identity, knobs, counters, metrics, and the golden trace where there is one. */
  readonly digest: string;
  /** @throws InputError if the folder has no policies. */
  policies(): Promise<ScriptedPolicies>;
  reference(): Promise<Reference | undefined>;
  /** Metrics under exact best responses to the default defence, from `theory.ts`. */
  bestResponse(): Promise<Reference | undefined>;
  /** Security that no defence can exceed against all attacks there are, from `theory.ts`: who does knows the portfolio. */
  ceiling(): Promise<Reference | undefined>;
  /** The prose of `page.md`. */
  page(): string | undefined;
  /** Parameters for players who answer in words, from `text.json`. @throws InputError where they do not fit. */
  text(): TextSet | undefined;
}

/** How code files may end, the preferred one first. */
const EXTENSIONS = fromSource ? [".ts", ".js", ".mjs"] : [".js", ".mjs", ".ts"];

export async function loadEnvironment(
  name: string,
  folder: string,
  additions: readonly string[],
): Promise<EnvironmentPlugin> {
  const file = moduleIn(folder, "env")!;
  const env = (await importDefault(file)) as Environment;
  if (!isObject(env) || typeof env.id !== "string" || typeof env.create !== "function") {
    throw new InputError(`${file}: expected a default export made by defineEnv.`);
  }
  // In the built package pages and golden traces stay where the sources were.
  const data = folder.startsWith(codeRoot) ? join(packageRoot, folder.slice(codeRoot.length)) : folder;
  const readData = (name: string) =>
    existsSync(join(data, name)) ? readFileSync(join(data, name), "utf8") : undefined;
  const golden = readData("golden.json");
  const { id, knobs, counters, coordination, metrics } = env;
  return {
    name,
    folder,
    env,
    digest: digest({
      id,
      knobs,
      counters,
      coordination,
      metrics: Object.entries(metrics).map(([metric, { axis, arm }]) => [metric, axis, ...(arm ? [arm] : [])]),
      golden: golden === undefined ? null : sha256(golden),
    }),
    policies: () => loadPolicies(env, folder, additions),
    reference: once(() => loadTheory(folder, "reference")),
    bestResponse: once(() => loadTheory(folder, "bestResponse")),
    ceiling: once(() => loadTheory(folder, "ceiling")),
    page: () => readData("page.md"),
    text() {
      const given = readData("text.json");
      if (given === undefined) return undefined;
      const set = parseTextSet(given, join(data, "text.json"));
      checkTextSet(env, set);
      return set;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Remembers what it gave: programmes take seconds, and all entries of a board's track ask at the same parameters. */
async function loadTheory(folder: string, name: string): Promise<Reference | undefined> {
  const theory = moduleIn(folder, "theory");
  const found = theory && (await importModule(theory))[name];
  if (typeof found !== "function") return undefined;
  const known = new Map<string, ReturnType<Reference>>();
  return (params) => {
    const key = canonical(params);
    if (!known.has(key)) known.set(key, found(params));
    return known.get(key)!;
  };
}

async function loadPolicies(env: Environment, folder: string, additions: readonly string[]): Promise<ScriptedPolicies> {
  const file = moduleIn(folder, "policies");
  if (!file) throw new InputError(`${env.id} has no scripted policies: expected ${join(folder, "policies.ts")}.`);
  const own = (await importDefault(file)) as ScriptedPolicies;
  if (!isObject(own) || !isObject(own.defaults) || !isObject(own.attacks) || !own.attacks.none) {
    throw new InputError(`${file}: expected a default export { defaults, attacks: { none, … }, defences? }.`);
  }
  const attacks: Record<string, Controller> = { ...own.attacks };
  const tunable: Record<string, Tunable> = {};
  const tune = moduleIn(folder, "tunable");
  if (tune) addTunable(tunable, tune, await importDefault(tune), attacks);
  const defences: Record<string, Controller> = { ...own.defences };
  for (const addition of additions) {
    const more = (await importDefault(addition)) as Partial<ScriptedPolicies>;
    for (const [into, from] of [
      [attacks, more?.attacks ?? {}],
      [defences, more?.defences ?? {}],
    ] as const) {
      for (const [name, controller] of Object.entries(from)) {
        if (Object.hasOwn(into, name)) throw new InputError(`${addition}: ${env.id} already has "${name}". Rename it.`);
        const roles = Object.entries(controller.roles).map(([role, factory]) => [role, sealed(factory)]);
        into[name] = { ...controller, roles: Object.fromEntries(roles) };
      }
    }
    addTunable(tunable, addition, more?.tunable ?? {}, more?.attacks ?? {}, sealed);
  }
  return { ...own, attacks: attacks as ScriptedPolicies["attacks"], defences, tunable };
}

/** Adds the dials of attacks to `into`. @throws InputError naming the file for anything but dials of its attacks */
function addTunable(
  into: Record<string, Tunable>,
  file: string,
  given: unknown,
  attacks: Readonly<Record<string, Controller>>,
  around: (factory: PolicyFactory) => PolicyFactory = (factory) => factory,
): void {
  for (const [name, script] of Object.entries((given ?? {}) as Record<string, Tunable>)) {
    if (!Object.hasOwn(attacks, name)) throw unknownName(`attack that ${file} tunes`, name, Object.keys(attacks));
    try {
      if (!isObject(script?.dials) || typeof script.roles !== "function") throw new Error("expected dials and roles");
      checkDials(script);
    } catch (error) {
      throw new InputError(`${file}: ${name}: ${(error as Error).message}.`);
    }
    into[name] = {
      ...script,
      roles: (setting) =>
        Object.fromEntries(Object.entries(script.roles(setting)).map(([role, factory]) => [role, around(factory)])),
    };
  }
}

/** The file `folder/name.*` that holds a module, if there is one. */
export function moduleIn(folder: string, name: string): string | undefined {
  return EXTENSIONS.map((extension) => join(folder, name + extension)).find((file) => existsSync(file));
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export async function importDefault(file: string): Promise<unknown> {
  return (await importModule(file)).default;
}

/** A plug-in's module, from TypeScript where that is what it is. */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  if (file.endsWith(".ts")) await ensureTypeScript(file);
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw error instanceof InputError
      ? error
      : new InputError(`${file} does not load: ${loadFailure(error as Error)}.`, { cause: error });
  }
}

/** What went wrong in one line, with its place: transpilers draw the source in colours, Node writes places above it. */
function loadFailure(error: Error): string {
  const text = stripVTControlCharacters(`${error.message}\n${error.stack ?? ""}`);
  const place = /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^\n()]*?\.[cm]?[jt]s:\d+(?::\d+)?)/.exec(text)?.[1];
  const [, parsed] = /\[PARSE_ERROR\] (.*)/.exec(text) ?? [];
  const said =
    parsed ??
    stripVTControlCharacters(error.message)
      .split("\n")
      .find((line) => line.trim() !== "") ??
    error.name;
  const known = place === undefined || said.includes(place) || place.includes("node_modules");
  return `${said.trim().replace(/\.$/, "")}${known ? "" : ` (${place})`}`;
}
