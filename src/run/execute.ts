import { pretty, toJson } from "./canonical.ts";
import { type CellOptions, computeCell, finished, type Run } from "./cells.ts";
import { type Frontier, frontier } from "./frontier.ts";
import { type Cell, STAGES } from "./plan.ts";
import { makeSchedule, weight } from "./schedule.ts";
import type { CellResult, PlayResult } from "./store.ts";

/** Where a run stands; steps weigh cells by how long they take. */
export interface Standing {
  readonly cells: number;
  readonly ofCells: number;
  /** Share of the work that is done, in [0,1]. */
  readonly done: number;
  readonly label: string;
}

export interface Execution {
  readonly signal?: AbortSignal;
  onProgress?(standing: Standing): void;
  /** Told of files that are there but cannot be used; their cells are computed again. */
  onDamage?(why: string): void;
}

/**
 * Computes the cells that are missing, each after those it needs.
 * @returns how many were computed and how many were there already, and CPU seconds by stage
 * @throws the signal's reason when it aborts: what is computed stays
 */
export async function execute(run: Run, { signal, onProgress, onDamage }: Execution = {}) {
  const { cells } = run.plan;
  const total = cells.reduce((sum, cell) => sum + weight(cell), 0);
  const cpuSeconds: Record<string, number> = Object.fromEntries(STAGES.map((stage) => [stage, 0]));
  let before = 0;
  let computed = 0;
  const schedule = makeSchedule(cells);
  for (let cell = schedule.take(); cell; cell = schedule.take()) {
    const { label } = cell;
    const own = weight(cell);
    signal?.throwIfAborted();
    const report = (share: number) =>
      onProgress?.({
        cells: cells.length - schedule.left,
        ofCells: cells.length,
        done: (before + share * own) / total,
        label,
      });
    report(0);
    if (!finished(run, cell, onDamage)) {
      const start = process.cpuUsage();
      const options: CellOptions = { signal, onProgress: report };
      await computeCell(run, cell, options);
      const { user, system } = process.cpuUsage(start);
      cpuSeconds[cell.stage] += (user + system) / 1e6;
      computed++;
      await new Promise(setImmediate);
    }
    before += own;
    schedule.finish(cell);
  }
  onProgress?.({ cells: cells.length, ofCells: cells.length, done: 1, label: "" });
  return { computed, reused: cells.length - computed, cpuSeconds };
}

/** Cells without a usable result. */
export function missingCells(run: Run): Cell[] {
  return run.plan.cells.filter((cell) => !finished(run, cell));
}

/** The frontier of a run whose cells are all there. */
export function aggregate({ benchmark, plan, store }: Run): Frontier {
  const read = (cell: Cell): PlayResult => {
    const result: CellResult | undefined = store.read(cell.hash);
    if (result?.kind !== "play") throw new Error(`cell ${cell.hash} (${cell.label}) is missing`);
    return result;
  };
  return frontier(benchmark, plan, read);
}

/** Training curves, a JSON line each: attack, run, levels and what was measured. */
export function curves({ benchmark, plan, store }: Run): string {
  const lines = plan.cells.flatMap((cell) => {
    const result = cell.stage === "train" ? store.read(cell.hash) : undefined;
    if (result?.kind !== "train") return [];
    const levels = cell.points.map((index) => benchmark.points[index].knobs);
    return result.curve.map((line) => JSON.stringify(toJson({ attack: cell.attack, run: cell.run, levels, ...line })));
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** Writes what a finished run shows: `frontier.json` and the training curves. Figures and tables: see `src/report`. */
export function writeResults(run: Run): Frontier {
  const result = aggregate(run);
  run.store.file("curves.jsonl", curves(run));
  run.store.file("frontier.json", pretty(result));
  return result;
}
