/** Colours for a terminal; `plain` where there is none, it is piped, or NO_COLOR is set. */
export type Paint = (style: Style, text: string) => string;
export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
};

export const plain: Paint = (_, text) => text;
export const coloured: Paint = (style, text) => `\x1b[${CODES[style][0]}m${text}\x1b[${CODES[style][1]}m`;

// Built from a string, since a control character in a pattern is taken for a slip.
const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

/** Columns a text takes on a terminal: without escape codes, by code point. */
export function width(text: string): number {
  return [...text.replaceAll(ESCAPE, "")].length;
}

/** Rows as aligned columns, two spaces apart; numbers to the right. The first row is the header. */
export function table(rows: readonly (readonly string[])[], paint: Paint = plain): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => width(row[c] ?? ""))));
  const numeric = widths.map((_, c) => rows.slice(1).every((row) => /^[-+−]?[\d.∞]*$/.test(row[c] ?? "")));
  const lines = rows.map((row, r) => {
    const cells = row.map((cell, c) => {
      const gap = " ".repeat(widths[c] - width(cell));
      const text = r === 0 ? paint("bold", cell) : cell;
      return numeric[c] ? gap + text : text + gap;
    });
    return cells.join("  ").trimEnd();
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** Text folded at word ends to `columns`, every line after `margin`. */
export function fold(text: string, columns: number, margin = ""): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && width(last) + 1 + width(word) <= columns - margin.length)
      lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${margin}${line}\n`).join("");
}

/** A number for people: at most `digits` decimals, ∞ for infinity. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  return String(Number(value.toFixed(digits)));
}
