import { type Frontier, type FrontierPoint, utilityOf, utilityTitle } from "../../frontier/frontier.ts";
import type { Guest } from "../../people/guests.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { ANCHOR_NAMES, allPoints, interval, letter } from "../frontier-text.ts";
import { type Content, html, type Markup } from "../html/html.ts";
import { number } from "../text.ts";
import { type Mark, outline, type Plot, plot, type Scales } from "./plot.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const WIDE: Size = { width: 720, height: 480 };
export const NARROW: Size = { width: 340, height: 340 };

/** Beyond so many points their settings do not fit beside them: letters stand for them, as in the tables. */
const MOST_LABELS = 12;

/** Security over utility: points with intervals, anchors, theory, and the area that the score measures. */
export function frontierDrawing(
  frontier: Frontier,
  size: Size,
  { heading = [], guests = [] }: { readonly heading?: readonly string[]; readonly guests?: readonly Guest[] } = {},
): Markup {
  const { axes, points, anchors } = frontier;
  const all = allPoints(frontier);
  const letters = all.length > MOST_LABELS;
  const theory = theoryOf(frontier);
  const labels = new Set(points.map(({ pareto }) => pareto?.label));
  const legend: Plot["legend"] = [
    ...(["frontier", "ambiguous", "dominated"] as const)
      .filter((label) => labels.has(label))
      .map((label) => ({ ...LOOKS[label], text: label })),
    ...(anchors.length > 0 ? [{ ...LOOKS.beside, text: "beside the grid" }] : []),
    ...(frontier.front.attainment
      ? [{ shape: "line" as const, look: "s0", text: "attained by 5, 50, 95 % of runs" }]
      : []),
    ...(theory.length > 0 ? [{ shape: "cross" as const, look: "theory", text: "theory" }] : []),
    ...guests.map(({ who, roles, met }) => ({ ...LOOKS.guest, text: `${who}: ${roles.join(", ")}${metText(met)}` })),
  ];
  return plot({
    ...size,
    label: `${axes.security} against the worst attack found, over ${utilityTitle(axes)}: ${all.length} points`,
    heading,
    x: { title: utilityTitle(axes), domain: [0, 1] },
    y: { title: `${axes.security}, against the worst attack found`, domain: [0, 1] },
    beneath: (to) => [
      html`<path class="tradeoff" d="M${to.x(0)} ${to.y(1)}L${to.x(1)} ${to.y(0)}"/>`,
      html`<path class="area" d="${steps(frontier, points, to)}"/>`,
      html`<path class="least" d="${steps(frontier, all.filter(isYardstick), to)}"/>`,
      attainmentBand(frontier, to),
      theoryLine(frontier, theory, to),
    ],
    marks: [
      ...guests.map(guestMark),
      ...all.map((point, i) => ({
        ...at(utilityOf(frontier, point), point.security),
        ...LOOKS[point.pareto?.label ?? (point.anchor === "random-defence" ? "random" : "beside")],
        label: letters ? letter(i) : saidBeside(point, all, frontier) ? undefined : pointName(point),
        tip: describe(point, frontier, letters ? `${letter(i)}: ` : ""),
      })),
    ],
    legend,
  });
}

const LOOKS = {
  frontier: { look: "front", shape: "disc" },
  ambiguous: { look: "ambiguous", shape: "diamond" },
  dominated: { look: "dominated", shape: "disc" },
  beside: { look: "beside", shape: "square" },
  random: { look: "beside", shape: "triangle" },
  guest: { look: "s5", shape: "triangle" },
} as const;

const metText = (met: string) => (met === "none" ? "" : `, against ${met}`);

/** People or models where a run has no point: they met one attack, or are one. */
function guestMark({ who, roles, met, utility, security, over }: Guest): Mark {
  return {
    ...at(utility, security),
    ...LOOKS.guest,
    label: who,
    tip: `${who}, as ${roles.join(", ")}${metText(met)}: ${interval(utility)}, ${interval(security)} over ${over}; not scored`,
  };
}

const isYardstick = ({ anchor }: FrontierPoint) => anchor === "no-defence" || anchor === "lockdown";

/** Whether another point at the same place bears this one's name, and more: "1", where "1 lockdown" stands. */
function saidBeside(point: FrontierPoint, all: readonly FrontierPoint[], frontier: Frontier): boolean {
  const [u, s] = [utilityOf(frontier, point).mean, point.security.mean];
  return all.some((other) => {
    const near = Math.hypot(utilityOf(frontier, other).mean - u, other.security.mean - s) < 0.005;
    return near && pointName(other).startsWith(`${pointName(point)} `);
  });
}

