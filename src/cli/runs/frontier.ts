import { pretty } from "../../data/canonical.ts";
import { across, whyNotAcross } from "../../frontier/across.ts";
import { frontierOf } from "../../frontier/frontier.ts";
import { cloudOf, measure, parseAxes, withAxes } from "../../frontier/measure.ts";
import { requireFinished } from "../../frontier/results.ts";
import { openRegistry } from "../../library/registry.ts";
import { frontierCsv } from "../../report/csv.ts";
import { frontierSvg } from "../../report/figure.ts";
import { acrossText, frontierText } from "../../report/frontier-text.ts";
import { playReader } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { DONE, type Io } from "../io.ts";

/** masque frontier */
export async function run(
  io: Io,
  folders: readonly string[],
  options: { json?: boolean; csv?: boolean; svg?: boolean; axes?: string; plugins?: string[] },
): Promise<number> {
  const registry = openRegistry(options.plugins);
  const scored = [];
  for (const folder of folders) {
    const found = await openRun(folder, registry);
    requireFinished(found);
    const axes = options.axes === undefined ? undefined : parseAxes(options.axes, found.benchmark.env);
    const benchmark = withAxes(found.benchmark, axes);
    const measured = measure(benchmark, found.plan, playReader(found));
    scored.push({ benchmark, measured, cloud: cloudOf(measured, benchmark.config.seeds.root) });
  }
  const results = scored.map(({ benchmark, measured, cloud }) => frontierOf(benchmark, measured, cloud));
  const why = whyNotAcross(scored);
  const together = scored.length > 1 && why === null ? across(scored) : null;
  if (options.json) io.out(pretty(results.length === 1 ? results[0] : { runs: results, across: together }));
  else if (options.csv) for (const result of results) io.out(frontierCsv(result));
  else if (options.svg) for (const result of results) io.out(frontierSvg(result));
  else {
    io.out(results.map((result) => frontierText(result, { columns: io.columns, paint: io.paint })).join("\n"));
    if (together) io.out(`\n${acrossText(together, io.columns)}`);
    else if (scored.length > 1) io.err(`no mean over environments: ${why}\n`);
  }
  return DONE;
}
