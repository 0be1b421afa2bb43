import { finished } from "../cells.ts";
import { type Cell, isTraining } from "../plan.ts";
import type { Run } from "../run.ts";
import { openFailures } from "./failures.ts";
import { type Lease as FolderLease, openLeases } from "./leases.ts";
import { reached } from "./partial.ts";
import { sweepOld } from "./sweep.ts";

/** What workers on one run share: which cells are there, who is doing what, what went wrong. */
export interface Shared {
  /** Takes in what others did meanwhile. */
  look(): Promise<void>;
  /** Whether a cell is there. */
  has(hash: string): boolean;
  /** The same, and that a training, which others build on, is whole. */
  isDone(cell: Cell): boolean;
  /** Takes a lease; undefined where another worker has it. */
  take(name: string): Promise<Lease | undefined>;
  /** Names of all leases that anybody holds. */
  held(): Promise<ReadonlySet<string>>;
  /** Brings here what a cell needs, so that a process of this machine can compute it. True where the cell itself is here. */
  bring(cell: Cell): Promise<boolean>;
  /** Lets others have a cell that was computed here. */
  publish(cell: Cell): Promise<void>;
  /** See `Failures`. */
  death(cell: Cell, reason: string): Promise<number>;
  giveUp(cell: Cell, reason: string): Promise<void>;
  forget(cell: Cell): Promise<void>;
  isGivenUp(cell: Cell): boolean;
  givenUp(): Map<string, string>;
  /** Releases what is still held. */
  close(): Promise<void>;
}

export type Lease = Omit<FolderLease, "release"> & { release(): void | Promise<void> };

export interface Sharing {
  /** A name of its own: see `workerName`. */
  readonly worker: string;
  /** Seconds after which a lease that nobody renews may be taken over. */
  readonly lease: number;
  onDamage?(why: string): void;
}
export type OpenShared = (run: Run, sharing: Sharing) => Promise<Shared>;

/** A folder that all workers see. */
export const shareFolder: OpenShared = async (run, { worker, lease, onDamage }) => {
  const { store } = run;
  const leases = openLeases(store.folder, worker, lease);
  const failures = openFailures(store.folder);
  sweepOld(store.folder, leases.now());
  return {
    look: async () => {},
    has: store.has,
    // Of played cells whoever collects them finds the damage.
    isDone: (cell) => (isTraining(cell.stage) ? finished(run, cell, onDamage) !== undefined : store.has(cell.hash)),
    take: async (name) => leases.take(name),
    held: async () => new Set(leases.names()),
    bring: async () => false,
    publish: async () => {},
    death: async (cell, reason) => failures.death(cell, reason, reached(store.folder, cell.hash)),
    giveUp: async (cell, reason) => failures.giveUp(cell, reason),
    forget: async (cell) => failures.forget(cell),
    isGivenUp: failures.isGivenUp,
    givenUp: failures.givenUp,
    close: async () => leases.close(),
  };
};
