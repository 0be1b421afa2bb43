import { type Paint, plain } from "./text.ts";

export interface Mark {
  readonly x: number;
  readonly y: number;
  /** Ends of a vertical bar. */
  readonly low?: number;
  readonly high?: number;
  /** One character, possibly coloured. Later marks cover earlier ones. */
  readonly mark: string;
}

/** Marks in the unit square as text, with the diagonal from (0,1) to (1,0) dotted in. */
export function scatter(
  marks: readonly Mark[],
  options: { columns: number; rows: number; xLabel: string; yLabel: string; paint?: Paint },
): string {
  const { rows, xLabel, yLabel, paint = plain } = options;
  const margin = 6;
  const columns = Math.max(20, Math.min(72, options.columns - margin - 2));
  const grid = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  const column = (x: number) => Math.min(columns - 1, Math.max(0, Math.round(x * (columns - 1))));
  const row = (y: number) => Math.min(rows - 1, Math.max(0, Math.round((1 - y) * (rows - 1))));
  for (let c = 0; c < columns; c += 2) grid[row(1 - c / (columns - 1))][c] = paint("dim", "·");
  for (const { x, low, high } of marks) {
    if (low === undefined || high === undefined) continue;
    for (let r = row(high); r <= row(low); r++) grid[r][column(x)] = paint("dim", "│");
  }
  for (const { x, y, mark } of marks) grid[row(y)][column(x)] = mark;
  const tick = (r: number) => {
    const value = 1 - r / (rows - 1);
    return r % Math.floor((rows - 1) / 4) === 0 ? `${value.toFixed(2)} ┤` : "     │";
  };
  const lines = grid.map((cells, r) => tick(r) + cells.join("").trimEnd());
  const axis = `     └${"─".repeat(columns)}`;
  const numbers = ["0", "0.25", "0.5", "0.75", "1"];
  let labels = " ".repeat(margin);
  numbers.forEach((text, i) => {
    labels = labels.padEnd(margin + Math.min(columns - text.length, Math.round((i / 4) * (columns - 1)))) + text;
  });
  return [` ${yLabel}`, ...lines, axis, `${labels}  ${xLabel}`].map((line) => `${line}\n`).join("");
}
