import { parquetWriteBuffer } from "hyparquet-writer";
import { attackColumns, type Column, frontierColumns } from "./columns.ts";
import { csv } from "./csv.ts";
import { frontierSvg } from "./figure.ts";
import type { RunReport } from "./report.ts";

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
  const png = await drawPng(svg);
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

const SCALE = 2;

/** An SVG as PNG at twice its size, with the fonts of this machine; undefined where resvg is not installed. */
export async function drawPng(svg: string): Promise<Uint8Array | undefined> {
  const name = "@resvg/resvg-js";
  let Resvg: typeof import("@resvg/resvg-js").Resvg;
  try {
    ({ Resvg } = (await import(name)) as typeof import("@resvg/resvg-js"));
  } catch {
    return undefined;
  }
  const options = { fitTo: { mode: "zoom" as const, value: SCALE }, font: { defaultFontFamily: "sans-serif" } };
  return new Resvg(svg, options).render().asPng();
}
