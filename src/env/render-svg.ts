import { escapeMarkup } from "../data/markup.ts";
import { shorten } from "./render-text.ts";
import { checkScene, type Scene, type Shape, type Tone } from "./scene.ts";

/** Light and dark, told apart also by those who do not see red and green alike (after Okabe and Ito 2008). */
export const TONES: Readonly<Record<Tone, readonly [light: string, dark: string]>> = {
  benign: ["#0072b2", "#56b4e9"],
  attacker: ["#d55e00", "#f08a4b"],
  defender: ["#7a3e8f", "#c58fd8"],
  neutral: ["#8a8f98", "#8a8f98"],
  good: ["#00805f", "#3fc79a"],
  bad: ["#b3261e", "#f2736b"],
};
const MARGIN = 16;
const LINE = 18;
const MAX_HEIGHT = 480;
/** Most pixels a unit of the scene gets. */
const MAX_SCALE = 64;
const CHART = 36;
/** Pixels of a shape's edge and of a line, and how much of its colour a shape has inside. */
export const EDGE = 1.5;
export const FACE = 0.25;

/** Where the shapes of a scene without a title lie in a document of some width: their corner, and a unit of theirs, in pixels. */
export function placeOf(scene: Scene, width: number): { left: number; top: number; scale: number } {
  const scale = Math.min((width - 2 * MARGIN) / scene.width, MAX_HEIGHT / scene.height, MAX_SCALE);
  return { left: (width - scene.width * scale) / 2, top: MARGIN, scale };
}

/** Pixels that a document is high. */
export const heightOf = (svg: string): number => Number(/ height="([\d.]+)"/.exec(svg)?.[1] ?? 0);

/**
 * A scene as one SVG document: nothing is loaded, all text is escaped, and colours follow the reader's light or dark
 * setting. Title, picture, labels, series as small charts, from top to bottom; `width` is in pixels. Without `marks` all
 * shapes but words are left out, for who paints them under it.
 * @throws InputError for a malformed scene.
 */
export function renderSvg(
  scene: Scene,
  { width = 640, marks = true }: { readonly width?: number; readonly marks?: boolean } = {},
): string {
  const { title, labels = {}, series = {}, shapes } = checkScene(scene);
  const inner = width - 2 * MARGIN;
  const { left, scale } = placeOf(scene, width);
  const parts: string[] = [];
  let y = MARGIN;
  if (title !== undefined) {
    parts.push(`<text class="mq-title" x="${MARGIN}" y="${y + 12}">${toXml(title)}</text>`);
    y += LINE + 6;
  }
  parts.push(`<g transform="translate(${n(left)} ${n(y)})">`);
  for (const write of [draw, name]) {
    for (const shape of shapes) {
      if (write === draw && !marks && shape.kind !== "text") continue;
      const part = write(shape, scale);
      if (part !== "") parts.push(part);
    }
  }
  parts.push("</g>");
  y += scene.height * scale + LINE;
  for (const line of wrapLabels(labels, inner)) {
    parts.push(`<text x="${MARGIN}" y="${n(y + 12)}">${line}</text>`);
    y += LINE;
  }
  y += LINE / 3;
  for (const [name, values] of Object.entries(series)) {
    parts.push(chart(name, values, y, inner));
    y += CHART + 8;
  }
  const height = n(y + MARGIN / 2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mq" width="${n(width)}" height="${height}" viewBox="0 0 ${n(width)} ${height}" role="img">`,
    `<title>${toXml(title ?? "scene")}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="mq-back" width="100%" height="100%"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function draw(shape: Shape, scale: number): string {
  const [x, y] = [n(shape.x * scale), n(shape.y * scale)];
  const tone = `class="mq-${shape.tone}"`;
  switch (shape.kind) {
    case "text":
      return `<text class="mq-on${shape.tone ? ` mq-${shape.tone}` : ""}" x="${x}" y="${y}" dy=".35em">${toXml(shape.text)}</text>`;
    case "line":
      return `<line ${tone} x1="${x}" y1="${y}" x2="${n(shape.x2 * scale)}" y2="${n(shape.y2 * scale)}"/>`;
    case "rect":
      return `<rect ${tone} x="${x}" y="${y}" width="${n(shape.w * scale)}" height="${n(shape.h * scale)}"/>`;
    case "circle":
      return `<circle ${tone} cx="${x}" cy="${y}" r="${n(Math.max(2, shape.r * scale))}"/>`;
  }
}

/** The label of a shape, in its middle; drawn on top of all shapes. */
function name(shape: Shape, scale: number): string {
  if (!("label" in shape) || shape.label === undefined) return "";
  const [right, down] = shape.kind === "rect" ? [shape.w / 2, shape.h / 2] : [0, 0];
  const [x, y] = [n((shape.x + right) * scale), n((shape.y + down) * scale)];
  return `<text class="mq-on mq-mid" x="${x}" y="${y}" dy=".35em">${toXml(shape.label)}</text>`;
}

function chart(name: string, values: readonly number[], y: number, inner: number): string {
  const left = MARGIN + 150;
  const right = MARGIN + inner - 110;
  const head = `<text x="${MARGIN}" y="${n(y + CHART / 2)}" dy=".35em">${toXml(name.slice(0, 20))}</text>`;
  if (values.length === 0) return head;
  let [low, high] = [values[0], values[0]];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  // No more points than pixels: long series keep the least and the greatest value of every pixel.
  const pixels = Math.max(1, Math.floor(right - left));
  const points = thin(values, pixels).map(([i, value]) => {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    const x = left + ((right - left) * i) / Math.max(1, values.length - 1);
    return `${n(x)},${n(y + CHART - share * CHART)}`;
  });
  const last = values[values.length - 1];
  return `${head}<polyline class="mq-curve" points="${points.join(" ")}"/><text class="mq-dim" x="${n(right + 8)}" y="${n(
    y + CHART / 2,
  )}" dy=".35em">${shorten(low)} … ${shorten(high)}</text><title>${toXml(name)}: last ${shorten(last)}</title>`;
}

