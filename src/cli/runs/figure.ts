import { existsSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { type Json, restoreInfinity } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { inLine } from "../../data/markup.ts";
import type { Frontier } from "../../frontier/frontier.ts";
import { aggregate, requireFinished } from "../../frontier/results.ts";
import { checkEntry } from "../../leaderboard/check.ts";
import { ENTRY_FILE } from "../../leaderboard/claim.ts";
import { openEntry } from "../../leaderboard/open.ts";
import { explain } from "../../leaderboard/verify.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { captionText, type Kind } from "../../report/paper/caption.ts";
import { type Drawing, unitsOf } from "../../report/paper/drawing.ts";
import { effortFigure, withCurves } from "../../report/paper/effort.ts";
import { frontiersFigure, type Intervals, type Named } from "../../report/paper/frontiers.ts";
import { attacksFigure } from "../../report/paper/heat.ts";
import { LOOKS } from "../../report/paper/marks.ts";
import { drawingPgf } from "../../report/paper/pgf.ts";
import { drawingSvg } from "../../report/paper/svg.ts";
import { drawPng } from "../../report/png.ts";
import { openRun } from "../../run/folder.ts";
import { DONE, type Io } from "../io.ts";
import { quote } from "./open.ts";

const KINDS: readonly Kind[] = ["frontier", "attacks", "effort"];
const INTERVALS: readonly Intervals[] = ["simultaneous", "pointwise", "none"];
const FORMATS = ["svg", "pgf", "png"] as const;
/** Widths that most journals and proceedings come near, in millimetres: of a column, and of two. */
const WIDTHS: Readonly<Record<string, number>> = { column: 84, text: 174 };
/** Dots an inch of a PNG. */
const DPI = 300;

interface Options {
  readonly kind: string;
  readonly intervals: string;
  readonly width: string;
  readonly out?: string;
  readonly svg?: boolean;
  readonly pgf?: boolean;
  readonly png?: boolean;
  readonly plugins?: string[];
}

/** masque figure */
export async function run(io: Io, folders: readonly string[], options: Options): Promise<number> {
  const kind = oneOf("--kind", options.kind, KINDS);
  const intervals = oneOf("--intervals", options.intervals, INTERVALS);
  const width = widthOf(options.width);
  const format = formatOf(options);
  const registry = openRegistry(options.plugins);
  const all: Named[] = [];
  for (const folder of folders) all.push({ name: nameOf(folder), frontier: await measured(folder, registry) });
  const drawing = draw(kind, named(all), width, intervals);
  const out = options.out ?? `${all.map(({ name }) => name).join("-")}-${kind}.${format}`;
  const data = await written(drawing, format);
  const command = commandOf(folders, { ...options, kind, intervals, format, out });
  makeFolder(dirname(out));
  writeAtomic(out, data);
  writeAtomic(`${out}.caption.txt`, captionText(kind, named(all), intervals, command));
  io.out(`${out}\n${out}.caption.txt\n`);
  return DONE;
}

function oneOf<T extends string>(option: string, given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw unknownName(option, given, choices);
  return found;
}

function widthOf(given: string): number {
  const mm = Object.hasOwn(WIDTHS, given)
    ? WIDTHS[given]
    : /^\d+(\.\d+)?(mm)?$/.test(given)
      ? Number.parseFloat(given)
      : 0;
  if (mm >= 50 && mm <= 400) return unitsOf(mm);
  throw new InputError(`--width: got "${given.slice(0, 40)}", expected column (84 mm), text (174 mm) or 50 to 400 mm.`);
}

/** What was asked for, or what the file's ending says. */
function formatOf(options: Options): (typeof FORMATS)[number] {
  const asked = FORMATS.filter((format) => options[format]);
  if (asked.length > 1) throw new InputError(`--${asked.join(" and --")}: one figure is one file. Choose one.`);
  const ending = options.out === undefined ? "" : extname(options.out).slice(1);
  const format = asked[0] ?? (options.out === undefined ? "svg" : FORMATS.find((one) => one === ending));
  if (format === undefined)
    throw new InputError(
      `--out ${options.out}: expected an ending ${FORMATS.map((one) => `.${one}`).join(", ")}, or --svg, --pgf or --png.`,
    );
  return format;
}

/** A figure is named by its folder, and not by what strangers called a thing; who unpacked an archive has their folders too. */
function nameOf(path: string): string {
  const whole = resolve(path);
  return inLine(basename(basename(whole) === ENTRY_FILE ? dirname(whole) : whole));
}

/** The frontier of a finished run, or that of an entry as its author measured it, recomputed from its episodes. */
async function measured(folder: string, registry: Registry): Promise<Frontier> {
  if (!existsSync(join(folder, ENTRY_FILE)) && basename(folder) !== ENTRY_FILE) {
    const run = await openRun(folder, registry);
    requireFinished(run);
    return aggregate(run);
  }
  const entry = await openEntry(folder, registry);
  const { mismatches } = checkEntry(entry);
  if (mismatches.length > 0) throw new InputError(`${folder}: its episodes contradict it: ${explain(mismatches[0])}`);
  return restoreInfinity(entry.file.claim.result as unknown as Json) as Frontier;
}

/** Folders of one name in different places are told apart by number. */
const named = (all: readonly Named[]): Named[] =>
  all.map(({ name, frontier }, i) => ({
    name: all.filter((other) => other.name === name).length > 1 ? `${name} ${i + 1}` : name,
    frontier,
  }));

function draw(kind: Kind, all: readonly Named[], width: number, intervals: Intervals): Drawing {
  const [{ name, frontier }] = all;
  if (kind === "frontier") {
    const what = new Set(
      all.map(({ frontier: { environment, axes } }) =>
        JSON.stringify([environment.id, axes.utility, axes.security, axes.arm ?? "clean"]),
      ),
    );
    if (what.size > 1)
      throw new InputError(
        "figure: these measure different things. On one pair of axes stand frontiers of one environment and one pair of metrics.",
      );
    if (all.length > LOOKS.length)
      throw new InputError(`figure: ${all.length} frontiers; at most ${LOOKS.length} are told apart in print.`);
    return frontiersFigure(all, width, intervals);
  }
  if (all.length > 1)
    throw new InputError(`figure --kind ${kind} is of one run or entry; got ${all.length}. Draw one file each.`);
  if (kind === "attacks") return attacksFigure(frontier, width);
  if (withCurves(frontier).length === 0)
    throw new InputError(
      `${name}: nothing was measured at smaller budgets. A run has effort curves with masque run … 'effort=[0.1, 0.3]'.`,
    );
  return effortFigure(frontier, width);
}

async function written(drawing: Drawing, format: (typeof FORMATS)[number]): Promise<string | Uint8Array> {
  if (format === "pgf") return drawingPgf(drawing);
  const svg = drawingSvg(drawing);
  if (format === "svg") return svg;
  const png = await drawPng(svg, DPI / 96);
  if (png) return png;
  throw new InputError(
    "--png needs the optional package @resvg/resvg-js: npm install @resvg/resvg-js. --svg and --pgf need nothing.",
  );
}

function commandOf(
  folders: readonly string[],
  { kind, intervals, width, format, out, plugins = [] }: Options & { format: string; out: string },
): string {
  return [
    ...[
      "masque",
      "figure",
      ...folders,
      "--kind",
      kind,
      "--intervals",
      intervals,
      `--${format}`,
      "--width",
      width,
      "--out",
      out,
    ],
    ...plugins.flatMap((folder) => ["--plugins", folder]),
  ]
    .map(quote)
    .join(" ");
}
