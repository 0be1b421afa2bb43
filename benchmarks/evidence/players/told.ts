import { type Mark, plot, type Shape } from "../../../src/report/chart/plot.ts";
import { standalone } from "../../../src/report/chart/style.ts";
import { interval } from "../../../src/report/frontier-text.ts";
import { html, type Markup, textOf } from "../../../src/report/html/html.ts";
import { page } from "../../../src/report/html/page.ts";
import { figure, section } from "../../../src/report/html/parts.ts";
import { table } from "../../../src/report/html/table.ts";
import type { Attacker, Words } from "./attackers.ts";
import type { Level, Point } from "./frontier.ts";

/** All that was measured, for people. */
export interface Told {
  readonly title: string;
  readonly knob: string;
  readonly axes: { readonly utility: string; readonly security: string };
  readonly levels: readonly Level[];
  /** By level, in the order of its points. */
  readonly attackers: readonly (readonly Attacker[])[];
  readonly notes: readonly string[];
}

interface Rows {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every attacker at every level, the worst of all below them. */
function frontierRows({ knob, axes, levels }: Told): Rows {
  const cells = ({ utility, security }: Point) => [interval(utility), interval(security)];
  return {
    head: [knob, "attacker", "episodes", axes.utility, axes.security],
    rows: levels.flatMap(({ level, points, worst }) => [
      ...points.map((point) => [String(level), point.name, String(point.episodes), ...cells(point)]),
      [String(level), `worst of all: ${worst.name}`, "", ...cells(worst)],
    ]),
  };
}

/** What each attacker took, all levels together. */
function costRows({ attackers }: Told): Rows {
  const rows = attackers[0].map((_, a) => {
    const own = attackers.map((level) => level[a]);
    const sum = (of: (one: Attacker) => number) => own.reduce((total, one) => total + of(one), 0);
    const words = own.flatMap(({ cost }) => cost.words ?? []);
    const said = (of: (one: Words) => number) => words.reduce((total, one) => total + of(one), 0);
    const asked =
      words.length === 0
        ? ["", "", ""]
        : [
            count(said(({ calls }) => calls)),
            `${count(said(({ tokens }) => tokens[0]))}, ${count(said(({ tokens }) => tokens[1]))}`,
            `${(
              (100 * said(({ valid }) => valid)) /
                Math.max(
                  1,
                  said(({ asked }) => asked),
                )
            ).toFixed(1)} %`,
          ];
    return [
      `${own[0].kind}: ${[...new Set(own.map(({ name }) => name))].join(", ")}`,
      count(sum(({ cost }) => cost.steps)),
      sum(({ cost }) => cost.seconds).toFixed(1),
      (sum(({ cost }) => cost.playing) / own.length).toPrecision(2),
      ...asked,
    ];
  });
  const asked = ["calls", "tokens of prompts, of answers", "valid at once"];
  return { head: ["attacker", "steps to find it", "CPU s to find it", "CPU s an episode", ...asked], rows };
}

const count = (n: number) => n.toLocaleString("en");

/** As Markdown. */
export function toldText(told: Told): string {
  const markdown = ({ head, rows }: Rows) => {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
  };
  return [told.title, markdown(frontierRows(told)), markdown(costRows(told)), ...told.notes].join("\n\n");
}

const SHAPES: readonly Shape[] = ["disc", "square", "triangle", "diamond"];

/** Every attacker's points with their intervals; numbers beside them are the knob's. */
function drawing({ title, knob, axes, levels }: Told, heading: readonly string[]): Markup {
  const look = (i: number) => ({ look: `s${i}`, shape: SHAPES[i % SHAPES.length] });
  const kindOf = (name: string) => name.replace(/^script: .*/, "best script");
  return plot({
    ...{ width: 720, height: 480, heading },
    label: `${title}: ${axes.security} over ${axes.utility}`,
    x: { title: axes.utility, domain: [0, 1] },
    y: { title: axes.security, domain: [0, 1] },
    beneath: (to) => html`<path class="tradeoff" d="M${to.x(0)} ${to.y(1)}L${to.x(1)} ${to.y(0)}"/>`,
    marks: levels.flatMap(({ level, points }) =>
      points.map(
        (point, i): Mark => ({
          ...look(i),
          x: point.utility.mean,
          y: point.security.mean,
          xRange: [point.utility.low!, point.utility.high!],
          yRange: [point.security.low!, point.security.high!],
          label: String(level),
          tip: `${point.name}, ${knob} ${level}\n${axes.utility} ${interval(point.utility)}\n${axes.security} ${interval(point.security)}\n${point.episodes} episodes`,
        }),
      ),
    ),
    legend: levels[0].points.map(({ name }, i) => ({ ...look(i), text: kindOf(name) })),
  });
}

/** The figure as an SVG file. */
export function toldSvg(told: Told): string {
  return standalone(textOf(drawing(told, [told.title, `95 % intervals over episodes; numbers are ${told.knob}`])));
}

/** Figure and tables as one page that needs nothing else. */
export function toldHtml(told: Told): string {
  const drawn = (label: string, { head, rows }: Rows) =>
    table({ label, columns: head.map((head) => ({ head })), rows });
  const caption = `95 % intervals over episodes; numbers are ${told.knob}.`;
  const frontier = figure({ name: "players", svg: drawing(told, []), caption });
  return page({
    title: told.title,
    body: html`<h1>${told.title}</h1>
${section("frontier", "Frontier", frontier, drawn("Attackers by level", frontierRows(told)))}
${section("cost", "Cost", drawn("Cost by attacker", costRows(told)))}
${told.notes.map((note) => html`<p>${note}</p>\n`)}`,
  });
}
