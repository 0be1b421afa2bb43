import { html, textOf } from "../html/html.ts";
import { type Drawing, type Item, millimetresOf, PAPER, type Stroke } from "./drawing.ts";

/**
 * Helvetica and the faces of its very widths: wherever one of them is, lines of text are as long as they were laid out. A
 * font is named rather than carried along: a subset would be another file's licence, outlines could not be searched.
 */
const FONT = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif";

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** A drawing as an SVG file at its size on paper. It names nothing to fetch, and has no style sheet to be lost. */
export function drawingSvg({ width, height, label, items }: Drawing): string {
  const size = [width, height].map((units) => `${n(millimetresOf(units))}mm`);
  return textOf(html`<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="0 0 ${n(width)} ${n(height)}" font-family="${FONT}" role="img" aria-label="${label}">
<rect width="${n(width)}" height="${n(height)}" fill="${PAPER}"/>
${items.map((item) => html`${itemSvg(item)}\n`)}</svg>
`);
}

function itemSvg(item: Item) {
  switch (item.kind) {
    case "path": {
      const d = `M${item.points.map(([x, y]) => `${n(x)} ${n(y)}`).join("L")}${item.closed ? "Z" : ""}`;
      return html`<path d="${d}" fill="${item.fill ?? "none"}"${strokeSvg(item.stroke)}/>`;
    }
    case "disc":
      return html`<circle cx="${n(item.x)}" cy="${n(item.y)}" r="${n(item.r)}" fill="${item.fill ?? "none"}"${strokeSvg(item.stroke)}/>`;
    case "text": {
      const { x, y, align, size, colour, bold, turned, halo } = item;
      return html`<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${colour}"${align === "start" ? null : html` text-anchor="${align}"`}${bold && html` font-weight="700"`}${
        turned && html` transform="rotate(-90 ${n(x)} ${n(y)})"`
      }${halo && html` paint-order="stroke" stroke="${PAPER}" stroke-width="2.5" stroke-linejoin="round"`}>${item.text}</text>`;
    }
  }
}

const strokeSvg = (stroke?: Stroke) =>
  stroke &&
  html` stroke="${stroke.colour}" stroke-width="${n(stroke.width)}"${stroke.dash && html` stroke-dasharray="${stroke.dash.map(n).join(" ")}"`}`;
