import { pretty } from "../../data/canonical.ts";
import { compareRuns } from "../../frontier/compare.ts";
import { measure, parseAxes, withAxes } from "../../frontier/measure.ts";
import { requireFinished } from "../../frontier/results.ts";
import { openRegistry } from "../../library/registry.ts";
import { comparisonText } from "../../report/compare-text.ts";
import { playReader } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { DONE, type Io } from "../io.ts";

/** masque compare */
export async function run(
  io: Io,
  folders: readonly string[],
  options: { json?: boolean; axes?: string; plugins?: string[] },
): Promise<number> {
  const registry = openRegistry(options.plugins);
  const [a, b] = await Promise.all(
    folders.map(async (folder) => {
      const found = await openRun(folder, registry);
      requireFinished(found);
      const axes = options.axes === undefined ? undefined : parseAxes(options.axes, found.benchmark.env);
      const benchmark = withAxes(found.benchmark, axes);
      return { benchmark, measured: measure(benchmark, found.plan, playReader(found)) };
    }),
  );
  const comparison = compareRuns(a, b);
  if (options.json) io.out(pretty(comparison));
  else io.out(comparisonText(comparison, [folders[0], folders[1]], { columns: io.columns, paint: io.paint }));
  return DONE;
}
