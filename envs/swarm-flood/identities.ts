import type { Records } from "./records.ts";

/** The most that an identity can ask in a step. */
export const MAX_ASK = 8;
/** Weight of the latest ask in an identity's score. */
export const SMOOTHING = 0.1;
/** Steps that a score above the tolerance blocks an identity, the step itself included. */
export const PENALTY = 16;
/** The most that a blocked identity gets through in a step. */
export const TRICKLE = 0.25;

/** What gateways do with identities, by entry of the records. */
export interface Identities {
  /**
   * One step of an entry that asks for `ask` requests, and is blocked once its score exceeds `limit`. Returns the
   * requests let through; a new identity that waits is scored but gets nothing.
   */
  admit(entry: number, ask: number, limit: number): number;
  /** The entry becomes that of an identity never seen before, which waits for so many steps. */
  renew(entry: number, wait: number): void;
}

/** A score that blocks, and a token bucket that earns `rate` requests a step and holds `burst`. */
export function identities(
  { score, countdown, tokens, waiting, asked, through }: Records,
  rate: number,
  burst: number,
): Identities {
  // Imported and exported names are looked up in every use.
  const [weight, penalty, trickle, free] = [SMOOTHING, PENALTY, TRICKLE, MAX_ASK];
  return {
    admit(entry, ask, limit) {
      const rated = score[entry] + weight * (ask - score[entry]);
      const blocked = rated > limit ? penalty : countdown[entry];
      const bucket = Math.min(burst, tokens[entry] + rate);
      const wait = waiting[entry];
      // `trickle` where blocked, else all: without a branch, which processors would mispredict.
      const most = Math.max(trickle, free * (1 - blocked));
      const got = wait > 0 ? 0 : Math.min(ask, bucket, most);
      score[entry] = rated;
      countdown[entry] = Math.max(0, blocked - 1);
      tokens[entry] = bucket - got;
      if (wait > 0) waiting[entry] = wait - 1;
      asked[entry] = ask;
      through[entry] = got;
      return got;
    },
    renew(entry, wait) {
      score[entry] = 0;
      countdown[entry] = 0;
      tokens[entry] = burst;
      waiting[entry] = wait;
    },
  };
}
