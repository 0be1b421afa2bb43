import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { across, whyNotAcross } from "../../frontier/across.ts";
import { frontierOf } from "../../frontier/frontier.ts";
import { cloudOf, measure, parseAxes, withAxes } from "../../frontier/measure.ts";
import { requireFinished } from "../../frontier/results.ts";
import { openRegistry } from "../../library/registry.ts";
import { guestsOf } from "../../people/guests.ts";
import { frontierCsv } from "../../report/csv.ts";
import { frontierSvg } from "../../report/figure.ts";
import { acrossText, frontierText } from "../../report/frontier-text.ts";
import { playReader } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { DONE, type Io } from "../io.ts";
import { readSat } from "../people/people.ts";

/** masque frontier */
export async function run(
  io: Io,
  folders: readonly string[],
  options: { json?: boolean; csv?: boolean; svg?: boolean; axes?: string; recorded?: string[]; plugins?: string[] },
): Promise<number> {
  const registry = openRegistry(options.plugins);
  if (options.recorded && folders.length > 1)
    throw new InputError(`--recorded: expected one run to draw them on, got ${folders.length}.`);
  const sat = await readSat(options.recorded ?? [], registry);
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
  const guests = sat.length > 0 ? guestsOf(scored[0].benchmark, sat) : [];
  const why = whyNotAcross(scored);
  const together = scored.length > 1 && why === null ? across(scored) : null;
  if (options.json)
    io.out(
      pretty(
        results.length === 1
          ? { ...results[0], ...(guests.length > 0 && { recorded: guests }) }
          : { runs: results, across: together },
      ),
    );
  else if (options.csv) for (const result of results) io.out(frontierCsv(result));
  else if (options.svg) for (const result of results) io.out(frontierSvg(result, guests));
  else {
    io.out(results.map((result) => frontierText(result, { columns: io.columns, paint: io.paint, guests })).join("\n"));
    if (together) io.out(`\n${acrossText(together, io.columns)}`);
    else if (scored.length > 1) io.err(`no mean over environments: ${why}\n`);
  }
  return DONE;
}
