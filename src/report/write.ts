import type { Frontier } from "../frontier/frontier.ts";
import { toWatch } from "../frontier/moments.ts";
import { curves } from "../frontier/results.ts";
import { playReader } from "../run/cells.ts";
import { readManifest } from "../run/folder.ts";
import type { Run } from "../run/run.ts";
import { frontierCsv } from "./csv.ts";
import { frontierSvg } from "./figure.ts";
import { type RunReport, reportHtml } from "./report.ts";

/** What a report shows of a finished run. */
export function runReport(run: Run, frontier: Frontier): RunReport {
  const watch = toWatch(run.benchmark, run.plan, playReader(run));
  return { frontier, manifest: readManifest(run.store.folder), curves: curves(run), watch };
}

/** Writes what people read of a finished run into its folder. */
export function writeReport(run: Run, frontier: Frontier): void {
  run.store.file("frontier.csv", frontierCsv(frontier));
  run.store.file("frontier.svg", frontierSvg(frontier));
  run.store.file("report.html", reportHtml([runReport(run, frontier)]));
}
