import type { Cell } from "../plan.ts";
import { isTraining } from "../plan.ts";
import type { Task } from "../schedule.ts";

/** What one lease covers. All workers draw the same units from the same plan, so that they mean the same by a lease. */
export interface Unit extends Task {
  /** In the order in which they are computed. */
  readonly cells: readonly Cell[];
}

/**
 * Played steps of a unit: one or two seconds in most environments (they play 60 thousand to 3 million a second), so that
 * making and removing a file on a slow server weighs nothing, and nobody waits long for the last one.
 */
const STEPS = 500_000;
const CELLS = 256;

/** A plan's cells as units: every training by itself, played cells of a stage that need the same together. */
export function unitsOf(cells: readonly Cell[]): Unit[] {
  const groups: Cell[][] = [];
  const open = new Map<string, { readonly group: Cell[]; steps: number }>();
  for (const cell of cells) {
    if (isTraining(cell.stage)) {
      groups.push([cell]);
      continue;
    }
    const kind = [cell.stage, ...cell.needs].join(" ");
    let last = open.get(kind);
    if (!last || last.group.length >= CELLS || last.steps + cell.steps > STEPS) {
      last = { group: [], steps: 0 };
      open.set(kind, last);
      groups.push(last.group);
    }
    last.group.push(cell);
    last.steps += cell.steps;
  }
  return groups.map((group) => {
    const [{ hash, label, stage, needs }] = group;
    return { hash, label, stage, needs, steps: group.reduce((sum, { steps }) => sum + steps, 0), cells: group };
  });
}
