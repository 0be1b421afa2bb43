import { pretty, toJson } from "./canonical.ts";
import { finished, type Run } from "./cells.ts";
import { type Frontier, frontier } from "./frontier.ts";
import { type Cell, isTraining } from "./plan.ts";
import type { CellResult, PlayResult } from "./store.ts";

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
    const result = isTraining(cell.stage) ? store.read(cell.hash) : undefined;
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
