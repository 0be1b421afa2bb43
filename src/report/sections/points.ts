import type { Frontier, FrontierPoint } from "../../frontier/frontier.ts";
import { frontierDrawing, NARROW, WIDE } from "../chart/frontier.ts";
import { attacksCsv, frontierCsv } from "../csv.ts";
import { ANCHOR_NAMES, allPoints, letter } from "../frontier-text.ts";
import { type Content, html, type Markup } from "../html/html.ts";
import { badge, download, figure, section } from "../html/parts.ts";
import { type Cell, table } from "../html/table.ts";
import { number } from "../text.ts";
import { count, estimated } from "./summary.ts";

/** The frontier as a figure, and all of its points as a table. */
export function frontierSection(frontier: Frontier, id: string): Markup {
  const { axes, runs, benchmark, points } = frontier;
  const theory = points.some(({ reference }) => reference && axes.security in reference);
  const bars =
    runs > 1
      ? `Bars: 95 % intervals over ${count(runs, "run")}; of ${axes.security}, bounds of the least mean that hold for all attacks at once. `
      : "One run: no intervals. ";
  return section(
    `${id}frontier`,
    "The frontier",
    figure({
      name: `${benchmark}-frontier`,
      svg: { wide: frontierDrawing(frontier, WIDE), narrow: frontierDrawing(frontier, NARROW) },
      caption: html`Up and right is better. ${bars}Blue: what the declared points dominate; grey: what no defence and lockdown dominate without any of the defences between; the score is the blue less the grey. ${
        theory ? "Crosses: the environment's theory. " : ""
      }Dots: U + S = 1. Point at a mark, or walk the marks with Tab and the arrow keys, for its settings.`,
      links: [
        download(`${benchmark}-frontier.csv`, frontierCsv(frontier), "text/csv", "CSV of the points"),
        download(`${benchmark}-attacks.csv`, attacksCsv(frontier), "text/csv", "CSV of the attacks"),
      ],
    }),
    html`<h3 id="${id}points">Every point</h3>`,
    pointTable(frontier),
    html`<p class="note">Front: whether another declared point is better in both; P is the share of bootstrap resamples (runs, then episodes in them, the attack of least mean chosen anew) in which none is. Ambiguous: the runs do not tell. Attack effort is what was spent at this point, all runs together.</p>`,
  );
}

/** Words for a point's settings: a cell a knob. */
export const settings = ({ knobs }: FrontierPoint): string[] => Object.values(knobs).map((value) => number(value));

function pointTable(frontier: Frontier): Markup {
  const { axes } = frontier;
  const all = allPoints(frontier);
  const defences = new Set(frontier.points.map(({ defence }) => defence)).size > 1;
  const learned = all.some(({ learnedDefence }) => learnedDefence !== undefined);
  const theory = all.some(({ reference }) => reference && axes.security in reference);
  const right = (head: string, title?: string) => ({ head, title, numeric: true });
  return table({
    label: "Points of the frontier",
    sortable: true,
    columns: [
      { head: "" },
      ...Object.keys(all[0].knobs).map((knob) => right(knob)),
      ...(defences ? [{ head: "defence" }] : []),
      ...(learned ? [{ head: "trained with" }] : []),
      right(`clean ${axes.utility}`, "when nobody attacks"),
      right(`${axes.utility} attacked`, "under the costliest of the attacks that cannot be told from the worst"),
      right(axes.security, "the least of all attacks' means over runs; bounds hold for all attacks at once"),
      right("band", `bounds of ${axes.security} that hold at all points at once`),
      right("expected", `${axes.security} to expect of the attack that a run's select split chooses`),
      ...(theory ? [right("theory", `the environment's closed form of ${axes.security}`)] : []),
      { head: "worst attack" },
      { head: "front" },
      right("P", "share of resamples in which no declared point dominates this one"),
      right("attack effort", "attacks tried at this point, and steps spent on training them"),
    ],
    rows: all.map((point, i): (Content | Cell)[] => [
      { cell: letter(i), sort: i },
      ...settings(point),
      ...(defences ? [point.defence] : []),
      ...(learned ? [learnedWith(point)] : []),
      ...[point.cleanUtility, point.attackedUtility, point.security].map((estimate) => ({
        cell: estimated(estimate),
        sort: estimate.mean,
      })),
      point.band ? `${point.band.low.toFixed(3)} to ${point.band.high.toFixed(3)}` : "",
      { cell: estimated(point.expected), sort: point.expected.mean },
      ...(theory ? [number(point.reference?.[axes.security] ?? Number.NaN, 3).replace("NaN", "")] : []),
      html`${point.worstAttack}${byRun(point)}`,
      standing(point),
      point.pareto ? number(point.pareto.probability, 3) : "",
      {
        cell: html`${count(point.effort.attacks, "attack")}<small>${point.effort.trainingSteps.toLocaleString("en-US")} steps</small>`,
        sort: point.effort.trainingSteps,
      },
    ]),
  });
}

function byRun({ worstAttackByRun }: FrontierPoint): Content {
  return new Set(worstAttackByRun).size > 1 && html`<small class="long">by run: ${worstAttackByRun.join(", ")}</small>`;
}

function standing({ pareto, anchor, belowFloor }: FrontierPoint): Content {
  const name = anchor && html`<small>${ANCHOR_NAMES[anchor]}</small>`;
  if (belowFloor) return html`${badge("plain", "below the floor")}${name}`;
  if (!pareto) return html`${badge("plain", "beside the grid")}${name}`;
  return html`${badge(pareto.label === "frontier" ? "front" : pareto.label, pareto.label)}${name}`;
}

function learnedWith({ learnedDefence }: FrontierPoint): string {
  if (!learnedDefence) return "";
  const { baseline, lambda, least, budget } = learnedDefence;
  const worth = least === undefined ? `λ ${number(lambda)}` : `security ≥ ${number(least)}, λ from ${number(lambda)}`;
  return `${baseline}, ${worth}, ${budget.toLocaleString("en-US")} steps`;
}
