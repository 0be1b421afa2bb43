import type { Frontier } from "../../frontier/frontier.ts";
import { pointName } from "../chart/frontier.ts";
import { textWidth } from "../chart/labels.ts";
import { short } from "../chart/plot.ts";
import { axes, innerBox, scales } from "./axes.ts";
import { type Drawing, type Item, line, MUTED, SMALL, text, WIDER } from "./drawing.ts";
import { LOOKS, mark, strokeOf } from "./marks.ts";

/** Lines of names at the right edge stand so far apart, at least. */
const LINE = 12;

/** The points whose security was also measured against cheaper attacks. */
export const withCurves = ({ points }: Frontier) => points.filter(({ effort }) => (effort.curve?.length ?? 0) > 1);

/** Security against what an attack may cost at most, one line a level, each named at its end. */
export function effortFigure(frontier: Frontier, width: number): Drawing {
  const levels = withCurves(frontier);
  const names = levels.map((point) => pointName(point));
  const right = 16 + WIDER * Math.max(...names.map((name) => textWidth(name, SMALL)));
  const height = Math.max(Math.min(0.75 * width, 360), levels.length * LINE + 60);
  const budgets = [...new Set(levels.flatMap(({ effort }) => effort.curve!.map(({ steps }) => steps)))].sort(
    (a, b) => a - b,
  );
  // Budgets are powers of one another, and a script costs nothing: a logarithm that reaches down to 0.
  const least = budgets.find((steps) => steps > 0) ?? 1;
  const place = (steps: number) => Math.log10(1 + (9 * steps) / least);
  const inner = innerBox(width, height, right);
  const x = {
    title: "environment steps of an attack, at most",
    domain: [0, place(budgets.at(-1)!)] as const,
    at: spaced(budgets, (steps) => (place(steps) / place(budgets.at(-1)!)) * inner.width).map((steps) => ({
      value: place(steps),
      name: short(steps),
    })),
  };
  const y = { title: `${frontier.axes.security} under the worst of them`, domain: [0, 1] as const };
  const to = scales(x, y, inner);
  const lines = levels.map(({ effort }) =>
    effort.curve!.map(({ steps, security }) => [to.x(place(steps)), to.y(security.mean)] as const),
  );
  const ends = spread(
    lines.map((points) => points.at(-1)![1]),
    inner.y,
    inner.y + inner.height,
  );
  return {
    width,
    height,
    label: `${frontier.axes.security} against what attacks cost`,
    items: [
      ...axes(x, y, inner),
      ...lines.flatMap((points, i): Item[] => {
        const look = LOOKS[i % LOOKS.length];
        const [endX, endY] = points.at(-1)!;
        return [
          { kind: "path", points, stroke: strokeOf(look) },
          ...points.map(([x, y]) => mark(x, y, look, 2.2)),
          line(endX + 4, endY, inner.x + inner.width + 10, ends[i], { colour: MUTED, width: 0.5 }),
          text(inner.x + inner.width + 12, ends[i] + 3.6, names[i], { colour: look.colour }),
        ];
      }),
    ],
  };
}

/** Of budgets those whose names have room beside each other, the last among them. */
function spaced(budgets: readonly number[], at: (steps: number) => number): number[] {
  const kept: number[] = [];
  for (const steps of budgets.toReversed()) {
    const next = kept.at(-1);
    const room =
      next === undefined || at(next) - at(steps) >= (textWidth(short(next)) + textWidth(short(steps))) / 2 + 4;
    if (room) kept.push(steps);
  }
  return kept.reverse();
}

/** Heights moved apart by at least a line, in their order, within bounds. */
function spread(heights: readonly number[], top: number, bottom: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const placed = [...heights];
  for (const [rank, i] of order.entries())
    placed[i] = Math.max(placed[i], rank === 0 ? top : placed[order[rank - 1]] + LINE);
  for (const [rank, i] of [...order.entries()].reverse())
    placed[i] = Math.min(placed[i], rank === order.length - 1 ? bottom : placed[order[rank + 1]] - LINE);
  return placed;
}
