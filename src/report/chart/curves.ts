import { html, type Markup } from "../html/html.ts";
import { type Plot, plot } from "./plot.ts";

export interface Curve {
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  /** A colour of the stylesheet, s0 … s5. */
  readonly look: string;
  readonly tip: string;
  readonly thin?: boolean;
  /** Whether to mark what was measured. */
  readonly dots?: boolean;
}

/** Curves over a common horizontal axis, as for training: lines, with bands where there are intervals. */
export function curvesDrawing(
  curves: readonly Curve[],
  given: Omit<Plot, "x" | "y" | "marks" | "beneath"> & {
    xTitle: string;
    yTitle: string;
    yDomain?: readonly [number, number];
  },
): Markup {
  const { xTitle, yTitle, yDomain, ...rest } = given;
  const all = curves.flatMap(({ points }) => points);
  return plot({
    ...rest,
    x: { title: xTitle, domain: [0, Math.max(1, ...all.map(({ x }) => x))] },
    y: { title: yTitle, domain: yDomain ?? spread(all.map(({ y }) => y)) },
    beneath: (to) =>
      curves.map(({ points, look, tip, thin, dots }) => {
        const line = points.map(({ x, y }) => `${to.x(x)} ${to.y(y)}`).join("L");
        const banded = points.filter(({ low, high }) => low !== undefined && high !== undefined);
        const upper = banded.map(({ x, high }) => `${to.x(x)} ${to.y(high!)}`);
        const lower = banded.map(({ x, low }) => `${to.x(x)} ${to.y(low!)}`).reverse();
        return html`<g class="mark"><title>${tip}</title>${
          banded.length > 1 ? html`<path class="band ${look}" d="M${[...upper, ...lower].join("L")}Z"/>` : null
        }<path class="series ${look}${thin ? " thin" : ""}" d="M${line}${points.length === 1 ? "h0.01" : ""}"/>${
          dots && points.map(({ x, y }) => html`<circle class="dot ${look}" cx="${to.x(x)}" cy="${to.y(y)}" r="2"/>`)
        }</g>\n`;
      }),
  });
}

/** The range of values, with a little air; never empty. */
function spread(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? 0.06 * (high - low) : Math.max(1e-6, Math.abs(high) * 0.1);
  return [low - air, high + air];
}

/** At most `count` points of a curve: means of neighbours, so that a long training neither hides nor invents swings. */
export function thinned(points: readonly { x: number; y: number }[], count: number): { x: number; y: number }[] {
  if (points.length <= count) return [...points];
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * points.length) / count);
    const part = points.slice(from, Math.floor(((i + 1) * points.length) / count));
    return { x: part.at(-1)!.x, y: part.reduce((sum, { y }) => sum + y, 0) / part.length };
  });
}
