import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { type Comparison, compareRuns } from "../../frontier/compare.ts";
import { measure } from "../../frontier/measure.ts";
import { aggregate, requireFinished } from "../../frontier/results.ts";
import { openRegistry } from "../../library/registry.ts";
import { exportFiles } from "../../report/export.ts";
import { allPoints, placeName } from "../../report/frontier-text.ts";
import { type RunReport, reportHtml } from "../../report/report.ts";
import type { Watch } from "../../report/sections/watch.ts";
import { runReport } from "../../report/write.ts";
import { playReader } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { readHost } from "../../run/host.ts";
import type { Run } from "../../run/run.ts";
import { workers } from "../../run/work/hosts.ts";
import { DONE, type Io } from "../io.ts";
import { openCells, replayPages } from "../watching/replay-cell.ts";

interface Options {
  readonly out?: string;
  readonly host?: boolean;
  readonly export?: string;
  readonly replays?: boolean;
  readonly allReplays?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque report */
export async function run(io: Io, folders: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  const found: Run[] = [];
  for (const folder of folders) found.push(await openRun(folder, registry));
  for (const one of found) requireFinished(one);
  const reports = found.map((one): RunReport => {
    const report = runReport(one, aggregate(one));
    const { folder } = one.store;
    return options.host ? { ...report, host: [...readHost(folder).sessions, ...workers(folder)] } : report;
  });
  const out = options.out ?? (folders.length === 1 ? join(folders[0], "report.html") : "report.html");
  makeFolder(dirname(out));
  const wanted = options.replays || options.allReplays;
  const shown = wanted ? await withReplays(io, folders, reports, dirname(out), options) : reports;
  writeAtomic(out, reportHtml(shown, compared(io, found, options.quiet === true)));
  io.out(`${out}\n`);
  if (options.export !== undefined) await exportAll(io, folders, reports, options.export, options.quiet === true);
  return DONE;
}

/**
 * Writes pages of a typical and the worst episode of each point's worst attack, or of all, into `replays/`; the reports link
 * to them. How many they are and what they weigh, going by the first, is said before any is written.
 */
async function withReplays(
  io: Io,
  folders: readonly string[],
  reports: readonly RunReport[],
  beside: string,
  { plugins, allReplays = false, quiet = false }: Options,
): Promise<RunReport[]> {
  const linked: RunReport[] = [];
  for (const [i, report] of reports.entries()) {
    const { frontier } = report;
    const replays = await replayPages((await openCells(folders[i], plugins))!, plugins);
    const worst = allPoints(frontier).map(({ worstAttack }) => worstAttack);
    const isShown = ({ attack, place }: Watch) => allReplays || attack === worst[place];
    const count = 2 * report.watch.filter(isShown).length;
    const [first] = report.watch.filter(({ attack, place }) => attack === worst[place]);
    if (!quiet)
      io.err(
        `${count} pages of episodes, about ${megabytes(count * Buffer.byteLength(replays({ ...first, ...first.worst })))} MB, into ${join(beside, "replays")}\n`,
      );
    const watch = report.watch.map((one): Watch => {
      if (!isShown(one)) return one;
      const write = (kind: "typical" | "worst") => {
        const spot = [placeName(one.place), ...(allReplays ? [one.attack] : []), kind].join("-");
        const name = `replays/${reports.length > 1 ? `${i + 1}-` : ""}${spot}.html`;
        makeFolder(join(beside, "replays"));
        writeAtomic(join(beside, name), replays({ ...one, ...one[kind] }));
        io.out(`${join(beside, name)}\n`);
        return name;
      };
      return { ...one, pages: { typical: write("typical"), worst: write("worst") } };
    });
    linked.push({ ...report, watch });
  }
  return linked;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

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

/** The comparison of two runs, where they measure the same. */
function compared(io: Io, runs: readonly Run[], quiet: boolean): Comparison | null {
  if (runs.length !== 2) return null;
  const [a, b] = runs.map((run) => ({
    benchmark: run.benchmark,
    measured: measure(run.benchmark, run.plan, playReader(run)),
  }));
  try {
    return compareRuns(a, b);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!quiet) io.err(`masque: side by side, not compared: ${error.message}\n`);
    return null;
  }
}
