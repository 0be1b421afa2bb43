import { InputError } from "../../data/errors.ts";
import { finished } from "../cells.ts";
import type { Run } from "../run.ts";
import type { Bucket } from "./bucket.ts";
import { bringCell, bringHosts, checkCode, putCell } from "./copy.ts";
import { cellsIn, each } from "./share.ts";

/**
 * Brings all that workers finished into a run's folder. What is damaged is seen there, and computed again.
 * @throws InputError where they had other code
 */
export async function collectCells(bucket: Bucket, run: Run): Promise<void> {
  await checkCode(bucket, run.store.folder);
  const there = await cellsIn(bucket);
  const missing = run.plan.cells.filter((cell) => there.has(cell.hash) && !run.store.has(cell.hash));
  await each(missing, (cell) =>
    bringCell(bucket, run, cell).catch((error) => {
      if (!(error instanceof InputError)) throw error;
    }),
  );
  await bringHosts(bucket, run.store.folder);
}

/** Puts there what was computed here after all, and removes what workers needed among themselves. */
export async function finishRun(bucket: Bucket, run: Run): Promise<void> {
  const there = await cellsIn(bucket);
  await each(
    run.plan.cells.filter((cell) => !there.has(cell.hash) && finished(run, cell)),
    ({ hash }) => putCell(bucket, run, hash),
  );
  for (const part of ["leases/", "failures/", "partial/", "probe/"]) await removeAll(bucket, part);
}

export async function removeAll(bucket: Bucket, part: string): Promise<void> {
  const { objects } = await bucket.list(part);
  await each([...objects.keys()], bucket.remove);
}
