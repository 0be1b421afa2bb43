import { checkScene, type Scene, type Shape, type Tone } from "./scene.ts";

const GLYPH: Readonly<Record<Tone, string>> = {
  benign: "●",
  attacker: "▲",
  defender: "◆",
  neutral: "○",
  good: "+",
  bad: "×",
};
const FILL: Readonly<Record<Tone, string>> = {
  benign: "░",
  attacker: "▓",
  defender: "▒",
  neutral: "·",
  good: "░",
  bad: "█",
};
const BARS = "▁▂▃▄▅▆▇█";
const MAX_ROWS = 24;
/** Most columns a unit of the scene gets. */
const MAX_SCALE = 8;

/**
 * A scene as lines of text, none longer than `width` columns: title, picture, what the signs mean, labels, and series
 * as sparklines. Cells are taken to be twice as high as wide.
 * @throws InputError for a malformed scene.
 */
export function renderText(scene: Scene, { width = 80 }: { readonly width?: number } = {}): string {
  const { title, labels = {}, series = {}, shapes } = checkScene(scene);
  const lines = [
    ...(title === undefined ? [] : [plain(title)]),
    ...picture(scene, width),
    ...wrap(legend(shapes), width),
    ...wrap(
      Object.entries(labels).map(([name, value]) => `${plain(name)}: ${plain(shorten(value))}`),
      width,
    ),
    ...sparklines(series, width),
  ];
  return lines.map((line) => [...line].slice(0, width).join("").trimEnd()).join("\n");
}

function picture(scene: Scene, most: number): string[] {
  const scale = Math.min(most / scene.width, (2 * MAX_ROWS) / scene.height, MAX_SCALE);
  const columns = Math.max(1, Math.round(scene.width * scale));
  const rows = Math.max(1, Math.round((scene.height * scale) / 2));
  const cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  const column = (x: number) => Math.floor((x * columns) / scene.width);
  const row = (y: number) => Math.floor((y * rows) / scene.height);
  const put = (c: number, r: number, sign: string) => {
    if (r >= 0 && r < rows && c >= 0 && c < columns) cells[r][c] = sign;
  };
  const write = (c: number, r: number, text: string) => {
    [...plain(text)].forEach((sign, i) => {
      put(c + i, r, sign);
    });
  };
  const fill = (left: number, top: number, right: number, bottom: number, sign: (c: number, r: number) => string) => {
    for (let r = Math.max(0, top); r < Math.min(rows, bottom); r++) {
      for (let c = Math.max(0, left); c < Math.min(columns, right); c++) put(c, r, sign(c, r));
    }
  };
  const names: (() => void)[] = []; // on top of all shapes
  for (const shape of scene.shapes) {
    const [c, r] = [column(shape.x), row(shape.y)];
    if (shape.kind === "text") write(c, r, shape.text);
    else if (shape.kind === "line") line(c, r, column(shape.x2), row(shape.y2), put, 2 * (rows + columns));
    else if (shape.kind === "rect") {
      if (shape.w === 0 || shape.h === 0) continue;
      const [right, bottom] = [Math.max(c + 1, column(shape.x + shape.w)), Math.max(r + 1, row(shape.y + shape.h))];
      fill(c, r, right, bottom, () => FILL[shape.tone]);
      names.push(() => write(c, Math.floor((r + bottom - 1) / 2), shape.label ?? ""));
    } else {
      put(c, r, GLYPH[shape.tone]);
      if (shape.label !== undefined) names.push(() => write(c + 1, r, ` ${shape.label} `));
    }
  }
  for (const name of names) name();
  return cells.map((cell) => cell.join(""));
}

/** Bresenham's line, without its ends, which belong to what it connects. */
function line(
  c: number,
  r: number,
  c2: number,
  r2: number,
  put: (c: number, r: number, sign: string) => void,
  most: number,
): void {
  const [dc, dr] = [Math.abs(c2 - c), Math.abs(r2 - r)];
  const sign = dr * 2 < dc ? "─" : dc * 2 < dr ? "│" : c2 > c === r2 > r ? "╲" : "╱";
  const steps = Math.max(dc, dr);
  // A line that leaves the picture by far is sampled, not walked.
  const stride = Math.max(1, steps / Math.max(1, most));
  for (let i = 1; i < steps; i += stride) {
    put(Math.round(c + ((c2 - c) * i) / steps), Math.round(r + ((r2 - r) * i) / steps), sign);
  }
}

function legend(shapes: readonly Shape[]): string[] {
  const used = new Set(shapes.filter(({ kind }) => kind === "circle" || kind === "rect").map((shape) => shape.tone));
  const solid = new Set(shapes.filter(({ kind }) => kind === "rect").map((shape) => shape.tone));
  return [...used].flatMap((tone) => (tone ? [`${solid.has(tone) ? FILL[tone] : GLYPH[tone]} ${tone}`] : []));
}

function sparklines(series: Readonly<Record<string, readonly number[]>>, width: number): string[] {
  const indent = Math.min(20, Math.max(0, ...Object.keys(series).map((name) => plain(name).length)));
  return Object.entries(series).map(([name, values]) => {
    const head = plain(name).slice(0, indent).padEnd(indent);
    if (values.length === 0) return `${head} (empty)`;
    const [low, high] = [Math.min(...bounds(values)), Math.max(...bounds(values))];
    const tail = ` ${shorten(low)} … ${shorten(high)}`;
    return `${head} ${sparkline(values, Math.max(1, width - indent - 1 - tail.length))}${tail}`;
  });
}

/** Least and greatest value; a spread over all would overflow the stack. */
function bounds(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], x) => [Math.min(low, x), Math.max(high, x)],
    [values[0], values[0]],
  );
}

/** One bar a value, or a bar for the mean of each bucket where there are more values than columns. */
export function sparkline(values: readonly number[], columns: number): string {
  if (values.length === 0) return "";
  const [low, high] = bounds(values);
  const count = Math.min(columns, values.length);
  const bars = Array.from({ length: count }, (_, i) => {
    const bucket = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    const mean = bucket.reduce((sum, x) => sum + x / bucket.length, 0);
    const share = high > low ? (mean - low) / (high - low) : 0;
    return BARS[Math.max(0, Math.min(BARS.length - 1, Math.floor(share * BARS.length)))];
  });
  return bars.join("");
}

/** Words to lines, three spaces apart. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 3 + word.length <= width) lines[lines.length - 1] = `${last}   ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Without control characters: text from elsewhere must not steer a terminal. */
const plain = (text: string) => text.replace(/\p{C}/gu, "�");

export const shorten = (value: string | number) =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
