import { basename, dirname, join, resolve } from "node:path";
import { exportFiles } from "../report/export.ts";
import { type RunReport, reportHtml } from "../report/report.ts";
import { runReport } from "../report/write.ts";
import { makeFolder, writeAtomic } from "../run/files.ts";
import { readHost } from "../run/host.ts";
import { openRegistry, type Registry } from "../run/registry.ts";
import { aggregate, missingCells } from "../run/results.ts";
import { openRun } from "../run/run.ts";
import { DONE, type Io } from "./io.ts";

interface Options {
  readonly out?: string;
  readonly host?: boolean;
  readonly export?: string;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque report */
export async function run(io: Io, folders: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  const reports: RunReport[] = [];
  for (const folder of folders) {
    const report = await openReport(folder, registry);
    reports.push(options.host ? { ...report, host: readHost(folder).sessions } : report);
  }
  const out = options.out ?? (folders.length === 1 ? join(folders[0], "report.html") : "report.html");
  makeFolder(dirname(out));
  writeAtomic(out, reportHtml(reports));
  io.out(`${out}\n`);
  if (options.export !== undefined) await exportAll(io, folders, reports, options.export, options.quiet === true);
  return DONE;
}

/** Files of one run go into the folder itself, those of several into one folder each. */
async function exportAll(
  io: Io,
  folders: readonly string[],
  reports: readonly RunReport[],
  to: string,
  quiet: boolean,
) {
  let drawn = true;
  for (const [i, report] of reports.entries()) {
    const folder = reports.length === 1 ? to : join(to, `${i + 1}-${basename(resolve(folders[i]))}`);
    const { files, png } = await exportFiles(report);
    drawn &&= png;
    makeFolder(folder);
    for (const { name, data } of files) {
      writeAtomic(join(folder, name), data);
      io.out(`${join(folder, name)}\n`);
    }
  }
  if (!drawn && !quiet)
    io.err(
      "masque: no PNG, since the optional package @resvg/resvg-js is not installed. The SVG is the same figure.\n",
    );
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
