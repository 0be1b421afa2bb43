import { parquetWriteBuffer } from "hyparquet-writer";
import { playReader } from "../run/cells.ts";
import { isTraining } from "../run/plan.ts";
import type { Run } from "../run/run.ts";

type Column =
  | { readonly type: "STRING"; readonly data: string[] }
  | { readonly type: "DOUBLE"; readonly data: Float64Array }
  | { readonly type: "INT32"; readonly data: Int32Array };

/**
 * Every played episode of a finished run as a Parquet table, in the plan's order: `stage`, `attack`, `defence`, `run`,
 * `episode`, then `knob.<name>` and `counter.<name>`. The same cells give the same bytes.
 * @throws Error where a cell is missing
 */
export function episodesParquet(run: Run): Uint8Array {
  const { env, points } = run.benchmark;
  const read = playReader(run);
  const cells = run.plan.cells
    .filter(({ stage }) => !isTraining(stage))
    .map((cell) => ({ cell, point: points[cell.points[0]], result: read(cell) }));
  const rows = cells.reduce((sum, { result }) => sum + result.episodes, 0);

  /** A column that is filled cell by cell, with a value or a value an episode. */
  const fill = <A extends Float64Array | Int32Array>(
    data: A,
    of: (cell: (typeof cells)[number]) => ArrayLike<number> | number,
  ): A => {
    let at = 0;
    for (const cell of cells) {
      const values = of(cell);
      const end = at + cell.result.episodes;
      if (typeof values === "number") data.fill(values, at, end);
      else data.set(values, at);
      at = end;
    }
    return data;
  };
  const text = (of: (cell: (typeof cells)[number]) => string): Column => ({
    type: "STRING",
    data: cells.flatMap((cell) => Array<string>(cell.result.episodes).fill(of(cell))),
  });
  const whole = (of: Parameters<typeof fill>[1]): Column => ({ type: "INT32", data: fill(new Int32Array(rows), of) });
  const number = (of: Parameters<typeof fill>[1]): Column => ({
    type: "DOUBLE",
    data: fill(new Float64Array(rows), of),
  });

  const columns: Record<string, Column> = {
    stage: text(({ cell }) => cell.stage),
    attack: text(({ cell }) => cell.attack),
    defence: text(({ point }) => point.defence),
    run: whole(({ cell }) => cell.run),
    episode: whole(({ result }) => Array.from({ length: result.episodes }, (_, e) => e)),
  };
  const knobs = [...new Set(points.flatMap((point) => Object.keys(point.knobs)))];
  for (const knob of knobs) columns[`knob.${knob}`] = number(({ point }) => point.knobs[knob] ?? Number.NaN);
  for (const counter of env.counters) columns[`counter.${counter}`] = number(({ result }) => result.counters[counter]);
  const columnData = Object.entries(columns).map(([name, column]) => ({ name, ...column, nullable: false }));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: "masque" }));
}
