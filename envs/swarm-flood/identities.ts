import { ASKED, COUNTDOWN, ENTRY, SCORE, THROUGH, TOKENS, WAITING } from "./records.ts";

/** The most that an identity can ask in a step. */
export const MAX_ASK = 8;
/** Weight of the latest ask in an identity's score. */
export const SMOOTHING = 0.1;
/** Steps that a score above the tolerance blocks an identity, the step itself included. */
export const PENALTY = 16;
/** The most that a blocked identity gets through in a step. */
export const TRICKLE = 0.25;

/** What gateways do with identities; entries as `Records` describes them. */
export interface Identities {
  /**
   * One step of entry j, which asks `asked` and is blocked once its score exceeds `limit`. Returns the requests let
   * through; a new identity that waits is scored but gets nothing.
   */
  admit(j: number, asked: number, limit: number): number;
  /** Entry j becomes that of an identity never seen before, which waits for so many steps. */
  renew(j: number, wait: number): void;
}

/** A score that blocks, and a token bucket that earns `rate` requests a step and holds `burst`. */
export function identities(entries: Float64Array, rate: number, burst: number): Identities {
  return {
    admit(j, asked, limit) {
      const at = j * ENTRY;
      const score = entries[at + SCORE] + SMOOTHING * (asked - entries[at + SCORE]);
      const left = score > limit ? PENALTY : entries[at + COUNTDOWN];
      const tokens = Math.min(burst, entries[at + TOKENS] + rate);
      const wait = entries[at + WAITING];
      const through = wait > 0 ? 0 : Math.min(asked, tokens, left > 0 ? TRICKLE : MAX_ASK);
      entries[at + SCORE] = score;
      entries[at + COUNTDOWN] = left > 0 ? left - 1 : 0;
      entries[at + TOKENS] = tokens - through;
      if (wait > 0) entries[at + WAITING] = wait - 1;
      entries[at + ASKED] = asked;
      entries[at + THROUGH] = through;
      return through;
    },
    renew(j, wait) {
      const at = j * ENTRY;
      entries[at + SCORE] = 0;
      entries[at + COUNTDOWN] = 0;
      entries[at + TOKENS] = burst;
      entries[at + WAITING] = wait;
    },
  };
}
