import { InputError, unknownName } from "../../data/errors.ts";
import { openRegistry } from "../../library/registry.ts";
import { computeCell, finished } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { STAGES, type Stage } from "../../run/plan.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { wholeNumber } from "./open.ts";

/** masque cell */
export async function run(
  io: Io,
  [folder]: readonly string[],
  options: { stage: string; index: string; plugins?: string[] },
): Promise<number> {
  if (!STAGES.includes(options.stage as Stage)) throw unknownName("stage", options.stage, STAGES);
  const found = await openRun(folder, openRegistry(options.plugins));
  const cells = found.plan.cells.filter(({ stage }) => stage === options.stage);
  if (cells.length === 0) throw new InputError(`${folder} has no cells at stage ${options.stage}.`);
  const cell = cells[wholeNumber("--index", options.index, 0, cells.length - 1)];
  if (finished(found, cell, (why) => io.err(`masque: ${why} It is computed again.\n`))) {
    io.err(`${cell.label}: was there already\n`);
    return DONE;
  }
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  try {
    await computeCell(found, cell, { signal: interrupt.signal });
    io.err(`${cell.label}: done\n`);
    return DONE;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err(`${cell.label}: stopped; nothing was written\n`);
    return INTERRUPTED;
  } finally {
    undo();
  }
}
