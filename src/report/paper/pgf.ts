import { type Drawing, type Item, POINTS, type Stroke } from "./drawing.ts";

/**
 * A drawing as a pgfpicture, to be `\input` into a paper: `\usepackage{pgf}` is all it needs. Text is set by TeX itself, in
 * the paper's own font.
 */
export function drawingPgf({ width, height, label, items }: Drawing): string {
  const at = (x: number, y: number) => `\\pgfqpoint{${bp(x)}}{${bp(height - y)}}`;
  return [
    `% ${label.replaceAll(/[^\x20-\x7e]/g, "?")}`,
    "% \\usepackage{pgf} is all that this needs.",
    // The end of a line is a space to TeX, outside a picture.
    "\\begingroup%",
    "\\begin{pgfpicture}",
    `\\pgfpathrectangle{\\pgfpointorigin}{${at(width, 0)}}`,
    "\\pgfusepath{use as bounding box}",
    "\\pgfsetroundjoin",
    ...items.flatMap((item) => itemPgf(item, at, height)),
    "\\end{pgfpicture}%",
    "\\endgroup%",
    "",
  ].join("\n");
}

type At = (x: number, y: number) => string;

/** Units as a length of TeX. */
const bp = (units: number): string => `${Number((units * POINTS).toFixed(2))}bp`;

function itemPgf(item: Item, at: At, height: number): string[] {
  switch (item.kind) {
    case "path": {
      const [[x, y], ...rest] = item.points;
      return [
        `\\pgfpathmoveto{${at(x, y)}}`,
        ...rest.map(([x, y]) => `\\pgfpathlineto{${at(x, y)}}`),
        ...(item.closed ? ["\\pgfpathclose"] : []),
        ...used(item.stroke, item.fill),
      ];
    }
    case "disc":
      return [`\\pgfpathcircle{${at(item.x, item.y)}}{${bp(item.r)}}`, ...used(item.stroke, item.fill)];
    case "text": {
      const { x, y, size, colour, bold, turned } = item;
      const side = { start: "left,", middle: "", end: "right," }[item.align];
      const where = `x=${bp(x)},y=${bp(height - y)},${side}base${turned ? ",rotate=90" : ""}`;
      // Helvetica is set a size smaller than the serifs that papers have: 0.95 keeps their lengths alike.
      const font = `\\fontsize{${bp(size * 0.95)}}{${bp(size * 1.15)}}\\selectfont${bold ? "\\bfseries" : ""}`;
      const words = `${colourPgf(colour)}${font} ${toTex(item.text)}`;
      return [`\\pgftext[${where}]{${words}}`];
    }
  }
}

function used(stroke?: Stroke, fill?: string): string[] {
  const what = [...(stroke ? ["stroke"] : []), ...(fill ? ["fill"] : [])].join(",");
  if (what === "") return ["\\pgfusepath{discard}"];
  const dash = (stroke?.dash ?? []).map((length) => `{${bp(length)}}`).join("");
  return [
    ...(stroke
      ? [`\\pgfsetlinewidth{${bp(stroke.width)}}`, `\\pgfsetdash{${dash}}{0bp}`, colourPgf(stroke.colour, "stroke")]
      : []),
    ...(fill ? [colourPgf(fill, "fill")] : []),
    `\\pgfusepath{${what}}`,
  ];
}

/** Sets a colour: of strokes, of areas, or of text. */
function colourPgf(colour: string, of?: "stroke" | "fill"): string {
  const hex = colour.slice(1).toUpperCase();
  return `\\definecolor{masque}{HTML}{${hex}}${of ? `\\pgfset${of}color{masque}` : "\\color{masque}"}`;
}

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  '"': "''",
  "|": "\\textbar{}",
  "–": "--",
  "—": "---",
  "…": "\\ldots{}",
  "−": "\\ensuremath{-}",
  "×": "\\ensuremath{\\times}",
  "±": "\\ensuremath{\\pm}",
  "≤": "\\ensuremath{\\leq}",
  "≥": "\\ensuremath{\\geq}",
  "∞": "\\ensuremath{\\infty}",
  λ: "\\ensuremath{\\lambda}",
};

/** Text as TeX sets it: nothing in it is a command. What no font of plain LaTeX has becomes a question mark. */
export function toTex(text: string): string {
  return [...text.normalize("NFC")]
    .map((character) => {
      if (Object.hasOwn(SPECIAL, character)) return SPECIAL[character];
      if (/[{}$&#_%]/.test(character)) return `\\${character}`;
      if (/[\x20-\x7e\u00c0-\u00ff]/.test(character)) return character;
      return /\s/.test(character) ? " " : "?";
    })
    .join("");
}
