import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Registry } from "../library/registry.ts";
import type { PolicyData } from "../policy/data.ts";
import type { CellResult } from "../run/cell-result.ts";
import { execute, usefulJobs } from "../run/execute.ts";
import { beginRun } from "../run/folder.ts";
import { type Cell, isTraining } from "../run/plan.ts";
import type { Run } from "../run/run.ts";
import type { RunStanding } from "../run/work/standing.ts";
import { differences, type Mismatch } from "./compare.ts";
import type { Claimed } from "./open.ts";

export interface Replaying {
  readonly registry: Registry;
  /** The folders of plug-ins that the registry was opened with. */
  readonly plugins?: readonly string[];
  /** Cells computed at once; as many as pay off when omitted. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  onProgress?(standing: RunStanding): void;
}

/** Gives an action a run's folder of its own, and removes it whatever happens. */
export async function inScratchRun<T>(
  { benchmark }: Claimed,
  registry: Registry,
  action: (run: Run) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "masque-verify-"));
  try {
    return await action(beginRun(join(folder, "run"), benchmark, registry));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts results that are taken as they are into a run: with policies where they are trainings. */
export function place(
  run: Run,
  cells: readonly Cell[],
  results: ReadonlyMap<string, CellResult>,
  policies: ReadonlyMap<string, PolicyData>,
): void {
  for (const { hash, label, spec } of cells) {
    const result = results.get(hash);
    if (!result) continue;
    if (result.kind === "train") {
      const made = Object.entries(result.policies).map(([role, digest]) => [role, policies.get(digest)!]);
      run.store.writePolicies(hash, Object.fromEntries(made));
    }
    run.store.write(hash, label, spec, result);
  }
}

/**
 * Computes cells of a run, in processes of their own where that pays, and whatever of their needs is not there.
 * @returns their results
 */
export async function compute(
  run: Run,
  cells: readonly Cell[],
  { plugins, jobs, signal, onProgress }: Replaying,
): Promise<Map<string, CellResult>> {
  const part: Run = { ...run, plan: { ...run.plan, cells: withNeeds(run, cells) } };
  await execute(part, { jobs: jobs ?? usefulJobs(part), plugins, signal, onProgress });
  return new Map(cells.map(({ hash }) => [hash, run.store.read(hash)!]));
}

/** Cells and all that they need, in the plan's order. */
function withNeeds({ plan }: Run, cells: readonly Cell[]): Cell[] {
  const byHash = new Map(plan.cells.map((cell) => [cell.hash, cell]));
  const wanted = new Set<string>();
  const add = (hash: string): void => {
    if (wanted.has(hash)) return;
    wanted.add(hash);
    for (const need of byHash.get(hash)?.needs ?? []) add(need);
  };
  for (const { hash } of cells) add(hash);
  return plan.cells.filter(({ hash }) => wanted.has(hash));
}

/**
 * Plays every evaluation cell again, from the entry's policies and the protocol's seeds, and compares all of it: every
 * counter of every episode, returns, and the trace of every action and reward.
 */
export async function replay(
  claimed: Claimed,
  cells: readonly Cell[],
  policies: ReadonlyMap<string, PolicyData>,
  options: Replaying,
): Promise<Mismatch[]> {
  return inScratchRun(claimed, options.registry, async (run) => {
    place(
      run,
      claimed.plan.cells.filter(({ stage }) => isTraining(stage)),
      claimed.results,
      policies,
    );
    const results = await compute(run, cells, options);
    return cells.flatMap((cell) =>
      differences(`cell ${cell.label}`, results.get(cell.hash), claimed.results.get(cell.hash), 3),
    );
  });
}
