import { parquetWriteBuffer } from "hyparquet-writer";
import { attackColumns, type Column, frontierColumns } from "./columns.ts";
import { csv } from "./csv.ts";
import { frontierSvg } from "./figure.ts";
import { drawPng } from "./png.ts";
import type { RunReport } from "./report.ts";

/** Dots to a pixel of a figure. */
const SCALE = 2;

export interface Exported {
  readonly name: string;
  readonly data: string | Uint8Array;
}

/**
 * Figures and tables of a run as files, for papers and other tools: SVG and PNG, CSV and Parquet.
 * @returns the files, and whether PNG could be drawn: that needs the optional package @resvg/resvg-js
 */
export async function exportFiles({ frontier }: RunReport): Promise<{ files: Exported[]; png: boolean }> {
  const svg = frontierSvg(frontier);
  const png = await drawPng(svg, SCALE);
  const files: Exported[] = [{ name: "frontier.svg", data: svg }];
  if (png) files.push({ name: "frontier.png", data: png });
  for (const [name, columns] of [
    ["frontier", frontierColumns(frontier)],
    ["attacks", attackColumns(frontier)],
  ] as const) {
    files.push({ name: `${name}.csv`, data: csv(columns) }, { name: `${name}.parquet`, data: parquet(columns) });
  }
  return { files, png: png !== undefined };
}

/** A table as a Parquet file: numbers as doubles, text as UTF-8, both optional. */
export function parquet(columns: readonly Column[]): Uint8Array {
  const columnData = columns.map(({ name, type, data }) => ({
    name,
    data: [...data],
    type: type === "number" ? ("DOUBLE" as const) : ("STRING" as const),
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
