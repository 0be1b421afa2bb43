// State lies in three arrays of records: copies are stepped in turn, and many small arrays cost more than the arithmetic.

/** Numbers of an entry: one identity at one gateway. */
export const ENTRY = 6;
/** Moving average of what was asked, requests a step, 0 … MAX_ASK. */
export const SCORE = 0;
/** Steps for which the identity is still blocked, 0 … PENALTY−1 between steps. */
export const COUNTDOWN = 1;
/** Requests that the token bucket holds, 0 … burst. */
export const TOKENS = 2;
/** Steps for which the identity is still too new to be served. */
export const WAITING = 3;
/** Requests asked in the last step, and let through of them, before capacity is shared. */
export const ASKED = 4;
export const THROUGH = 5;

/** Numbers of a client: 1 while it is on, steps of silence left, requests that it wants in the step to come. */
export const CLIENT = 3;
export const ON = 0;
export const SILENT = 1;
export const WANTS = 2;

/** Numbers of a gateway: requests let through in the last step, and the share of them that it served. */
export const DESK = 2;
export const ARRIVED = 0;
export const SHARE = 1;

/**
 * `entries` is `[clients + bots·g, ENTRY]`: entry i is client i at gateway i mod g, entry clients + j·g + k is bot j at
 * gateway k. `people` is `[clients, CLIENT]`, `desks` `[g, DESK]`.
 */
export interface Records {
  readonly entries: Float64Array;
  readonly people: Float64Array;
  readonly desks: Float64Array;
}
