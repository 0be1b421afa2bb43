import { type Cell, isTraining } from "./plan.ts";

/** What is scheduled: a cell, or several that are done together. */
export type Task = Pick<Cell, "hash" | "label" | "stage" | "steps" | "needs">;

/** Which cell comes next: one whose needs are finished, and of those the one with most work waiting behind it. */
export interface Schedule<T extends Task = Cell> {
  /** Takes a cell that can be computed now; undefined while there is none. */
  take(): T | undefined;
  /** Takes in that a cell is finished: others may become ready. */
  finish(cell: T): void;
  /** Gives a cell back that was taken but not finished. */
  giveBack(cell: T): void;
  /** Cells not finished yet, those taken included. */
  readonly left: number;
}

/** A training step costs several times a played one: it acts, plays, and learns. */
const TRAINING_WEIGHT = 4;

/** How long a cell takes, in played steps, roughly. */
export function weight(cell: Task): number {
  return cell.steps * (isTraining(cell.stage) ? TRAINING_WEIGHT : 1);
}

/**
 * Schedules cells by what they need, the longest way to the end first (critical path), ties in the plan's order.
 * @throws Error where a cell needs one that is not in the plan, or cells need each other in a circle
 */
export function makeSchedule<T extends Task>(cells: readonly T[], cost: (cell: T) => number = weight): Schedule<T> {
  const index = new Map(cells.map(({ hash }, i) => [hash, i]));
  const open = cells.map(({ needs }) => needs.length);
  const followers: number[][] = cells.map(() => []);
  for (const [i, { label, needs }] of cells.entries()) {
    for (const hash of needs) {
      const needed = index.get(hash);
      if (needed === undefined) throw new Error(`${label} needs cell ${hash}, which is not in the plan`);
      followers[needed].push(i);
    }
  }
  const order = orderOf(cells, open, followers);
  // The cell's own work and the longest chain of work behind it.
  const path = new Float64Array(cells.length);
  for (const i of order.toReversed()) {
    path[i] = cost(cells[i]) + followers[i].reduce((most, follower) => Math.max(most, path[follower]), 0);
  }
  const before = (a: number, b: number) => path[a] > path[b] || (path[a] === path[b] && a < b);
  const ready = makeHeap(before);
  for (let i = 0; i < cells.length; i++) if (open[i] === 0) ready.push(i);
  let left = cells.length;
  return {
    take() {
      const next = ready.pop();
      return next === undefined ? undefined : cells[next];
    },
    finish(cell) {
      left--;
      for (const follower of followers[index.get(cell.hash)!]) if (--open[follower] === 0) ready.push(follower);
    },
    giveBack: (cell) => ready.push(index.get(cell.hash)!),
    get left() {
      return left;
    },
  };
}

/** Every cell behind those it needs. */
function orderOf(cells: readonly Task[], needs: readonly number[], followers: readonly number[][]): number[] {
  const open = [...needs];
  const order = cells.map((_, i) => i).filter((i) => open[i] === 0);
  for (let at = 0; at < order.length; at++) {
    for (const follower of followers[order[at]]) if (--open[follower] === 0) order.push(follower);
  }
  if (order.length === cells.length) return order;
  const stuck = cells[open.findIndex((count) => count > 0)];
  throw new Error(`${stuck.label} waits for itself: cells need each other in a circle`);
}

/** A binary heap of numbers. */
function makeHeap(before: (a: number, b: number) => boolean) {
  const items: number[] = [];
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j], items[i]];
  };
  return {
    push(item: number) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(items[i], items[parent])) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop(): number | undefined {
      if (items.length === 0) return undefined;
      swap(0, items.length - 1);
      const first = items.pop()!;
      for (let i = 0; ; ) {
        const left = 2 * i + 1;
        let least = i;
        if (left < items.length && before(items[left], items[least])) least = left;
        if (left + 1 < items.length && before(items[left + 1], items[least])) least = left + 1;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
  };
}
