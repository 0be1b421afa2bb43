import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Point } from "../../benchmark/points.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { lettered, type Moment, momentsOf } from "../../frontier/moments.ts";
import { outcomes } from "../../frontier/outcomes.ts";
import { ENTRY_FILE } from "../../leaderboard/claim.ts";
import { openEntry } from "../../leaderboard/open.ts";
import { entryReader, seatingOf } from "../../leaderboard/seating.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { placeName } from "../../report/frontier-text.ts";
import { number } from "../../report/text.ts";
import type { PlayResult } from "../../run/cell-result.ts";
import { finished, playReader } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import type { Cell, Plan } from "../../run/plan.ts";
import type { Seating } from "../../run/seats.ts";
import { recall } from "../../view/recall.ts";
import { quote, wholeNumber } from "../runs/open.ts";
import { openPages, type Pages, type Replay, type ReplayOptions, type Shown } from "./page.ts";

/** Played cells, of a run or of an entry. */
export interface Cells extends Seating {
  readonly path: string;
  readonly registry: Registry;
  readonly plan: Plan;
  /** @throws InputError for a cell that is not there */
  read(cell: Cell): PlayResult;
}

/** The cells of a run's folder or an entry; undefined where a path names neither. */
export async function openCells(path: string, plugins?: readonly string[]): Promise<Cells | undefined> {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
  if (existsSync(join(path, "manifest.json"))) {
    const registry = openRegistry(plugins);
    const run = await openRun(path, registry);
    const read = playReader(run);
    return {
      ...{ path, registry, benchmark: run.benchmark, plan: run.plan, store: run.store },
      read(cell) {
        if (finished(run, cell)) return read(cell);
        throw new InputError(
          `${path}: the cell "${cell.label}" is not there yet. Finish the run: masque run … --resume.`,
        );
      },
    };
  }
  if (existsSync(join(folder, ENTRY_FILE)) && (folder === path || path.endsWith(ENTRY_FILE))) {
    const registry = openRegistry(plugins);
    const entry = await openEntry(path, registry);
    return { path, registry, plan: entry.plan, ...seatingOf(entry), read: entryReader(entry.results) };
  }
  return undefined;
}

/** One episode of a run's cell, by the policies and seeds that it was played with. */
export async function replayCell(cells: Cells, options: ReplayOptions): Promise<Replay> {
  const { benchmark, plan, registry } = cells;
  const { env, attacks, plugin, config } = benchmark;
  const points = lettered(benchmark.points);
  const place = pointAt(points, options.point ?? "a");
  const point = points[place];
  const names = attacks.map(({ name }) => name);
  const { attack = worstAt(cells, point.index, names) } = options;
  if (!names.includes(attack)) throw unknownName(`attack of ${config.name}`, attack, names);
  const given = options.run === undefined ? undefined : wholeNumber("--run", options.run, 0, config.seeds.runs - 1);
  const { episode: asked = "typical" } = options;
  const named =
    asked === "typical" || asked === "worst"
      ? momentsOf(benchmark, plan, cells.read, { point: point.index, attack, run: given })[asked]
      : undefined;
  const run = named?.run ?? given ?? 0;
  const episode = named?.episode ?? wholeNumber("--episode", asked, 0, config.episodes.test - 1);

  const pages = await openPages(registry, plugin, options.plugins);
  const shown = showCell(cells, pages, { place, attack, run, episode });
  const settings = describePoint(point);
  return {
    pages,
    shown,
    said: `${env.id}, point ${placeName(place)} (${settings}), ${attack}, run ${run}, ${named ? `${asked} ` : ""}episode ${episode}`,
  };
}

/** An episode by its place in the tables. */
interface Spot extends Moment {
  readonly place: number;
  readonly attack: string;
}

/** Pages of episodes of a run, one after the other. */
export async function replayPages(cells: Cells, plugins?: readonly string[]): Promise<(spot: Spot) => string> {
  const pages = await openPages(cells.registry, cells.benchmark.plugin, plugins);
  return (spot) => pages.text(showCell(cells, pages, spot));
}

/** An episode as it was played. @throws InputError where it counts something else than its cell recorded */
function showCell(cells: Cells, pages: Pages, { place, attack, run, episode }: Spot): Shown {
  const { benchmark, plan, path } = cells;
  const cell = plan.play("test", lettered(benchmark.points)[place].index, attack, run);
  const command = ["masque", "replay", path, "--point", placeName(place), "--attack", attack, "--run", String(run)];
  const shown = recall(cells, cell, { card: pages.card, episode, command: command.map(quote).join(" ") });
  checkSame(pages.play(shown).frame(Number.MAX_SAFE_INTEGER).counters, cells.read(cell), episode, cell);
  return shown;
}

function pointAt(points: readonly Point[], asked: string): number {
  const place = points.findIndex((_, i) => placeName(i) === asked);
  if (place >= 0) return place;
  const known = points.slice(0, 60).map((point, i) => `${placeName(i)} (${describePoint(point)})`);
  throw new InputError(`--point: got "${asked.slice(0, 40)}", expected one of ${known.join(", ")}.`);
}

const describePoint = ({ knobs, defence, anchor }: Point): string =>
  [
    ...Object.entries(knobs).map(([name, value]) => `${name} ${number(value)}`),
    ...(defence === "default" ? [] : [defence]),
    ...(anchor ? [anchor.replace("-", " ")] : []),
  ].join(", ");

function worstAt({ benchmark, plan, read }: Cells, point: number, names: readonly string[]): string {
  const found = outcomes(benchmark, plan, read);
  const mean = (name: string) => found.worst(point, [name]).reduce((sum, one) => sum + one, 0);
  return names.reduce((a, b) => (mean(b) < mean(a) ? b : a));
}

/** The episode counts what the cell recorded of it, or something is not as it was. */
function checkSame(
  counters: readonly (readonly [string, number])[],
  result: PlayResult,
  episode: number,
  { label }: Cell,
): void {
  const other = counters.find(([name, value]) => result.counters[name]?.[episode] !== value);
  if (!other) return;
  const [name, value] = other;
  throw new InputError(
    `${label}, episode ${episode}: played again, "${name}" is ${value}; the run recorded ${result.counters[name]?.[episode]}. The code is another than then.`,
  );
}
