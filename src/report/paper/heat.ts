import type { Frontier, FrontierPoint } from "../../frontier/frontier.ts";
import { pointName } from "../chart/frontier.ts";
import { textWidth } from "../chart/labels.ts";
import { allPoints, letter } from "../frontier-text.ts";
import { type Drawing, INK, type Item, PAPER, SMALL, text } from "./drawing.ts";

const ROW = 15;
/** Names of more columns would lie over each other, even turned: letters stand for them, which the caption explains. */
const MOST_NAMES = 20;
export const letteredHeads = (frontier: Frontier): boolean => allPoints(frontier).length > MOST_NAMES;
/** Half of a frame's line, which would be cut off. */
const EDGE = 1;

/** Lost is dark, safe is white: it prints as it is. */
const shade = (security: number): number => Math.round(255 - 175 * Math.min(1, Math.max(0, 1 - security)));
const grey = (level: number): string => `#${level.toString(16).padStart(2, "0").repeat(3)}`;

/** Security at every point (columns) against every attack (rows, the strongest on top): a table in shades of grey. */
export function attacksFigure(frontier: Frontier, width: number): Drawing {
  const points = allPoints(frontier);
  const sum = (name: string) => points.reduce((total, point) => total + point.attacks[name].security.mean, 0);
  const names = Object.keys(points[0].attacks).sort((a, b) => sum(a) - sum(b));
  const heads = points.map((point, i) => (letteredHeads(frontier) ? letter(i) : pointName(point)));
  const left = Math.min(0.4 * width, Math.max(...names.map((name) => textWidth(name, SMALL))) + 6);
  const cell = (width - left - EDGE) / points.length;
  const words = numbersIn(cell);
  const across = letteredHeads(frontier) || heads.every((head) => textWidth(head, SMALL) <= cell - 2);
  const top = 20 + (across ? 14 : Math.max(...heads.map((head) => textWidth(head, SMALL))) + 6);
  const knobs = Object.keys(points[0].knobs).join(", ");
  return {
    width,
    height: top + names.length * ROW + 2,
    label: `${frontier.axes.security} at each point against each attack`,
    items: [
      text(0, 9, `${frontier.axes.security}${knobs === "" ? "" : ` at each ${knobs}`}, attack by attack`),
      ...heads.map((head, p) => {
        const x = left + (p + 0.5) * cell;
        return across
          ? text(x, top - 5, head, { align: "middle" })
          : text(x + 0.35 * SMALL, top - 4, head, { turned: true });
      }),
      ...names.flatMap((name, r) => [
        text(0, top + (r + 0.5) * ROW + 3.6, fitted(name, left - 4)),
        ...points.flatMap((point, p) => cellOf(point, name, left + p * cell, top + r * ROW, cell, words)),
      ]),
      // Frames lie over all shades, or neighbours would cover half of them.
      ...points.map((point, p) =>
        rect(left + p * cell, top + names.indexOf(point.worstAttack) * ROW, cell, ROW, {
          stroke: { colour: INK, width: 1.4 },
        }),
      ),
    ],
  };
}

/** How numbers are written in cells so wide: "0.53", ".53", or not at all, and then the shade is left; alike in all cells. */
function numbersIn(width: number): (value: number) => string {
  const fits = (words: string) => textWidth(words, SMALL) <= width - 2;
  if (fits("0.00")) return (value) => value.toFixed(2);
  if (fits(".00")) return (value) => (value >= 0.995 ? "1" : value.toFixed(2).slice(1));
  return () => "";
}

function cellOf(
  point: FrontierPoint,
  name: string,
  x: number,
  y: number,
  width: number,
  words: (value: number) => string,
): Item[] {
  const { mean } = point.attacks[name].security;
  const level = shade(mean);
  return [
    rect(x, y, width, ROW, { fill: grey(level), stroke: { colour: PAPER, width: 0.8 } }),
    text(x + width / 2, y + ROW / 2 + 3.6, words(mean), {
      align: "middle",
      colour: level < 130 ? PAPER : INK,
      bold: point.worstAttack === name,
    }),
  ];
}

function rect(
  x: number,
  y: number,
  w: number,
  h: number,
  style: Pick<Extract<Item, { kind: "path" }>, "fill" | "stroke">,
): Item {
  return {
    kind: "path",
    closed: true,
    points: [
      [x, y],
      [x + w, y],
      [x + w, y + h],
      [x, y + h],
    ],
    ...style,
  };
}

function fitted(name: string, width: number): string {
  if (textWidth(name, SMALL) <= width) return name;
  let cut = name;
  while (cut !== "" && textWidth(`${cut}…`, SMALL) > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}
