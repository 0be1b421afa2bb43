import { MAX_ASK, PENALTY, SMOOTHING, TRICKLE } from "./model.ts";

/**
 * What one copy remembers, by entry, client and gateway. An entry is one identity at one gateway: entry i is client i at
 * gateway i mod g, entry clients + j·g + k is bot j at gateway k.
 */
export interface Records {
  /** Everything below, end to end: copies are stepped in turn, and memory here and there costs more than arithmetic. */
  readonly all: Float64Array;
  /** `[entries]`, moving average of what was asked, requests a step, 0 … MAX_ASK. */
  readonly score: Float64Array;
  /** `[entries]`, steps for which the identity is still blocked, 0 … PENALTY−1 between steps. */
  readonly countdown: Float64Array;
  /** `[entries]`, requests that the token bucket holds, 0 … burst. */
  readonly tokens: Float64Array;
  /** `[entries]`, steps for which the identity is still too new to be served. */
  readonly waiting: Float64Array;
  /** `[entries]`, requests asked in the last step, and let through of them before capacity is shared. */
  readonly asked: Float64Array;
  readonly through: Float64Array;
  /** `[clients]`, 1 while a client is on; steps for which it stays silent; requests it wants in the step to come. */
  readonly on: Float64Array;
  readonly silent: Float64Array;
  readonly wants: Float64Array;
  /** `[gateways]`, requests let through in the last step, and the share of them that was served. */
  readonly arrived: Float64Array;
  readonly share: Float64Array;
}

export function records(clients: number, bots: number, gateways: number): Records {
  const entries = clients + bots * gateways;
  const all = new Float64Array(6 * entries + 3 * clients + 2 * gateways);
  let from = 0;
  const cut = (size: number) => {
    from += size;
    return all.subarray(from - size, from);
  };
  return {
    all,
    score: cut(entries),
    countdown: cut(entries),
    tokens: cut(entries),
    waiting: cut(entries),
    asked: cut(entries),
    through: cut(entries),
    on: cut(clients),
    silent: cut(clients),
    wants: cut(clients),
    arrived: cut(gateways),
    share: cut(gateways),
  };
}

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
