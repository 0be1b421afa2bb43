import { pretty, toJson } from "../data/canonical.ts";
import { missingCells, playReader } from "../run/cells.ts";
import { isTraining } from "../run/plan.ts";
import type { Run } from "../run/run.ts";
import type { Store } from "../run/store.ts";
import type { Axes } from "./cloud.ts";
import { type Frontier, frontier } from "./frontier.ts";
import { withAxes } from "./measure.ts";

/** The frontier of a run whose cells are all there, on its own axes or others. */
export function aggregate(run: Run, axes?: Axes): Frontier {
  return frontier(withAxes(run.benchmark, axes), run.plan, playReader(run));
}

/** @throws Error that says how to go on, when cells of a run are missing. */
export function requireFinished(run: Run): void {
  const missing = missingCells(run).length;
  if (missing === 0) return;
  const { folder } = run.store;
  throw new Error(
    `${folder}: ${missing} of ${run.plan.cells.length} cells are missing. Finish it with masque run … --out ${folder} --resume.`,
  );
}

/** Training curves, a JSON line each: attack (or the defence that learned), run, levels, defence, what was measured. */
export function curves({
  benchmark,
  plan,
  store,
}: Pick<Run, "benchmark" | "plan"> & { readonly store: Pick<Store, "read"> }): string {
  const lines = plan.cells.flatMap((cell) => {
    const result = isTraining(cell.stage) ? store.read(cell.hash) : undefined;
    if (result?.kind !== "train") return [];
    const levels = cell.points.map((index) => benchmark.points[index].knobs);
    const { defence } = benchmark.points[cell.points[0]];
    const of = { attack: cell.attack, run: cell.run, levels, ...(defence !== "default" && { defence }) };
    return result.curve.map((line) => JSON.stringify(toJson({ ...of, ...line })));
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
