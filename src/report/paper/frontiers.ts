import { type Frontier, type FrontierPoint, utilityOf, utilityTitle } from "../../frontier/frontier.ts";
import { pointName } from "../chart/frontier.ts";
import { type Box, placeLabels, textWidth } from "../chart/labels.ts";
import { corners, type Scales } from "../chart/plot.ts";
import { allPoints, letter } from "../frontier-text.ts";
import { axes, innerBox, scales } from "./axes.ts";
import { BODY, type Drawing, INK, type Item, line, MUTED, text, WIDER } from "./drawing.ts";
import { INKED, LOOKS, type Look, mark, strokeOf } from "./marks.ts";

/** Which bounds stand around security: those that hold at all points at once, those of each point by itself, or none. */
export type Intervals = "simultaneous" | "pointwise" | "none";

export interface Named {
  readonly name: string;
  readonly frontier: Frontier;
}

/** Beyond so many points settings do not fit beside them: letters do, which the caption explains. */
const MOST_LABELS = 8;
export const lettered = ({ points, anchors }: Frontier): boolean => points.length + anchors.length > MOST_LABELS;

/** Security over utility: of one frontier every point with its settings, of several each with its name. */
export function frontiersFigure(all: readonly Named[], width: number, intervals: Intervals): Drawing {
  const height = Math.min(0.88 * width, 400);
  const [{ frontier: first }] = all;
  const x = { title: utilityTitle(first.axes), domain: [0, 1] as const };
  const y = { title: `${first.axes.security} under the worst attack found`, domain: [0, 1] as const };
  const inner = innerBox(width, height);
  const to = scales(x, y, inner);
  const single = all.length === 1;
  const bars = all.flatMap(({ frontier }, i) => barsOf(frontier, shown(frontier, single), to, intervals, LOOKS[i]));
  return {
    width,
    height,
    label: `${first.axes.security} over ${x.title}: ${all.map(({ name }) => name).join(", ")}`,
    items: [
      ...axes(x, y, inner),
      line(to.x(0), to.y(1), to.x(1), to.y(0), { colour: MUTED, width: 0.7, dash: [1, 3] }),
      ...(single ? theoryOf(first, to) : []),
      ...all.map(({ frontier }, i) => stairs(frontier, to, LOOKS[i])),
      ...bars,
      ...all.flatMap(({ frontier }, i) =>
        shown(frontier, single).map((point) => mark(...placeOf(frontier, point, to), lookOf(point, LOOKS[i], single))),
      ),
      ...(single ? pointLabels(first, to, inner, bars) : frontierLabels(all, to, inner)),
    ],
  };
}

/** Anchors are the environment's, not a frontier's: several frontiers leave them out. */
const shown = (frontier: Frontier, single: boolean) => (single ? allPoints(frontier) : frontier.points);

const placeOf = (frontier: Frontier, point: FrontierPoint, to: Scales): [number, number] => [
  to.x(utilityOf(frontier, point).mean),
  to.y(point.security.mean),
];

/** Of one frontier what dominates is filled, what is dominated hollow; anchors are squares. */
function lookOf({ pareto }: FrontierPoint, look: Look, single: boolean): Look {
  if (!single) return look;
  if (!pareto) return INKED;
  return { ...look, shape: pareto.label === "ambiguous" ? "diamond" : "disc", hollow: pareto.label !== "frontier" };
}

function stairs(frontier: Frontier, to: Scales, look: Look): Item {
  const points = frontier.points.map((point) => [utilityOf(frontier, point).mean, point.security.mean] as const);
  const [, ...steps] = corners(points).map(([u, s]) => [to.x(u), to.y(s)] as const);
  return { kind: "path", points: steps, stroke: strokeOf(look) };
}

/** The bounds of a point's security. */
export function boundsOf({ security, band }: FrontierPoint, intervals: Intervals): readonly [number, number] | null {
  if (intervals === "none") return null;
  if (intervals === "simultaneous" && band) return [within(band.low), within(band.high)];
  return security.low === null || security.high === null ? null : [within(security.low), within(security.high)];
}

/** Of an interval that reaches past what a metric can be, the part that means something. */
const within = (value: number): number => Math.min(1, Math.max(0, value));