function thin(values: readonly number[], pixels: number): [index: number, value: number][] {
  if (values.length <= 2 * pixels) return values.map((value, i) => [i, value]);
  return Array.from({ length: pixels }, (_, pixel) => {
    const [from, to] = [pixel, pixel + 1].map((edge) => Math.floor((edge * values.length) / pixels));
    let [least, most] = [from, from];
    for (let i = from; i < to; i++) {
      if (values[i] < values[least]) least = i;
      if (values[i] > values[most]) most = i;
    }
    return [Math.min(least, most), Math.max(least, most)].map((i): [number, number] => [i, values[i]]);
  }).flat();
}

/** Lines of labels, each as long as fits at about 7 pixels a letter. */
function wrapLabels(labels: Readonly<Record<string, string | number>>, inner: number): string[] {
  const lines: string[] = [];
  let room = 0;
  for (const [name, value] of Object.entries(labels)) {
    const text = shorten(value);
    const letters = name.length + text.length + 4;
    const markup = `<tspan class="mq-dim">${toXml(name)}</tspan> ${toXml(text)}`;
    if (letters <= room) lines[lines.length - 1] += `<tspan dx="18">${markup}</tspan>`;
    else {
      lines.push(markup);
      room = Math.floor(inner / 7);
    }
    room -= letters;
  }
  return lines;
}

/** Fit for XML text and attributes: marked-up characters escaped, those that XML cannot hold replaced. */
function toXml(text: string): string {
  return escapeMarkup(text.replace(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd"));
}

/** Two decimals are enough for a pixel. */
const n = (x: number) => String(Math.round(x * 100) / 100);

const tones = (dark: 0 | 1) =>
  Object.entries(TONES).map(([tone, by]) => `.mq-${tone}{fill:${by[dark]};stroke:${by[dark]}}`);
// Scoped by `.mq`: the document may be put into a page.
const scoped = (rules: readonly string[]) => rules.map((rule) => `.mq ${rule}`).join("");

/** The stylesheet's rules, each to stand behind `.mq `; in the dark those that differ. For pages with themes of their own. */
export function sceneRules(dark: boolean): string[] {
  if (dark)
    return [
      "text{fill:#e6e8eb}",
      ".mq-back{fill:#15181c}",
      ".mq-dim{fill:#9aa3ae}",
      ".mq-curve{stroke:#56b4e9}",
      ...tones(1),
    ];
  return [
    "text{font:13px system-ui,sans-serif;fill:#1d232b;stroke:none}",
    `circle,.mq rect{fill-opacity:${FACE};stroke-width:${EDGE}}`,
    `line{stroke-width:${EDGE}}`,
    ".mq-back{fill:#fcfcfb;fill-opacity:1}",
    ".mq-title{font-weight:600}",
    ".mq-dim{fill:#5d6570}",
    ".mq-mid{text-anchor:middle}",
    ".mq-curve{fill:none;stroke:#0072b2;stroke-width:1.5;stroke-linejoin:round}",
    ...tones(0),
    "text.mq-on{stroke:none}",
  ];
}

const STYLE = `${scoped(sceneRules(false))}@media(prefers-color-scheme:dark){${scoped(sceneRules(true))}}`;
