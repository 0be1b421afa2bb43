import { type Frontier, utilityOf, utilityTitle } from "../../frontier/frontier.ts";
import { at, describe, NARROW, type Size, steps, WIDE } from "../chart/frontier.ts";
import { plot } from "../chart/plot.ts";
import { allPoints, interval, letter } from "../frontier-text.ts";
import { type Content, html, type Markup } from "../html/html.ts";
import { figure, section } from "../html/parts.ts";
import { table } from "../html/table.ts";
import { number } from "../text.ts";

/** How many frontiers one figure tells apart by colour and shape. */
const MOST = 6;
const SHAPES = ["disc", "diamond", "square", "triangle"] as const;

/** Several runs side by side: a table, and one figure where they measure the same two things. */
export function overview(frontiers: readonly Frontier[]): Markup {
  const levels = Object.keys(frontiers[0].front.utilityAtSecurity);
  return section(
    "overview",
    "Overview",
    table({
      label: "Runs",
      sortable: true,
      columns: [
        { head: "run" },
        { head: "environment" },
        { head: "axes" },
        { head: "runs", numeric: true },
        { head: "points", numeric: true },
        { head: "attacks", numeric: true },
        { head: "score", numeric: true },
        ...levels.map((level) => ({ head: `utility at ≥ ${level}`, numeric: true })),
      ],
      rows: frontiers.map((frontier, i) => [
        { cell: html`<a href="#run-${i + 1}">${frontierName(frontier, i)}</a>`, sort: i },
        frontier.environment.id,
        `${frontier.axes.security} over ${frontier.axes.utility}`,
        frontier.illustrative ? html`${frontier.runs}<small>illustrative</small>` : frontier.runs,
        frontier.points.length,
        frontier.attacks.length,
        { cell: interval(frontier.front.score), sort: frontier.front.score.mean },
        ...levels.map((level) => {
          const utility = frontier.front.utilityAtSecurity[level];
          return utility === null || utility === undefined ? "none" : number(utility, 3);
        }),
      ]),
    }),
    together(frontiers),
  );
}

/** A run among others: "A quickstart". */
export function frontierName({ benchmark }: Frontier, i: number): string {
  return `${String.fromCharCode(65 + (i % 26))} ${benchmark}`;
}

function together(frontiers: readonly Frontier[]): Content {
  const same = new Set(frontiers.map(({ environment, axes }) => `${environment.id} ${axes.utility} ${axes.security}`));
  if (same.size > 1 || frontiers.length > MOST)
    return html`<p class="note">No common figure: the runs measure different things, or are more than ${MOST}.</p>`;
  return figure({
    name: "frontiers",
    svg: { wide: frontiersDrawing(frontiers, WIDE), narrow: frontiersDrawing(frontiers, NARROW) },
    caption:
      "Lines: what each run's declared points dominate. Bars: 95 % intervals of means. Letters as in each run's table. ",
  });
}

/** Several frontiers of the same environment and axes in one drawing. */
export function frontiersDrawing(frontiers: readonly Frontier[], size: Size): Markup {
  const [{ axes }] = frontiers;
  const style = (i: number) => ({ look: `s${i}`, shape: SHAPES[i % SHAPES.length] });
  return plot({
    ...size,
    label: `${axes.security} over ${utilityTitle(axes)}: ${frontiers.length} frontiers`,
    x: { title: utilityTitle(axes), domain: [0, 1] },
    y: { title: `${axes.security}, against the worst attack found`, domain: [0, 1] },
    beneath: (to) => [
      html`<path class="tradeoff" d="M${to.x(0)} ${to.y(1)}L${to.x(1)} ${to.y(0)}"/>`,
      frontiers.map((one, i) => html`<path class="series thin s${i}" d="${steps(one, one.points, to)}"/>`),
    ],
    marks: frontiers.flatMap((frontier, i) =>
      allPoints(frontier)
        .slice(0, frontier.points.length)
        .map((point, p) => ({
          ...at(utilityOf(frontier, point), point.security),
          ...style(i),
          label: letter(p),
          tip: describe(point, frontier, `${frontierName(frontier, i)}, ${letter(p)}: `),
        })),
    ),
    legend: frontiers.map((frontier, i) => ({ ...style(i), text: frontierName(frontier, i) })),
  });
}
