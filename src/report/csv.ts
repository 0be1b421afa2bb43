import type { Frontier } from "../frontier/frontier.ts";
import { attackColumns, type Column, frontierColumns } from "./columns.ts";

/** The frontier as a table for spreadsheets: one row a point, anchors last, full precision. */
export function frontierCsv(frontier: Frontier): string {
  return csv(frontierColumns(frontier));
}

/** Every attack at every point, a row each. */
export function attacksCsv(frontier: Frontier): string {
  return csv(attackColumns(frontier));
}

/** RFC 4180, with \n between lines. */
export function csv(columns: readonly Column[]): string {
  const rows = columns[0].data.map((_, r) => columns.map(({ data }) => data[r]));
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

/** Quoted where it holds a comma, a quote or a line break; empty for nothing. */
function field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
