import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { isMissing, list, makeFolder, readJson, writeAtomic } from "../../data/files.ts";
import type { Cell } from "../plan.ts";

/** How often a cell is begun whose workers die. */
const ATTEMPTS = 3;

const record = z.strictObject({
  label: z.string(),
  /** What is known of every worker that died on it, the last words of its process among them. */
  deaths: z.array(z.string()).max(100),
  /** Iterations of its training that the last checkpoint held when the last one died. */
  reached: z.int().min(0),
  /** Whether nobody should try it again: it threw, or too many died on it. */
  givenUp: z.boolean(),
});
type Failure = z.output<typeof record>;

/** Cells that went wrong, a file each in `failures/`: only who holds the lease on a cell writes its file. */
export interface Failures {
  /**
   * Notes that a worker died on a cell; returns how many have, since the last that got any further. The third one ends it.
   * @param reached iterations of its training that its last checkpoint holds
   */
  death(cell: Cell, reason: string, reached: number): number;
  /** Gives a cell up at once: it failed by its own doing, and would again. */
  giveUp(cell: Cell, reason: string): void;
  isGivenUp(cell: Cell): boolean;
  /** Forgets a cell's failures: it is finished after all. */
  forget(cell: Cell): void;
  /** Last words by the hash of the cell that was given up. */
  givenUp(): Map<string, string>;
  /** Forgets all: everything is tried again. */
  clear(): void;
}

const MAX_BYTES = 1 << 20;

export function openFailures(folder: string): Failures {
  const place = join(folder, "failures");
  const path = (hash: string) => join(place, `${hash}.json`);
  const read = (hash: string): Failure | undefined => {
    try {
      return record.parse(readJson(path(hash), MAX_BYTES));
    } catch (error) {
      // Missing or damaged: nothing that would keep anybody from trying.
      if (error instanceof InputError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  };
  const write = ({ hash, label }: Cell, failure: Omit<Failure, "label">) => {
    makeFolder(place);
    writeAtomic(path(hash), pretty({ label, ...failure }));
  };
  return {
    death(cell, reason, reached) {
      const before = read(cell.hash);
      // Whoever is preempted every hour still gets there, from checkpoint to checkpoint.
      const deaths = [...(before && reached <= before.reached ? before.deaths : []), reason];
      write(cell, { deaths, reached, givenUp: deaths.length >= ATTEMPTS });
      return deaths.length;
    },
    giveUp: (cell, reason) => write(cell, { deaths: [reason], reached: 0, givenUp: true }),
    isGivenUp: ({ hash }) => read(hash)?.givenUp === true,
    forget: ({ hash }) => removeQuietly(path(hash)),
    givenUp() {
      const hashes = list(place).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
      return new Map(
        hashes.flatMap((hash) => {
          const failure = read(hash);
          return failure?.givenUp ? [[hash, failure.deaths.at(-1) ?? "for no stated reason"] as const] : [];
        }),
      );
    },
    clear: () => rmSync(place, { recursive: true, force: true }),
  };
}

function removeQuietly(path: string): void {
  try {
    rmSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
