import { type Content, html, type Markup } from "../html/html.ts";
import { number } from "../text.ts";
import { type Box, placeLabels, textWidth } from "./labels.ts";

export type Shape = "disc" | "diamond" | "square" | "triangle" | "cross" | "line";

export interface Mark {
  readonly x: number;
  readonly y: number;
  /** Ends of a bar along either axis. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** A class of the stylesheet: its colour. */
  readonly look: string;
  readonly shape: Shape;
  /** Beside the mark; nothing when empty. */
  readonly label?: string;
  /** What the mark tells when pointed at; its first line is a heading. */
  readonly tip: string;
}

export interface Scale {
  readonly title: string;
  readonly domain: readonly [number, number];
}

/** From values to pixels. */
export interface Scales {
  x(value: number): number;
  y(value: number): number;
}

export interface Plot {
  readonly width: number;
  readonly height: number;
  /** What a screen reader says. */
  readonly label: string;
  /** Lines above the drawing, for a figure that stands alone. */
  readonly heading?: readonly string[];
  readonly x: Scale;
  readonly y: Scale;
  readonly beneath?: (to: Scales) => Content;
  readonly marks?: readonly Mark[];
  readonly legend?: readonly { readonly shape: Shape; readonly look: string; readonly text: string }[];
}

const MARGIN = { left: 44, right: 16, top: 28, bottom: 44 };

/** A coordinate: two decimals, so that a page does not carry digits nobody sees. */
export const px = (value: number): number => Math.round(value * 100) / 100;

/** Steps of 1, 2 or 5 times a power of ten through a range, about `count` of them. */
export function ticks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A drawing of marks over axes. Height is that of axes and plot; heading and legend come on top of it. */
export function plot(given: Plot): Markup {
  const { width, label, heading = [], x, y, beneath, marks = [] } = given;
  const top = MARGIN.top + heading.length * 18 + (heading.length > 0 ? 8 : 0);
  const key = legend(given.legend ?? [], width - MARGIN.left - MARGIN.right);
  const inner: Box = {
    x: MARGIN.left,
    y: top,
    width: width - MARGIN.left - MARGIN.right,
    height: given.height - MARGIN.top - MARGIN.bottom,
  };
  const floor = inner.y + inner.height;
  const to: Scales = {
    x: (value) => px(inner.x + ((value - x.domain[0]) / (x.domain[1] - x.domain[0] || 1)) * inner.width),
    y: (value) => px(floor - ((value - y.domain[0]) / (y.domain[1] - y.domain[0] || 1)) * inner.height),
  };
  const height = px(floor + MARGIN.bottom + key.height);
  return html`<svg class="drawing" viewBox="0 0 ${width} ${height}" role="group" aria-label="${label}">
${heading.map((line, i) => html`<text class="${i === 0 ? "title" : "small"}" x="0" y="${16 + 18 * i}">${line}</text>\n`)}${axes(x, y, inner, to)}
${beneath?.(to)}
${drawMarks(marks, inner, to)}
<g transform="translate(${MARGIN.left} ${px(floor + MARGIN.bottom)})">${key.markup}</g>
</svg>`;
}

function axes(x: Scale, y: Scale, inner: Box, to: Scales): Markup {
  const floor = inner.y + inner.height;
  const across = ticks(x.domain, inner.width < 320 ? 4 : 5).map(
    (value) =>
      html`<path class="grid" d="M${to.x(value)} ${inner.y}V${floor}"/><text class="small" text-anchor="middle" x="${to.x(value)}" y="${floor + 16}">${short(value)}</text>`,
  );
  const up = ticks(y.domain, inner.height < 180 ? 4 : 5).map(
    (value) =>
      html`<path class="grid" d="M${inner.x} ${to.y(value)}H${inner.x + inner.width}"/><text class="small" text-anchor="end" x="${inner.x - 7}" y="${to.y(value) + 4}">${short(value)}</text>`,
  );
  return html`<g>${across}${up}<rect class="frame" x="${inner.x}" y="${inner.y}" width="${inner.width}" height="${inner.height}"/><text class="small" x="0" y="${inner.y - 11}">${y.title}</text><text class="small" text-anchor="end" x="${inner.x + inner.width}" y="${floor + 34}">${x.title}</text></g>`;
}

