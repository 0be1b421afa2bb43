import type { Frontier, FrontierPoint } from "../run/frontier.ts";
import { ANCHOR_NAMES, allPoints } from "./frontier-text.ts";
import { fold, number } from "./text.ts";

const COLOURS = { frontier: "#1b7837", ambiguous: "#b8860b", dominated: "#999999", "beside the grid": "#555555" };

/** What Vega-Lite draws of a frontier: security over clean utility, intervals, anchors, theory. Plain data. */
export function frontierSpec(frontier: Frontier): Record<string, unknown> {
  const { axes, runs, illustrative } = frontier;
  const points = allPoints(frontier);
  const knobs = Object.keys(points[0].knobs);
  const rows = points.map((point) => ({
    u: point.cleanUtility.mean,
    uLow: point.cleanUtility.low ?? point.cleanUtility.mean,
    uHigh: point.cleanUtility.high ?? point.cleanUtility.mean,
    s: point.security.mean,
    sLow: point.security.low ?? point.security.mean,
    sHigh: point.security.high ?? point.security.mean,
    label: point.pareto?.label ?? "beside the grid",
    name: pointName(point),
  }));
  const theory = points.flatMap(({ reference, cleanUtility }) =>
    reference && axes.security in reference
      ? [{ u: reference[axes.utility] ?? cleanUtility.mean, s: reference[axes.security] }]
      : [],
  );
  const axis = (title: string) => ({ type: "quantitative", title, scale: { domain: [0, 1] } });
  const x = { field: "u", ...axis(`clean ${axes.utility}`) };
  const y = { field: "s", ...axis(`${axes.security}, against the worst attack found`) };
  const colour = {
    field: "label",
    type: "nominal",
    title: null,
    scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
  };
  const faint = { type: "rule", opacity: 0.45 };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: 460,
    height: 380,
    background: "white",
    title: {
      text: frontier.benchmark,
      subtitle: [
        ...(frontier.question ? fold(frontier.question, 90).trimEnd().split("\n") : []),
        `${frontier.environment.id}, ${runs} run${runs === 1 ? "" : "s"}${illustrative ? " (illustrative)" : ""}, ` +
          `95 % intervals${knobs.length > 0 ? `; numbers are ${knobs.join(", ")}` : ""}${theory.length > 0 ? "; dashed: theory" : ""}`,
      ],
      anchor: "start",
    },
    config: { font: "sans-serif", view: { stroke: "#dddddd" } },
    layer: [
      {
        data: {
          values: [
            { u: 0, s: 1 },
            { u: 1, s: 0 },
          ],
        },
        mark: { type: "line", color: "#bbbbbb", strokeDash: [2, 4] },
        encoding: { x, y },
      },
      {
        data: { values: theory },
        mark: {
          type: "line",
          color: "#2166ac",
          strokeDash: [6, 3],
          point: { shape: "cross", color: "#2166ac", size: 50 },
        },
        encoding: { x, y, order: { field: "u", type: "quantitative" } },
      },
      {
        data: { values: rows },
        mark: faint,
        encoding: { x, y: { ...y, field: "sLow" }, y2: { field: "sHigh" }, color: colour },
      },
      {
        data: { values: rows },
        mark: faint,
        encoding: { x: { ...x, field: "uLow" }, x2: { field: "uHigh" }, y, color: colour },
      },
      {
        data: { values: rows },
        mark: { type: "point", filled: true, size: 60, opacity: 1 },
        encoding: { x, y, color: colour },
      },
      {
        data: { values: rows },
        mark: { type: "text", align: "left", dx: 7, dy: -7, fontSize: 10 },
        encoding: { x, y, text: { field: "name" }, color: colour },
      },
    ],
  };
}

function pointName({ knobs, defence, anchor }: FrontierPoint): string {
  const settings = Object.values(knobs)
    .map((value) => number(value))
    .join(", ");
  const parts = [settings, defence === "default" ? "" : defence].filter((part) => part !== "").join(" ");
  return anchor ? `${anchor === "random-defence" ? "" : `${parts} `}${ANCHOR_NAMES[anchor]}`.trim() : parts;
}

/** The figure as SVG text. Loads Vega, which takes a second. */
export async function frontierSvg(frontier: Frontier): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  // Ids of clip paths count up through the life of a process; a figure's bytes should not depend on its predecessors.
  vega.resetSVGDefIds();
  const spec = frontierSpec(frontier) as unknown as Parameters<typeof compile>[0];
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
