import { digest } from "../../data/canonical.ts";
import { type Frontier, utilityTitle } from "../../frontier/frontier.ts";
import { pointName } from "../chart/frontier.ts";
import { ANCHOR_NAMES, allPoints, letter } from "../frontier-text.ts";
import { fold } from "../text.ts";
import { withCurves } from "./effort.ts";
import { boundsOf, type Intervals, lettered, type Named } from "./frontiers.ts";
import { letteredHeads } from "./heat.ts";

export type Kind = "frontier" | "attacks" | "effort";

/**
 * What stands beside a figure, for its caption: what is drawn and how sure it is, what it was drawn from, and the command
 * that draws it again. A pure function of its arguments: nothing of the machine, the time or the place is in it.
 */
export function captionText(kind: Kind, all: readonly Named[], intervals: Intervals, command: string): string {
  const words = { frontier: frontierWords, attacks: attackWords, effort: effortWords }[kind](all, intervals);
  const drawn = all.map(({ name, frontier }) => {
    const { environment, runs, episodes, config, masque } = frontier;
    return (
      `  ${name}: ${environment.id}, ${count(runs, "run")} of ${episodes.select} + ${episodes.test} episodes, Masque ${masque}\n` +
      `    config ${config}\n    environment ${environment.digest}\n    data ${digest(frontier)}\n`
    );
  });
  return `${fold(words.join(" "), 100)}\nDrawn again by\n  ${command}\n\nDrawn from (digests are SHA-256)\n${drawn.join("")}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

const caution = "Attacks found are a lower bound on what attackers can do.";

function environmentsOf(all: readonly Named[]): string {
  return [...new Set(all.map(({ frontier }) => frontier.environment.id))].join(", ");
}

function frontierWords(all: readonly Named[], intervals: Intervals): string[] {
  const [{ frontier }] = all;
  const { axes, points } = frontier;
  const knobs = Object.keys(points[0].knobs).join(", ");
  const single = all.length === 1;
  const theory = single && points.some(({ reference }) => reference && axes.security in reference);
  return [
    `${axes.security} under the worst attack found over ${utilityTitle(axes)} in ${environmentsOf(all)}.`,
    single
      ? `${knobs === "" ? "" : `Numbers are ${knobs}. `}${markWords(frontier)}`
      : "Each line is what a frontier's points dominate, in a colour, a mark and a dash of its own.",
    ...(single && lettered(frontier) ? [letterWords(frontier)] : []),
    ...(theory ? ["Crosses: the environment's theory."] : []),
    intervalWords(all, intervals),
    `Dots: U + S = 1. ${all.some(({ frontier }) => frontier.illustrative) ? "Illustrative: fewer than 5 runs. " : ""}${caution}`,
  ];
}

/** Which bounds are drawn, as they are: bands need several runs, and several points. */
function intervalWords(all: readonly Named[], intervals: Intervals): string {
  const points = all.flatMap(({ frontier }) => frontier.points);
  if (points.every((point) => boundsOf(point, intervals) === null)) return "No intervals are drawn.";
  const banded = intervals === "simultaneous" && points.every(({ band }) => band !== undefined);
  const security = banded
    ? "95 % bounds that hold for all attacks and at all declared points at once"
    : "95 % bounds that hold for all attacks at once, of each point by itself";
  return `Vertical bars: ${security}. Horizontal bars: 95 % intervals of the mean over runs (Student's t).`;
}

/** What the marks that are drawn stand for. */
function markWords({ points, anchors }: Frontier): string {
  const has = (label: string) => points.some(({ pareto }) => pareto?.label === label);
  const names = anchors.flatMap(({ anchor }) => (anchor ? [ANCHOR_NAMES[anchor]] : []));
  const said = [
    ...(has("frontier") ? ["filled discs: on the front"] : []),
    ...(has("dominated") ? ["hollow discs: dominated"] : []),
    ...(has("ambiguous") ? ["diamonds: the runs do not tell"] : []),
    ...(names.length > 0 ? [`squares, beside the grid: ${names.join(", ")}`] : []),
  ].join("; ");
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function letterWords(frontier: Frontier): string {
  const names = allPoints(frontier).map((point, i) => `${letter(i)} ${pointName(point)}`);
  return `Letters: ${names.join("; ")}.`;
}

function attackWords([{ frontier }]: readonly Named[]): string[] {
  return [
    `Mean ${frontier.axes.security} in ${frontier.environment.id} at each point (columns) against each attack (rows, the strongest on top); dark is lost.`,
    ...(letteredHeads(frontier) ? [letterWords(frontier)] : []),
    `Framed: a point's worst attack, of the least mean over ${count(frontier.runs, "run")}. ${caution}`,
  ];
}

function effortWords([{ frontier }]: readonly Named[]): string[] {
  const knobs = Object.keys(frontier.points[0].knobs).join(", ");
  return [
    `${frontier.axes.security} in ${frontier.environment.id} under the worst of all attacks that cost at most so many environment steps each, scripts what the search for them took; the axis is logarithmic above the smallest budget.`,
    `One line for each of ${count(withCurves(frontier).length, "level")}${knobs === "" ? "" : ` of ${knobs}`}; means over ${count(frontier.runs, "run")}. A line that still falls at its end says that attackers were not done.`,
  ];
}
