import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { checkConfig, type Loaded, type Origin } from "../benchmark/config.ts";
import { type Benchmark, resolveBenchmark } from "../benchmark/resolve.ts";
import type { ReadStored } from "../benchmark/stored.ts";
import { type Json, pretty, restoreInfinity, toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { list, readJson } from "../data/files.ts";
import { masque, packageRoot } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import { loadPolicies, loadPolicy, savePolicy } from "../policy/checkpoint.ts";
import { mostBytes } from "./cell-result.ts";
import { readHost, writeHost } from "./host.ts";
import { makePlan, type Plan } from "./plan.ts";
import { ChangedCodeError, type Run } from "./run.ts";
import { lockHash, openStore, prepareStore } from "./store.ts";

const manifestSchema = z.looseObject({
  schema: z.literal(1),
  name: z.string(),
  hash: z.string(),
  given: z.unknown(),
  resolved: z.record(z.string(), z.unknown()),
  versions: z.looseObject({ masque: z.string() }),
});
/** `manifest.json`: what a run is. */
export type Manifest = z.output<typeof manifestSchema>;

const MAX_MANIFEST = 1 << 24;

/** Reads stored attacks beside the benchmark's file. */
export function readStoredBeside(folder: string): ReadStored {
  return (entry, _, roles) => loadPolicies(resolve(folder, entry.policy), roles);
}

/**
 * Whether a benchmark may run in a folder; `damaged`: what says which run it is, or by which code, cannot be read, and its cells
 * may be used. Writes nothing.
 * @throws InputError when something else lies there: another run, another version's, or files that are no run.
 */
export function inspectFolder(folder: string, benchmark: Benchmark, registry: Registry): "free" | "begun" | "damaged" {
  if (!existsSync(join(folder, "manifest.json"))) {
    const foreign = list(folder).filter((name) => !isLeftover(folder, name));
    if (foreign.length === 0) return "free";
    throw new InputError(
      `${folder} is not empty and holds no run (it has ${foreign.slice(0, 3).join(", ")}). Choose another --out.`,
    );
  }
  // What says which run this is can be written anew: cells are named by all that they depend on, Masque's version included.
  const manifest = orDamaged(() => readManifest(folder));
  if (manifest && manifest.versions.masque !== masque().version) {
    throw new InputError(
      `${folder} holds a run of Masque ${manifest.versions.masque}; this is ${masque().version}. Choose another --out.`,
    );
  }
  if (manifest && manifest.hash !== benchmark.hash) {
    const differing = difference(manifest.resolved, benchmark.resolved as Record<string, unknown>);
    const { id, digest } = (manifest.resolved.environment ?? {}) as { id?: unknown; digest?: unknown };
    // Whoever records a golden trace after measuring changed no parameter, and would look for one in vain.
    const redefined = id === benchmark.env.id && digest !== benchmark.plugin.digest;
    throw new InputError(
      `${folder} holds a run of another configuration: ${differing.join(", ")} differ` +
        `${redefined ? ` (the definition or the golden trace of ${id} is another than then)` : ""}. ` +
        "Choose another --out, or undo that.",
    );
  }
  const host = orDamaged(() => readHost(folder));
  if (host && host.sources !== codeDigest(benchmark, registry)) {
    throw new ChangedCodeError(
      `${folder}: the code of ${benchmark.env.id} or of a baseline changed since this run began; going on would mix two ` +
        "versions. Choose another --out.",
    );
  }
  return manifest && host ? "begun" : "damaged";
}

/** What a file says, or undefined where it is missing or damaged. */
function orDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** What a process killed before its manifest was written leaves behind. */
function isLeftover(folder: string, name: string): boolean {
  if (name.endsWith(".tmp") || name === "host.json") return true;
  return (
    ["cells", "policies"].includes(name) &&
    list(join(folder, name)).every((file) => file.endsWith(".tmp") || name === "policies")
  );
}

/** Makes the folder of a run, or opens the one that `inspectFolder` found begun. */
export function beginRun(folder: string, benchmark: Benchmark, registry: Registry): Run {
  const standing = inspectFolder(folder, benchmark, registry);
  const plan = makePlan(benchmark);
  const store = prepareStore(folder, sizesOf(plan, benchmark));
  if (standing !== "begun") {
    for (const [attack, policies] of benchmark.stored) {
      for (const [role, data] of Object.entries(policies)) savePolicy(storedBase(folder, attack, role), data);
    }
    if (!orDamaged(() => readHost(folder))) {
      writeHost(store, { sources: codeDigest(benchmark, registry), sessions: [] });
    }
    // Last: a folder with a manifest is a run.
    store.file("manifest.json", pretty(manifestOf(benchmark)));
  }
  return { benchmark, plan, store };
}

/** How large the files of a plan's cells can be. */
function sizesOf({ cells }: Plan, { env }: Benchmark): (hash: string) => number {
  const most = new Map(cells.map((cell) => [cell.hash, mostBytes(cell, env.counters.length)]));
  return (hash) => most.get(hash) ?? 0;
}

/**
 * Opens a run's folder from its manifest, as another process or a later day does.
 * @throws InputError if it holds no run, or if the environment, baselines or Masque are not those it was made with.
 */
export async function openRun(folder: string, registry: Registry): Promise<Run> {
  const manifest = readManifest(folder);
  const name = join(folder, "manifest.json");
  const origin: Origin = { name, error: (_, message) => new InputError(`${name}: ${message}`) };
  const given = restoreInfinity(manifest.given as Json);
  const loaded: Loaded = { config: checkConfig(given, origin), given, origin };
  const readStored: ReadStored = (_, attack, roles) => {
    const kept = roles.filter((role) => existsSync(`${storedBase(folder, attack, role)}.json`));
    return Object.fromEntries(kept.map((role) => [role, loadPolicy(storedBase(folder, attack, role))]));
  };
  const benchmark = await resolveBenchmark(loaded, registry, readStored);
  inspectFolder(folder, benchmark, registry);
  const plan = makePlan(benchmark);
  return { benchmark, plan, store: openStore(folder, sizesOf(plan, benchmark)) };
}

const storedBase = (folder: string, attack: string, role: string) =>
  join(folder, "policies", `stored-${attack}.${role}`);

/** What a run is, to be compared and shared: equal runs have equal manifests. */
function manifestOf(benchmark: Benchmark): Manifest & Record<string, unknown> {
  const { config, hash, given, resolved } = benchmark;
  return {
    schema: 1,
    name: config.name,
    hash,
    versions: { masque: masque().version, ...masque().dependencies },
    lock: lockHash(packageRoot),
    seeds: config.seeds,
    backend: config.backend,
    resolved: resolved as Record<string, unknown>,
    given: toJson(given),
  };
}

/** @throws InputError if the folder holds no run */
export function readManifest(folder: string): Manifest {
  const path = join(folder, "manifest.json");
  if (!existsSync(path))
    throw new InputError(`${folder} holds no run: there is no ${path}. masque run BENCHMARK makes one.`);
  const parsed = manifestSchema.safeParse(readJson(path, MAX_MANIFEST));
  if (parsed.success) return parsed.data;
  throw new InputError(
    `${path} is no manifest of a run: ${parsed.error.issues[0].message}. To make it anew: masque run BENCHMARK --out ${folder} --resume.`,
  );
}

function codeDigest(benchmark: Benchmark, registry: Registry): string {
  return registry.sources(benchmark.plugin.name, [...benchmark.baselines.keys()].sort());
}

/** Names of the top settings that differ. */
function difference(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => pretty(a[key] ?? null) !== pretty(b[key] ?? null));
}
