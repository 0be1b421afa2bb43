import { InputError, unknownName } from "../../data/errors.ts";
import { openRegistry } from "../../library/registry.ts";
import { finished } from "../../run/cells.ts";
import { openRun } from "../../run/folder.ts";
import { STAGES, type Stage } from "../../run/plan.ts";
import { ownLane } from "../../run/pool.ts";
import { beginWork, workerName } from "../../run/work/hosts.ts";
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
  const [from, to] = range(options.index, cells.length);
  const missing = cells.slice(from, to + 1).filter((cell) => {
    const there = finished(found, cell, (why) => io.err(`masque: ${why} It is computed again.\n`));
    if (there) io.err(`${cell.label}: was there already\n`);
    return !there;
  });
  if (missing.length === 0) return DONE;
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  const lane = ownLane(found);
  const session = beginWork(found, workerName(), 1);
  let [label, computed] = ["", 0];
  try {
    for (const cell of missing) {
      ({ label } = cell);
      interrupt.signal.throwIfAborted();
      session.spend(await lane.compute(cell, { signal: interrupt.signal }), cell);
      computed++;
      io.err(`${label}: done\n`);
    }
    session.end("finished", { computed, reused: to + 1 - from - missing.length });
    return DONE;
  } catch (error) {
    session.end(interrupt.signal.aborted ? "interrupted" : "failed");
    if (!interrupt.signal.aborted) throw error;
    io.err(`${label}: stopped; nothing of it was written\n`);
    return INTERRUPTED;
  } finally {
    undo();
  }
}

/** "7", or "0-99": both ends are meant. @throws InputError for anything else, and beyond the last cell */
function range(text: string, cells: number): [number, number] {
  const parts = text.split("-");
  if (parts.length > 2) throw new InputError(`--index: got "${text.slice(0, 40)}", expected N or FROM-TO.`);
  const from = wholeNumber("--index", parts[0], 0, cells - 1);
  return [from, parts.length === 1 ? from : wholeNumber("--index", parts[1], from, cells - 1)];
}
