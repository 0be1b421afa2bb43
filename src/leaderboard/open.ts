import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checkConfig, type Loaded, type Origin } from "../benchmark/config.ts";
import { type Benchmark, resolveBenchmark } from "../benchmark/resolve.ts";
import { type ReadStored, startName } from "../benchmark/stored.ts";
import { canonical, type Json, restoreInfinity } from "../data/canonical.ts";
import { explainIssue, InputError } from "../data/errors.ts";
import { readText } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { masque } from "../data/package.ts";
import type { Registry } from "../library/registry.ts";
import type { CellResult } from "../run/cell-result.ts";
import { makePlan, type Plan } from "../run/plan.ts";
import { inside, policiesIn, readRaw } from "./bundle.ts";
import { ENTRY_FILE } from "./claim.ts";
import { type Claim, claimDigest, type EntryFile, type Evidence, encodeEntry, entryFileSchema } from "./schema.ts";

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
  if (version !== 2) {
    throw new InputError(`${at}: schema ${JSON.stringify(version ?? null).slice(0, 40)}; this Masque reads schema 2.`);
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
  return { folder, file };
}

/**
 * Opens an entry with everything it holds: protocol, raw results, policies of stored attacks.
 * @throws InputError when files are missing or damaged, or when this installation cannot verify it
 */
export async function openEntry(path: string, registry: Registry): Promise<OpenEntry> {
  const { folder, file } = readEntryFile(path);
  const { claim } = file;
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
  const code = registry.foreign(benchmark.plugin.name, [...benchmark.baselines.keys()]);
  if (canonical(code) !== canonical(claim.code)) {
    const named = (files: Claim["code"]) =>
      files.map(({ file, sha256 }) => `${file} ${sha256.slice(0, 12)}`).join(", ");
    throw new InputError(
      `${folder}: made with other code than there is here: ${named(claim.code) || "Masque's alone"}; here ${named(code) || "none besides Masque's"}.`,
    );
  }
  const plan = planOf(folder, claim.evidence, benchmark);
  checkSize(folder, claim.evidence, plan, benchmark);
  return { folder, file, benchmark, plan, results: readRaw(folder, claim.evidence) };
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

/** The benchmark that an entry's protocol is. */
export async function resolveClaim({ claim }: EntryFile, registry: Registry, folder: string): Promise<Benchmark> {
  const name = `${folder}/${ENTRY_FILE}: protocol`;
  const origin: Origin = { name, error: (_, message) => new InputError(`${name}: ${message}`) };
  const given = restoreInfinity(claim.protocol.given as Json);
  const loaded: Loaded = { config: checkConfig(given, origin), given, origin };
  const stated = storedDigests(claim.protocol.resolved);
  const readPolicy = policiesIn(folder, [claim.evidence]);
  // By the digests that the claim states, never by a path that it names.
  const readStored: ReadStored = (_, name) => {
    const digests = Object.entries(stated.get(name) ?? {});
    if (digests.length === 0) throw new InputError(`the entry states no digest of the policies of "${name}".`);
    return Object.fromEntries(digests.map(([role, digest]) => [role, readPolicy(digest)]));
  };
  return resolveBenchmark(loaded, registry, readStored);
}

/**
 * Digests of saved policies that a resolved protocol states, by its attacks' and defences' names, by role; those that learners
 * start from by `startName`.
 */
export function storedDigests(resolved: Readonly<Record<string, unknown>>): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  const note = (name: string, policies: unknown) => {
    if (typeof policies !== "object" || policies === null) return;
    const digests = Object.entries(policies).filter(([, digest]) => /^[0-9a-f]{64}$/.test(String(digest)));
    found.set(name, Object.fromEntries(digests) as Record<string, string>);
  };
  type Stated = { name?: unknown; policies?: unknown; from?: unknown; attacker?: { from?: unknown } | null } | null;
  const members = (list: unknown) =>
    (Array.isArray(list) ? (list as Stated[]) : []).flatMap((one) =>
      typeof one === "object" && typeof one?.name === "string" ? [{ ...one, name: one.name }] : [],
    );
  const { portfolio, defence } = resolved as { portfolio?: unknown; defence?: { policy?: unknown; learned?: unknown } };
  for (const { name, policies } of [...members(portfolio), ...members(defence?.policy)]) note(name, policies);
  for (const { name, from } of members(portfolio)) note(startName.attack(name), from);
  for (const { name, from, attacker } of members(defence?.learned)) {
    note(startName.defender(name), from);
    note(startName.attacker(name), attacker?.from);
  }
  return found;
}
