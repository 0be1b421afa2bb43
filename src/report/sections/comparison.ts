import type { ComparedPoint, Comparison } from "../../frontier/compare.ts";
import { utilityTitle } from "../../frontier/frontier.ts";
import { forestDrawing } from "../chart/forest.ts";
import { compareWords, signed } from "../compare-text.ts";
import { ANCHOR_NAMES, interval } from "../frontier-text.ts";
import { html, type Markup } from "../html/html.ts";
import { badge, facts, figure, notice, section } from "../html/parts.ts";
import { table } from "../html/table.ts";
import { number } from "../text.ts";
import { estimated } from "./summary.ts";

/** Two runs, B against A: in words, level by level with intervals, and as a table. */
export function comparisonSection(comparison: Comparison): Markup {
  const { points, overall, axes, warnings, paired } = comparison;
  const { hypervolume } = overall;
  const won = (verdict: ComparedPoint["dominates"]) => points.filter(({ dominates }) => dominates === verdict).length;
  return section(
    "comparison",
    "B against A",
    warnings.map((warning) => notice("warn", html`<b>Mind:</b> ${warning}`)),
    facts([
      [
        "Hypervolume, B − A",
        signed(hypervolume.difference).split(" [")[0],
        html`95 % interval ${signed(hypervolume.difference).split(" [")[1]?.replace("]", "") ?? "none"}`,
      ],
      [
        "P(a run of B has more)",
        number(hypervolume.improvement.mean, 3),
        `${interval(hypervolume.improvement)}; 0.5 is no difference`,
      ],
      ["B dominates A", `${won("B")} of ${points.length}`, "levels"],
      ["A dominates B", `${won("A")} of ${points.length}`, `levels; ${won("equal")} equal, ${won("unclear")} unclear`],
    ]),
    html`<ul>${compareWords(comparison).map((line) => html`<li>${line}</li>\n`)}</ul>`,
    points.length > 0 && [
      html`<div class="many">${(["utility", "security"] as const).map((axis) =>
        figure({
          name: `difference-${axes[axis]}`,
          svg: forestDrawing(
            points.map((point) => {
              const { difference, a, b } = point[axis];
              return {
                label: levelOf(point),
                estimate: difference,
                look: sideOf(difference),
                tip: `${levelOf(point)}\n${axes[axis]} ${interval(a)} in A\n${interval(b)} in B\nB − A ${signed(difference)}`,
              };
            }),
            `${axis === "utility" ? "clean " : ""}${axes[axis]}, B − A`,
          ),
        }),
      )}</div>`,
      html`<p class="note">Right of the line B has more. Bars: 95 % intervals, Student's t over ${paired ? "the runs' differences, in pairs" : "runs, Welch's for unequal spreads"}.</p>`,
      differenceTable(comparison),
    ],
  );
}

const levelOf = ({ knobs, defence, anchor }: ComparedPoint) =>
  [
    ...Object.values(knobs).map((value) => number(value)),
    ...(defence === "default" ? [] : [defence]),
    ...(anchor ? [ANCHOR_NAMES[anchor]] : []),
  ].join(" ");

/** The colour of the run that has more, where the interval tells. */
function sideOf({ low, high }: { low: number | null; high: number | null }): string {
  return low !== null && low > 0 ? "s1" : high !== null && high < 0 ? "s0" : "dominated";
}

function differenceTable({ points, axes }: Comparison): Markup {
  const sides = (name: string) => [`${name} A`, "B", "B − A"].map((head) => ({ head, numeric: true }));
  return table({
    label: "Differences level by level",
    columns: [
      { head: "level" },
      ...sides(utilityTitle(axes)),
      ...sides(axes.security),
      { head: "worst attack A, B" },
      { head: "dominates" },
    ],
    rows: points.map((point) => [
      levelOf(point),
      ...[point.utility, point.security].flatMap(({ a, b, difference }) => [
        estimated(a),
        estimated(b),
        html`${signed(difference).split(" [")[0]}<small>${signed(difference).match(/\[.*/)?.[0]}</small>`,
      ]),
      `${point.worstAttack.a}, ${point.worstAttack.b}`,
      badge("plain", point.dominates),
    ]),
  });
}
