import { storedName } from "../benchmark/config.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { toJson } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { makeFolder, writeAtomic } from "../data/files.ts";
import { masque } from "../data/package.ts";
import type { Frontier, FrontierPoint } from "../frontier/frontier.ts";
import { aggregate } from "../frontier/results.ts";
import type { PolicyData } from "../policy/data.ts";
import type { CellResult } from "../run/cell-result.ts";
import { missingCells } from "../run/cells.ts";
import type { Run } from "../run/run.ts";
import { writeEvidence } from "./bundle.ts";
import { type Claim, claimDigest, type EntryFile, type EntryResult, encodeEntry } from "./schema.ts";

export const ENTRY_FILE = "entry.json";

export interface Author {
  readonly name: string;
  readonly authors: readonly string[];
}

/**
 * Makes an entry's folder from a finished run: `entry.json`, the raw results, and the trained policies.
 * @throws InputError when cells of the run are missing
 */
export function writeEntry(
  run: Run,
  folder: string,
  { name, authors }: Author,
  machine: Claim["made"],
  code: Claim["code"],
): EntryFile {
  const { benchmark, plan, store } = run;
  const missing = missingCells(run).length;
  if (missing > 0) {
    throw new InputError(
      `${store.folder}: ${missing} of ${plan.cells.length} cells are missing. Finish the run first.`,
    );
  }
  const results = new Map<string, CellResult>();
  const policies = new Map<string, PolicyData>();
  for (const { hash } of plan.cells) {
    const result = store.read(hash)!;
    results.set(hash, result);
    if (result.kind !== "train") continue;
    const made = store.readPolicies(hash, result);
    for (const [role, data] of Object.entries(made)) policies.set(result.policies[role], data);
  }
  for (const [digest, data] of storedPolicies(benchmark)) policies.set(digest, data);
  const result = aggregate(run);
  makeFolder(folder);
  const claim: Claim = {
    name,
    authors: [...authors],
    masque: masque().version,
    made: machine,
    environment: result.environment,
    track: benchmark.config.track ?? null,
    code: [...code],
    protocol: {
      hash: benchmark.hash,
      given: toJson(withoutPaths(benchmark.given)) as Record<string, unknown>,
      resolved: benchmark.resolved as Record<string, unknown>,
    },
    result: plainResult(result),
    controls: controlsOf(result),
    evidence: writeEvidence(folder, results, policies),
  };
  const entry: EntryFile = { schema: 2, id: claimDigest(claim), claim };
  saveEntry(folder, entry);
  return entry;
}

export function saveEntry(folder: string, entry: EntryFile): void {
  writeAtomic(`${folder}/${ENTRY_FILE}`, encodeEntry(entry));
}

/** A frontier as files hold it: infinities spelt out. */
export function plainResult(result: Frontier): EntryResult {
  return toJson(result) as unknown as EntryResult;
}

/** Policies of stored attacks and defences, and those that learners start from, by digest. */
export function storedPolicies({ attacks, frozen, stored, starts }: Benchmark): Map<string, PolicyData> {
  const found = new Map(starts);
  for (const one of [...attacks, ...frozen.values()]) {
    if (!("policies" in one)) continue;
    for (const [role, digest] of Object.entries(one.policies)) found.set(digest, stored.get(one.name)![role]);
  }
  return found;
}

/** The yardsticks beside a frontier: no defence, lockdown, random defence, and nobody attacking at all. */
export function controlsOf(result: Frontier): Claim["controls"] {
  const all = [...result.points, ...result.anchors];
  const at = (anchor: FrontierPoint["anchor"]) => all.find((point) => point.anchor === anchor);
  const of = (point: FrontierPoint | undefined) =>
    point ? { cleanUtility: { ...point.cleanUtility }, security: { ...point.security } } : null;
  const honest = (at("no-defence") ?? all[0]).attacks.none;
  return {
    noDefence: of(at("no-defence")),
    lockdown: of(at("lockdown")),
    randomDefence: of(at("random-defence")),
    honestOnly: { cleanUtility: { ...honest.utility }, security: { ...honest.security } },
  };
}

/** The benchmark as written, with stored policies named instead of located: an entry holds them itself. */
function withoutPaths(given: unknown): unknown {
  const config = given as { portfolio: readonly unknown[]; defence?: { policy?: unknown; learned?: unknown } };
  const named = (entry: unknown): unknown => {
    if (typeof entry !== "object" || entry === null) return entry;
    const shown = Object.entries(entry).map(([key, value]) => {
      if (key === "policy" || key === "from") return [key, storedName(String(value))];
      return [key, key === "attacker" ? named(value) : value];
    });
    return Object.fromEntries(shown);
  };
  const all = (list: unknown) => (Array.isArray(list) ? list.map(named) : named(list));
  const { portfolio, defence } = config;
  const parts = Object.entries(defence ?? {}).map(([key, value]) => {
    return [key, key === "policy" || key === "learned" ? all(value) : value];
  });
  return {
    ...config,
    portfolio: portfolio.map(named),
    ...(defence && { defence: Object.fromEntries(parts) }),
  };
}