function barsOf(
  frontier: Frontier,
  points: readonly FrontierPoint[],
  to: Scales,
  intervals: Intervals,
  { colour }: Look,
): Item[] {
  const stroke = { colour, width: 0.8 };
  return points.flatMap((point) => {
    const [x, y] = placeOf(frontier, point, to);
    const utility = utilityOf(frontier, point);
    const bounds = boundsOf(point, intervals);
    const own = point.pareto ? stroke : { ...stroke, colour: INK };
    const across = utility.low === null || utility.high === null || intervals === "none";
    return [
      ...(across ? [] : [line(to.x(within(utility.low!)), y, to.x(within(utility.high!)), y, own)]),
      ...(bounds
        ? [
            line(x, to.y(bounds[0]), x, to.y(bounds[1]), own),
            ...bounds.map((end) => line(x - 2.2, to.y(end), x + 2.2, to.y(end), own)),
          ]
        : []),
    ];
  });
}

function theoryOf(frontier: Frontier, to: Scales): Item[] {
  const { axes, points } = frontier;
  const known = points
    .filter(({ reference }) => reference && axes.security in reference)
    .map((point) => [
      to.x(within(point.reference![axes.utility] ?? utilityOf(frontier, point).mean)),
      to.y(within(point.reference![axes.security])),
    ]);
  // Points of a grid with two knobs lie on no line.
  const isLine = Object.keys(points[0].knobs).length === 1 && known.length > 1;
  const crosses = known.flatMap(([x, y]) =>
    [-2.6, 2.6].map((d) => line(x - 2.6, y - d, x + 2.6, y + d, { colour: INK, width: 0.9 })),
  );
  const along: Item = {
    kind: "path",
    points: known.map(([x, y]) => [x, y] as const).sort(([a], [b]) => a - b),
    stroke: { colour: INK, width: 0.8, dash: [4, 3] },
  };
  return [...(isLine ? [along] : []), ...crosses];
}

/** What is said beside each point: its settings, or a letter. Points at one place share a label. */
function pointLabels(frontier: Frontier, to: Scales, inner: Box, bars: readonly Item[]): Item[] {
  const letters = lettered(frontier);
  const named = new Map<string, { x: number; y: number; names: string[] }>();
  for (const [i, point] of allPoints(frontier).entries()) {
    const [x, y] = placeOf(frontier, point, to);
    const key = `${Math.round(x / 2)} ${Math.round(y / 2)}`;
    const one = named.get(key) ?? { x, y, names: [] };
    one.names.push(letters ? letter(i) : pointName(point) || frontier.benchmark);
    named.set(key, one);
  }
  // "1" beside "1 lockdown" says nothing more.
  const joined = [...named.values()].map(({ x, y, names }) => ({
    ...{ x, y },
    text: names.filter((name) => !names.some((other) => other.startsWith(`${name} `))).join(", "),
  }));
  return labels(joined, inner, bars.map(boxOf));
}

/** Each frontier's name where it is farthest from the others. */
function frontierLabels(all: readonly Named[], to: Scales, inner: Box): Item[] {
  const places = all.map(({ frontier }) => frontier.points.map((point) => placeOf(frontier, point, to)));
  const marks = all.map(({ name }, i) => {
    const others = places.filter((_, j) => j !== i).flat();
    const room = ([x, y]: [number, number]) => Math.min(...others.map(([a, b]) => Math.hypot(a - x, b - y)));
    const [x, y] = places[i].reduce((best, place) => (room(place) > room(best) ? place : best));
    return { x, y, text: name };
  });
  return labels(
    marks,
    inner,
    places.flat().map(([x, y]) => ({ x: x - 4, y: y - 4, width: 8, height: 8 })),
    all.map((_, i) => LOOKS[i].colour),
  );
}

function labels(
  marks: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  inner: Box,
  taken: readonly Box[],
  colours: readonly string[] = [],
): Item[] {
  const places = placeLabels(marks, taken, inner);
  return marks.flatMap(({ x, y, text: words }, i): Item[] => {
    const box = places[i];
    const colour = colours[i] ?? INK;
    const long = textWidth(words);
    const nearX = Math.min(Math.max(x, box.x), box.x + long);
    const nearY = Math.min(Math.max(y, box.y), box.y + box.height);
    // At the right edge it grows to the left in a reader's font that is wider.
    const end = box.x + WIDER * long > inner.x + inner.width;
    const look = { size: BODY, colour, halo: true, align: end ? "end" : "start" } as const;
    return [
      ...(box.far ? [line(x, y, nearX, nearY, { colour: MUTED, width: 0.6 })] : []),
      text(end ? Math.min(box.x + long, inner.x + inner.width) : box.x + 1, box.y + 10.5, words, look),
    ];
  });
}

function boxOf(item: Item): Box {
  const points = item.kind === "path" ? item.points : [];
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x: x - 1, y: y - 1, width: Math.max(...xs) - x + 2, height: Math.max(...ys) - y + 2 };
}
