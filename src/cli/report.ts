import { dirname, join } from "node:path";
import { type RunReport, reportHtml } from "../report/report.ts";
import { runReport } from "../report/write.ts";
import { makeFolder, writeAtomic } from "../run/files.ts";
import { openRegistry, type Registry } from "../run/registry.ts";
import { aggregate, missingCells } from "../run/results.ts";
import { openRun } from "../run/run.ts";
import { DONE, type Io } from "./io.ts";

interface Options {
  readonly out?: string;
  readonly plugins?: string[];
}

/** masque report */
export async function run(io: Io, folders: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  const reports: RunReport[] = [];
  for (const folder of folders) reports.push(await openReport(folder, registry));
  const out = options.out ?? (folders.length === 1 ? join(folders[0], "report.html") : "report.html");
  makeFolder(dirname(out));
  writeAtomic(out, reportHtml(reports));
  io.out(`${out}\n`);
  return DONE;
}

/** @throws Error for a run that is not finished */
async function openReport(folder: string, registry: Registry): Promise<RunReport> {
  const found = await openRun(folder, registry);
  const missing = missingCells(found).length;
  if (missing > 0) {
    throw new Error(
      `${folder}: ${missing} of ${found.plan.cells.length} cells are missing. Finish it with masque run … --out ${folder} --resume.`,
    );
  }
  return runReport(found, aggregate(found));
}
