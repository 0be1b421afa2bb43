import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checkConfig, type Loaded, type Origin } from "../benchmark/config.ts";
import type { ReadStored } from "../benchmark/portfolio.ts";
import { type Benchmark, resolveBenchmark } from "../benchmark/resolve.ts";
import { type Json, restoreInfinity } from "../data/canonical.ts";
import { explainIssue, InputError } from "../data/errors.ts";
import { readText } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { masque } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import type { PolicyData } from "../policy/data.ts";
import type { CellResult } from "../run/cell-result.ts";
import { makePlan, type Plan } from "../run/plan.ts";
import { inside, policiesIn, readRaw } from "./bundle.ts";
import { ENTRY_FILE } from "./claim.ts";
import {
  claimDigest,
  type EntryFile,
  type Evidence,
  type External,
  encodeEntry,
  entryFileSchema,
  statusOf,
} from "./schema.ts";

const MAX_ENTRY = 1 << 23;

/** A benchmark with all that an entry holds of it. */
export interface Claimed {
  readonly benchmark: Benchmark;
  readonly plan: Plan;
  readonly results: ReadonlyMap<string, CellResult>;
}

export interface OpenEntry extends Claimed {
  readonly folder: string;
  readonly file: EntryFile;
  /** With the attacks of others added to the portfolio. */
  readonly external?: Claimed;
}

/**
 * Reads an entry's file: the folder or its `entry.json`. Data only: nothing in it is executed.
 * @throws InputError for anything but a whole entry in its one spelling
 */
export function readEntryFile(path: string): { folder: string; file: EntryFile } {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
  if (folder !== path && basename(path) !== ENTRY_FILE) {
    throw new InputError(`${path}: expected the folder of an entry, or its ${ENTRY_FILE}.`);
  }
  if (!existsSync(folder)) throw new InputError(`There is no entry ${path}.`);
  const at = inside(folder, ENTRY_FILE);
  const text = readText(at, MAX_ENTRY);
  const json = parseJson(text, at);
  const version = (json as { schema?: unknown } | null)?.schema;
  if (version !== 1) {
    throw new InputError(`${at}: schema ${JSON.stringify(version ?? null).slice(0, 40)}; this Masque reads schema 1.`);
  }
  const parsed = entryFileSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError(
      `${at}: ${explainIssue(parsed.error.issues[0], json, () => Object.keys(entryFileSchema.shape))}`,
    );
  }
  const file = parsed.data;
  if (encodeEntry(file) !== text) {
    throw new InputError(`${at} is not in canonical JSON (RFC 8785), the one spelling that digests are of.`);
  }
  const id = claimDigest(file.claim);
  if (id !== file.id) throw new InputError(`${at}: the claim's SHA-256 is ${id}, but the entry says ${file.id}.`);
  const status = statusOf(file);
  if (status !== file.status) {
    throw new InputError(`${at} calls itself ${file.status}; its records and external attacks make it ${status}.`);
  }
  return { folder, file };
}

/**
 * Opens an entry with everything it holds: protocol, raw results, policies of stored attacks.
 * @throws InputError when files are missing or damaged, or when this installation cannot verify it
 */
export async function openEntry(path: string, registry: Registry): Promise<OpenEntry> {
  const { folder, file } = readEntryFile(path);
  const { claim, external } = file;
  if (claim.masque !== masque().version) {
    throw new InputError(
      `${folder} was made by Masque ${claim.masque}; this is ${masque().version}. Verify it with that version.`,
    );
  }
  const benchmark = await resolveClaim(file, registry, folder);
  if (benchmark.plugin.digest !== claim.environment.digest || benchmark.env.id !== claim.environment.id) {
    throw new InputError(
      `${folder}: made with another definition of ${claim.environment.id} (${claim.environment.digest.slice(0, 12)}); ` +
        `here it is ${benchmark.env.id} (${benchmark.plugin.digest.slice(0, 12)}).`,
    );
  }
  const plan = planOf(folder, claim.evidence, benchmark);
  checkSize(folder, claim.evidence, plan, benchmark);
  const results = readRaw(folder, "cells", claim.evidence);
  const opened = { folder, file, benchmark, plan, results };
  if (!external) return opened;
  const extended = await resolveClaim(file, registry, folder, external.attacks);
  const extendedPlan = planOf(folder, { cells: { cells: results.size + external.evidence.cells.cells } }, extended);
  checkSize(folder, external.evidence, extendedPlan, extended);
  const added = readRaw(folder, "external", external.evidence);
  return {
    ...opened,
    external: { benchmark: extended, plan: extendedPlan, results: new Map([...results, ...added]) },
  };
}

