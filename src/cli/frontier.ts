import { frontierCsv } from "../report/csv.ts";
import { frontierSvg } from "../report/figure.ts";
import { frontierText } from "../report/frontier-text.ts";
import { pretty } from "../run/canonical.ts";
import { openRegistry } from "../run/registry.ts";
import { aggregate, missingCells } from "../run/results.ts";
import { openRun } from "../run/run.ts";
import { DONE, type Io } from "./io.ts";

/** masque frontier */
export async function run(
  io: Io,
  folders: readonly string[],
  options: { json?: boolean; csv?: boolean; svg?: boolean; plugins?: string[] },
): Promise<number> {
  const registry = openRegistry(options.plugins);
  const results = [];
  for (const folder of folders) {
    const found = await openRun(folder, registry);
    const missing = missingCells(found).length;
    if (missing > 0) {
      throw new Error(
        `${folder}: ${missing} of ${found.plan.cells.length} cells are missing. Finish it with masque run … --out ${folder} --resume.`,
      );
    }
    results.push(aggregate(found));
  }
  if (options.json) io.out(pretty(results.length === 1 ? results[0] : results));
  else if (options.csv) for (const result of results) io.out(frontierCsv(result));
  else if (options.svg) for (const result of results) io.out(frontierSvg(result));
  else io.out(results.map((result) => frontierText(result, { columns: io.columns, paint: io.paint })).join("\n"));
  return DONE;
}