/** 250000 as 250k, 1500000 as 1.5M. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${number(value / 1e6, 2)}M`;
  return size >= 1e4 ? `${number(value / 1e3, 1)}k` : number(value, 4);
}

function drawMarks(marks: readonly Mark[], inner: Box, to: Scales): Content {
  const bars = marks.map(({ x, y, xRange = [x, x], yRange = [y, y] }) => ({
    across: { x: to.x(xRange[0]), y: to.y(y) - 1, width: to.x(xRange[1]) - to.x(xRange[0]), height: 2 },
    up: { x: to.x(x) - 1, y: to.y(yRange[1]), width: 2, height: to.y(yRange[0]) - to.y(yRange[1]) },
  }));
  const labelled = marks.filter(({ label }) => label);
  const places = placeLabels(
    labelled.map(({ x, y, label }) => ({ x: to.x(x), y: to.y(y), text: label! })),
    bars.flatMap(({ across, up }) => [across, up]),
    inner,
  );
  const names = labelled.map(({ x, y, label }, i) => {
    const box = places[i];
    const [cx, cy] = [to.x(x), to.y(y)];
    const [nearX, nearY] = [clamp(cx, box.x, box.x + box.width), clamp(cy, box.y, box.y + box.height)];
    const leader = box.far ? html`<path class="leader" d="M${cx} ${cy}L${px(nearX)} ${px(nearY)}"/>` : null;
    return html`${leader}<text x="${px(box.x + 1)}" y="${px(box.y + 10.5)}" class="halo">${label}</text>`;
  });
  const drawn = marks.map(({ x, y, look, shape, tip }, i) => {
    const { across, up } = bars[i];
    const bar = (d: string) => html`<path class="bar ${look}" d="${d}"/>`;
    return html`<g class="mark"><title>${tip}</title>${
      up.height > 0 ? bar(`M${to.x(x)} ${up.y}v${px(up.height)}`) : null
    }${across.width > 0 ? bar(`M${across.x} ${to.y(y)}h${px(across.width)}`) : null}${symbol(shape, look, to.x(x), to.y(y))}<circle class="hit" cx="${to.x(x)}" cy="${to.y(y)}" r="12"/></g>\n`;
  });
  return [names, drawn];
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function symbol(shape: Shape, look: string, x: number, y: number): Markup {
  const at = (d: string, kind = "dot") => html`<path class="${kind} ${look}" d="M${x} ${y}${d}"/>`;
  switch (shape) {
    case "disc":
      return html`<circle class="dot ${look}" cx="${x}" cy="${y}" r="4.5"/>`;
    case "diamond":
      return at("m0-6l6 6l-6 6l-6-6z");
    case "square":
      return at("m-4.5-4.5h9v9h-9z");
    case "triangle":
      return at("m0-5.5l5.5 9.5h-11z");
    case "cross":
      return html`<path class="cross" d="M${x} ${y}m-4-4l8 8m0-8l-8 8"/>`;
    case "line":
      return at("m-9 0h18", "series");
  }
}

function legend(items: NonNullable<Plot["legend"]>, room: number): { markup: Content; height: number } {
  let [x, y] = [0, 8];
  const markup = items.map(({ shape, look, text }) => {
    const width = 26 + textWidth(text, 11) + 14;
    if (x > 0 && x + width > room) [x, y] = [0, y + 18];
    const drawn = html`${symbol(shape, look, px(x + 9), y)}<text class="small" x="${px(x + 24)}" y="${y + 4}">${text}</text>`;
    x += width;
    return drawn;
  });
  return { markup, height: items.length > 0 ? y + 12 : 0 };
}

/** Corners around what points (utility, security) dominate in the unit square, from the origin up the front and back to the left. */
export function corners(points: readonly (readonly [number, number])[]): [utility: number, security: number][] {
  const sorted = [...points].sort(([a, b], [c, d]) => c - a || d - b);
  const path: [number, number][] = [[0, 0]];
  let highest = 0;
  for (const [utility, security] of sorted) {
    if (security <= highest) continue;
    path.push([utility, highest], [utility, security]);
    highest = security;
  }
  path.push([0, highest]);
  return path;
}

/** The path around what points (utility, security) dominate in the unit square. */
export function outline(points: readonly (readonly [number, number])[], to: Scales): string {
  const [[x, y], ...rest] = corners(points).map(([u, s]) => [to.x(u), to.y(s)]);
  // Corners lie to the side of one another, and above one another, in turn.
  return `M${x} ${y}${rest.map(([x, y], i) => (i % 2 === 0 ? `H${x}` : `V${y}`)).join("")}Z`;
}
