/** What an intruder does with its resource in a step. */
export const WAIT = 0;
export const PING = 1;
export const QUIET = 2;
export const LOUD = 3;
/** What a warden does with a resource in a step; it waits with 0 too. */
export const SCAN = 1;
export const RESET = 2;
/** Who has a resource: nobody, an intruder that came in quietly, or one that came in loudly. */
export const FREE = 0;
export const HELD_QUIETLY = 1;
export const HELD_LOUDLY = 2;
/** Steps at which ages in observations end: an age is shown as age/AGES, at most 1. */
export const AGES = 16;

/** Service that `down` of `resources` lose that are down at once: each loses more by the share of the others that are down. */
export const outageOf = (down: number, resources: number, outage: number): number =>
  resources > 1 ? down * (1 + (outage * (down - 1)) / (resources - 1)) : down;

/** What strikes cost and how they fare, and what scans see. */
export interface Laws {
  readonly strikeCost: number;
  readonly pingCost: number;
  readonly loud: number;
  readonly quiet: number;
  readonly foothold: number;
  readonly seenLoud: number;
  readonly seenQuiet: number;
}

/** The dials of a memoryless warden. */
export interface Dials {
  readonly reset: number;
  readonly scan: number;
}

/** P(a strike of this kind takes a resource that is not held), by whether the intruders hold something. */
export const taking = (strike: number, inside: boolean, { loud, quiet, foothold }: Laws): number =>
  (strike === LOUD ? loud : quiet) * (inside ? 1 : foothold);

/** P(a scan finds a hold of this kind). */
export const seen = (held: number, { seenLoud, seenQuiet }: Laws): number =>
  held === HELD_LOUDLY ? seenLoud : seenQuiet;

/** P(a hold survives a step of a memoryless warden), who resets with `reset` and else scans with `scan`. */
export const keeping = (held: number, { reset, scan }: Dials, laws: Laws): number =>
  (1 - reset) * (1 - scan * seen(held, laws));

/** Steps between two resets of a clock of this rate; longer than any episode where it never resets. */
export const clockPeriod = (reset: number): number => (reset > 0 ? Math.max(1, Math.round(1 / reset)) : 1_000_000);