/** Where a point stands and how far its intervals reach. */
export function at(x: Estimate, y: Estimate): Pick<Mark, "x" | "y" | "xRange" | "yRange"> {
  const range = ({ low, high }: Estimate) => (low === null || high === null ? undefined : ([low, high] as const));
  return { x: x.mean, y: y.mean, xRange: range(x), yRange: range(y) };
}

/** Outline of what points dominate in the unit square. */
export function steps(frontier: Frontier, points: readonly FrontierPoint[], to: Scales): string {
  return outline(
    points.map((point) => [utilityOf(frontier, point).mean, point.security.mean]),
    to,
  );
}

/** Where the environment's theory puts points, in the order of the grid. */
function theoryOf(frontier: Frontier): { u: number; s: number }[] {
  const { axes, points, anchors } = frontier;
  return [...points, ...anchors].flatMap((point) => {
    const { reference } = point;
    if (!reference || !(axes.security in reference)) return [];
    return [{ u: reference[axes.utility] ?? utilityOf(frontier, point).mean, s: reference[axes.security] }];
  });
}

/** What so many runs attain: a band from 5 % to 95 % of them, the median as a line. */
function attainmentBand({ front: { attainment } }: Frontier, to: Scales): Content {
  if (!attainment) return null;
  const { utility, low, median, high } = attainment;
  const points = (values: readonly number[]) => values.map((value, i) => `${to.x(utility[i])} ${to.y(value)}`);
  return html`<path class="band s0" d="M${[...points(low), ...points(high).reverse()].join("L")}Z"/><path class="series thin s0" d="M${points(median).join("L")}"/>`;
}

function theoryLine(frontier: Frontier, theory: readonly { u: number; s: number }[], to: Scales): Content {
  // Points of a grid with two knobs lie on no line.
  const line = Object.keys(frontier.points[0].knobs).length === 1 ? [...theory].sort((a, b) => a.u - b.u) : [];
  return [
    line.length > 1 && html`<path class="theory" d="M${line.map(({ u, s }) => `${to.x(u)} ${to.y(s)}`).join("L")}"/>`,
    theory.map(({ u, s }) => html`<path class="cross" d="M${to.x(u)} ${to.y(s)}m-4-4l8 8m0-8l-8 8"/>`),
  ];
}

/** "0.3", "0.3, 0.1", "lockdown" */
export function pointName({ knobs, defence, anchor }: FrontierPoint): string {
  if (anchor === "random-defence") return ANCHOR_NAMES[anchor];
  const settings = Object.values(knobs)
    .map((value) => number(value))
    .join(", ");
  return [settings, defence === "default" ? "" : defence, anchor ? ANCHOR_NAMES[anchor] : ""]
    .filter((part) => part !== "")
    .join(" ");
}

/** All about a point, a line each. */
export function describe(point: FrontierPoint, { axes }: Frontier, prefix = ""): string {
  const { knobs, defence, anchor, pareto, reference, effort, worstAttack, worstAttackByRun } = point;
  const settings = Object.entries(knobs).map(([name, value]) => `${name} ${number(value)}`);
  const theory = reference && axes.security in reference ? reference[axes.security] : undefined;
  const byRun = new Set(worstAttackByRun).size > 1 ? ` (by run: ${worstAttackByRun.join(", ")})` : "";
  return [
    `${prefix}${[...settings, ...(defence === "default" ? [] : [`${defence} defence`])].join(", ")}${anchor ? ` (${ANCHOR_NAMES[anchor]})` : ""}`,
    `clean ${axes.utility} ${interval(point.cleanUtility)}`,
    `${axes.utility} under attack ${interval(point.attackedUtility)}`,
    `${axes.security} ${interval(point.security)}`,
    ...(theory === undefined ? [] : [`theory: ${axes.security} ${number(theory, 3)}`]),
    `worst attack: ${worstAttack}${byRun}`,
    pareto ? `${pareto.label}, P(Pareto) ${number(pareto.probability, 2)}` : "beside the grid: not scored",
    `${effort.attacks} attacks, ${effort.trainingSteps.toLocaleString("en-US")} training steps`,
  ].join("\n");
}
