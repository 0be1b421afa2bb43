import { type Curve, curvesDrawing, thinned } from "../chart/curves.ts";
import { type Content, html } from "../html/html.ts";
import { figure, section } from "../html/parts.ts";
import { number } from "../text.ts";
import { count } from "./summary.ts";

/** A line of curves.jsonl, as far as it is drawn. */
interface Line {
  readonly attack: string;
  readonly run: number;
  readonly levels: readonly Readonly<Record<string, number>>[];
  /** Where it is not the default one; as `attack` where it is the defence itself that learned. */
  readonly defence?: string;
  readonly steps: number;
  readonly returns: Readonly<Record<string, number | null>>;
}
interface Training {
  readonly run: number;
  readonly level: string;
  readonly points: { x: number; y: number }[];
}

const MOST_POINTS = 60;

/** How trainings went: a small figure for each attack, and for each role whose return differs. */
export function trainingSection(jsonl: string, benchmark: string, id: string): Content {
  const lines = jsonl
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  const attacks = [...new Set(lines.map(({ attack }) => attack))].filter((name) => !isProbe(name));
  if (attacks.length === 0) return null;
  const panels = attacks.flatMap((attack) =>
    [true, false].flatMap((shared) => {
      const mine = lines.filter((line) => line.attack === attack && line.levels.length > 1 === shared);
      return mine.length > 0 ? panelsOf(attack, mine, shared, benchmark) : [];
    }),
  );
  const short = attacks.filter((attack) => !panels.some((panel) => panel.attack === attack));
  return section(
    `${id}training`,
    "Training curves",
    html`<p>Mean return of an episode during training, smoothed to at most ${MOST_POINTS} points. An attack's curve that still climbs at its end says that more training would have made the attack stronger.</p>`,
    html`<div class="many">${panels.map(({ drawing }) => drawing)}</div>`,
    short.length > 0 &&
      html`<p class="note">No curve of ${short.join(", ")}: fewer than two finished measurements.</p>`,
    html`<p class="note">Losses, entropies and all else that was measured, also of the trainings at smaller budgets: <code>curves.jsonl</code> in the run's folder.</p>`,
  );
}

/** "mappo@0.1": a training that only measures what training does. */
const isProbe = (name: string) => name.includes("@");

function panelsOf(attack: string, mine: readonly Line[], shared: boolean, benchmark: string) {
  const defends = mine.every(({ defence }) => defence === attack);
  // Roles that are paid alike share a panel.
  const roles = new Map<string, string[]>();
  for (const role of Object.keys(mine[0].returns)) {
    const key = mine.map(({ returns }) => returns[role]).join();
    roles.set(key, [...(roles.get(key) ?? []), role]);
  }
  return [...roles.values()].flatMap((names) => {
    const trainings = trainingsOf(mine, names[0]);
    if (trainings.every(({ points }) => points.length < 2)) return [];
    const groups = shared ? trainings : byLevel(trainings);
    const curves = groups.map(({ run, level, points }, i): Curve => {
      const line = thinned(points, MOST_POINTS);
      const end = line.at(-1)!;
      return {
        points: line,
        look: `s${i % 6}`,
        thin: true,
        tip: `${attack}, ${shared ? `run ${run}` : level}\nat the end: ${number(end.y, 3)}`,
      };
    });
    const each = shared
      ? `${count(groups.length, "run")}, ${count(mine[0].levels.length, "level")} at once`
      : `${count(groups.length, "level")}, each the mean of its runs`;
    const drawing = figure({
      name: `${benchmark}-training-${attack}${shared ? "" : "-by-level"}-${names.join("-")}`,
      svg: curvesDrawing(curves, {
        width: 320,
        height: 220,
        label: `Training of ${attack}: return of ${names.join(" and ")}`,
        xTitle: shared ? "steps, all levels" : "steps",
        yTitle: `return of ${names.join(", ")}`,
      }),
      caption: html`<b>${attack}</b>${defends ? " (a defence)" : ""}: ${each}. `,
    });
    return [{ attack, drawing }];
  });
}

function trainingsOf(lines: readonly Line[], role: string): Training[] {
  const found = new Map<string, Training>();
  for (const { run, levels, defence, steps, returns } of lines) {
    const settings = levels
      .map((knobs) =>
        Object.entries(knobs)
          .map(([name, value]) => `${name} ${number(value)}`)
          .join(", "),
      )
      .join("; ");
    const level = defence === undefined ? settings : `${settings}, ${defence} defence`;
    const key = `${run} ${level}`;
    if (!found.has(key)) found.set(key, { run, level, points: [] });
    const y = returns[role];
    if (typeof y === "number") found.get(key)!.points.push({ x: steps, y });
  }
  return [...found.values()];
}

/** The mean over runs at each level, where all of them have a measurement. */
function byLevel(trainings: readonly Training[]): Training[] {
  const levels = [...new Set(trainings.map(({ level }) => level))];
  return levels.map((level) => {
    const runs = trainings
      .filter((one) => one.level === level)
      .map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
    const common = [...runs[0].keys()].filter((x) => runs.every((run) => run.has(x)));
    const points = common.map((x) => ({ x, y: runs.reduce((sum, run) => sum + run.get(x)!, 0) / runs.length }));
    return { run: 0, level, points };
  });
}