/** Plans a protocol unless that would take far more cells than the entry holds. */
function planOf(folder: string, { cells }: { cells: { cells: number } }, benchmark: Benchmark): Plan {
  const { points, attacks, config } = benchmark;
  const plays = 2 * points.length * attacks.length * config.seeds.runs;
  if (plays <= 2 * cells.cells + 1000) return makePlan(benchmark);
  throw new InputError(`${folder}: its protocol plays ${plays} cells; it states results of ${cells.cells}.`);
}

/** Bytes that a counter of an episode, a played cell, and a training's curve take in JSON, at most. */
const NUMBER_BYTES = 26;
const PLAY_BYTES = 10_000;
const TRAIN_BYTES = 1 << 20;

/** Raw results are no larger than the protocol's cells can be: nothing is unpacked that claims to be. */
function checkSize(folder: string, { cells }: Evidence, plan: Plan, { env }: Benchmark): void {
  let most = 2;
  for (const { stage, spec } of plan.cells) {
    const played = stage === "select" || stage === "test";
    most += played ? PLAY_BYTES + Number(spec.episodes) * env.counters.length * NUMBER_BYTES : TRAIN_BYTES;
  }
  if (cells.bytes <= most && cells.cells <= plan.cells.length) return;
  throw new InputError(
    `${folder}: states ${cells.cells} cells in ${cells.bytes} bytes of raw results; its protocol has ` +
      `${plan.cells.length} cells, which take at most ${most}.`,
  );
}

/** An attack that somebody else adds to an entry's portfolio. */
export type Added = External["attacks"][number] & { readonly data?: Readonly<Record<string, PolicyData>> };

/** The benchmark that an entry's protocol is, with attacks of others added to the portfolio. */
export async function resolveClaim(
  { claim, external }: Pick<EntryFile, "claim" | "external">,
  registry: Registry,
  folder: string,
  attacks: readonly Added[] = [],
): Promise<Benchmark> {
  const name = `${folder}/${ENTRY_FILE}: protocol`;
  const origin: Origin = { name, error: (_, message) => new InputError(`${name}: ${message}`) };
  const names = attacks.map(({ name }) => name);
  const given = extendPortfolio(restoreInfinity(claim.protocol.given as Json), names);
  const loaded: Loaded = { config: checkConfig(given, origin), given, origin };
  const stated = storedDigests(claim.protocol.resolved);
  for (const { name, policies } of attacks) stated.set(name, policies);
  const readPolicy = policiesIn(folder, [claim.evidence, ...(external ? [external.evidence] : [])]);
  // By the digests that the claim states, never by a path that it names.
  const readStored: ReadStored = (_, attack) => {
    const given = attacks.find(({ name }) => name === attack)?.data;
    if (given) return given;
    const digests = Object.entries(stated.get(attack) ?? {});
    if (digests.length === 0) throw new InputError(`the entry states no digest of the policies of "${attack}".`);
    return Object.fromEntries(digests.map(([role, digest]) => [role, readPolicy(digest)]));
  };
  return resolveBenchmark(loaded, registry, readStored);
}

/** A configuration with stored attacks added. */
function extendPortfolio(given: unknown, names: readonly string[]): unknown {
  const config = given as { portfolio?: unknown };
  if (names.length === 0 || !Array.isArray(config.portfolio)) return given;
  return { ...config, portfolio: [...config.portfolio, ...names.map((name) => ({ name, policy: name }))] };
}

function storedDigests(resolved: Readonly<Record<string, unknown>>): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  const { portfolio } = resolved;
  if (!Array.isArray(portfolio)) return found;
  for (const attack of portfolio as { name?: unknown; kind?: unknown; policies?: unknown }[]) {
    if (attack?.kind !== "stored" || typeof attack.name !== "string") continue;
    const policies = Object.entries((attack.policies ?? {}) as Record<string, unknown>);
    const digests = policies.filter(([, digest]) => /^[0-9a-f]{64}$/.test(String(digest)));
    found.set(attack.name, Object.fromEntries(digests) as Record<string, string>);
  }
  return found;
}
