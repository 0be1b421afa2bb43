import { frontier } from "../frontier/frontier.ts";
import type { PolicyData } from "../policy/data.ts";
import type { PlayResult } from "../run/cell-result.ts";
import { type Cell, isTraining } from "../run/plan.ts";
import { policiesIn, type ReadPolicy } from "./bundle.ts";
import { controlsOf, plainResult, storedPolicies } from "./claim.ts";
import { differences, type Mismatch } from "./compare.ts";
import type { Claimed, OpenEntry } from "./open.ts";
import type { Claim, Evidence } from "./schema.ts";
import { entryReader } from "./seating.ts";

export interface Checked {
  readonly mismatches: readonly Mismatch[];
  /** Trained policies that the entry holds, by digest. */
  readonly policies: ReadonlyMap<string, PolicyData>;
  /** How many numbers of its results were recomputed. */
  readonly numbers: number;
}

/**
 * Holds an entry to its own evidence: the cells are those its protocol plans, they were played by the policies its
 * trainings made, and every aggregate is what the raw episodes give. Executes nothing. `vouched`: the aggregates were
 * recomputed before, from these very episodes, by somebody who is believed; recomputing is most of the work.
 * @throws InputError for policies that are missing or damaged
 */
export function checkEntry(entry: OpenEntry, { vouched = false }: { readonly vouched?: boolean } = {}): Checked {
  const { file, benchmark, folder } = entry;
  const { claim } = file;
  const mismatches: Mismatch[] = [
    ...differences("protocol", benchmark.resolved, claim.protocol.resolved),
    ...differences("protocol hash", benchmark.hash, claim.protocol.hash),
    ...differences("track", benchmark.config.track ?? null, claim.track),
    ...checkCells(entry, "cells"),
  ];
  const policies = new Map<string, PolicyData>();
  collectPolicies(policiesIn(folder, [claim.evidence]), entry, claim.evidence, policies, mismatches);
  if (!vouched) mismatches.push(...checkAggregates(entry, claim.result, claim.controls));
  const numbers = countNumbers(claim.result);
  return { mismatches, policies, numbers };
}

function checkCells(claimed: Claimed, what: string): Mismatch[] {
  const { benchmark, plan, results } = claimed;
  const planned = new Map(plan.cells.map((cell) => [cell.hash, cell]));
  const extra = [...results.keys()].filter((hash) => !planned.has(hash));
  const wrong: Mismatch[] = extra.map((hash) => mismatch(what, hash, "no such cell in the protocol", "a result"));
  for (const cell of plan.cells) {
    const result = results.get(cell.hash);
    if (!result) wrong.push(mismatch(what, cell.label, "a result", "nothing"));
    else if (result.kind !== (isTraining(cell.stage) ? "train" : "play")) {
      wrong.push(mismatch(what, cell.label, `a result of stage ${cell.stage}`, `one of kind ${result.kind}`));
    } else if (result.kind === "play") wrong.push(...checkPlay(benchmark, cell, result, results));
    else wrong.push(...differences(`${cell.label}: opponents`, met(benchmark, cell, results), result.against ?? {}));
  }
  return wrong;
}

function checkPlay(
  benchmark: Claimed["benchmark"],
  cell: Cell,
  result: PlayResult,
  results: Claimed["results"],
): Mismatch[] {
  const { env, attacks } = benchmark;
  const wrong = differences(cell.label, [...env.counters].sort(), Object.keys(result.counters).sort());
  wrong.push(...differences(`${cell.label}: episodes`, cell.spec.episodes, result.episodes));
  for (const [name, column] of Object.entries(result.counters)) {
    wrong.push(...differences(`${cell.label}: episodes of ${name}`, result.episodes, column.length));
  }
  const stored = attacks.find(({ name }) => name === cell.attack);
  const played = { ...met(benchmark, cell, results), ...(stored?.kind === "stored" ? stored.policies : {}) };
  wrong.push(...differences(`${cell.label}: policies`, played, result.policies));
  return wrong;
}

/** Digests of the policies that a cell met: those of a saved defence, and those that its trainings made. */
function met(
  { points, frozen }: Claimed["benchmark"],
  cell: Cell,
  results: Claimed["results"],
): Record<string, string> {
  const saved = frozen.get(points[cell.points[0]].defence)?.policies ?? {};
  return Object.assign({}, saved, ...cell.needs.map((hash) => results.get(hash)?.policies ?? {}));
}

/** Loads every policy that trainings made or attacks are, and holds the entry's list to them. */
function collectPolicies(
  read: ReadPolicy,
  { benchmark, results }: Claimed,
  evidence: Evidence,
  into: Map<string, PolicyData>,
  mismatches: Mismatch[],
): void {
  const named = new Set<string>();
  for (const result of results.values()) {
    if (result.kind === "train") for (const digest of Object.values(result.policies)) named.add(digest);
  }
  for (const digest of storedPolicies(benchmark).keys()) named.add(digest);
  mismatches.push(...differences("list of policies", [...named].sort(), evidence.policies));
  for (const digest of named) if (evidence.policies.includes(digest)) into.set(digest, read(digest));
}

function checkAggregates(of: Claimed, stated: Claim["result"], controls: Claim["controls"]): Mismatch[] {
  const { benchmark, plan, results } = of;
  try {
    const result = frontier(benchmark, plan, entryReader(results));
    return [
      ...differences("results", plainResult(result), stated),
      ...differences("controls", controlsOf(result), controls),
    ];
  } catch (error) {
    // Raw episodes that no run of this environment can have left.
    return [mismatch("results", "the whole", "a frontier", `none: ${(error as Error).message}`)];
  }
}

export function mismatch(what: string, where: string, expected: string, found: string): Mismatch {
  return { what, where, expected, found };
}

function countNumbers(value: unknown): number {
  if (typeof value === "number") return 1;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, item) => sum + countNumbers(item), 0);
}
