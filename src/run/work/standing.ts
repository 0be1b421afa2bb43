import { type Cell, isTraining } from "../plan.ts";
import { weight } from "../schedule.ts";

/** Where a run stands; steps weigh cells by how long they take. */
export interface RunStanding {
  readonly cells: number;
  readonly ofCells: number;
  /** Cells that were there already. */
  readonly reused: number;
  /** Share of the work that is done, and the part of it that was there already, in [0,1]. */
  readonly done: number;
  readonly doneBefore: number;
  readonly running: readonly { readonly label: string; readonly share: number; readonly kind: string }[];
  /** Work by kind: what remains takes as long as work of its own kind has taken. */
  readonly work: Readonly<Record<string, Work>>;
}

/** Steps: all of them, those done, and those of the done that were there already. */
export interface Work {
  readonly all: number;
  readonly before: number;
  readonly done: number;
}

export interface Tally {
  /** Takes in that a cell is finished: here, or because it was there at the beginning. */
  close(cell: Cell, wasThere: boolean): void;
  /** A cell is being computed, so much of it done; without a share, no longer. */
  running(cell: Cell, share?: number): void;
  standing(): RunStanding;
}

/** A step takes ten times another's and more: one of a training a played one's, one of `mappo` one of `cem`. */
const kindOf = ({ stage, attack }: Cell): string => (isTraining(stage) ? `${stage} ${attack}` : "play");

export function makeTally(cells: readonly Cell[]): Tally {
  const total = cells.reduce((sum, cell) => sum + weight(cell), 0);
  const work: Record<string, { all: number; before: number; done: number }> = Object.create(null);
  for (const cell of cells) {
    work[kindOf(cell)] ??= { all: 0, before: 0, done: 0 };
    work[kindOf(cell)].all += cell.steps;
  }
  const running = new Map<Cell, number>();
  let [closed, reused, done, doneBefore] = [0, 0, 0, 0];
  return {
    close(cell, wasThere) {
      closed++;
      done += weight(cell);
      work[kindOf(cell)].done += cell.steps;
      if (!wasThere) return;
      reused++;
      doneBefore += weight(cell);
      work[kindOf(cell)].before += cell.steps;
    },
    running(cell, share) {
      if (share === undefined) running.delete(cell);
      else running.set(cell, share);
    },
    standing() {
      let partly = 0;
      const now: typeof work = Object.create(null);
      for (const kind in work) now[kind] = { ...work[kind] };
      for (const [cell, share] of running) {
        partly += share * weight(cell);
        now[kindOf(cell)].done += share * cell.steps;
      }
      return {
        cells: closed,
        ofCells: cells.length,
        reused,
        done: (done + partly) / total,
        doneBefore: doneBefore / total,
        running: [...running].map(([cell, share]) => ({ label: cell.label, share, kind: kindOf(cell) })),
        work: now,
      };
    },
  };
}
