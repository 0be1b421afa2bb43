import { PER_REPORT, PER_VIEW, PLAUSIBLE, SENSATIONAL } from "./model.ts";

/** What happens to an item: it spreads freely, is held for review, was removed, or was cleared for good. */
export const [FREE, HELD, REMOVED, IMMUNE] = [0, 1, 2, 3];
/** Owner of what readers post themselves. */
export const NOBODY = -1;

/**
 * Live items, by slot, in a ring: all live equally long, so the oldest go first. Item n of the live ones, in the order
 * in which they were posted, lies in slot (first + n) mod slots.
 */
export interface Items {
  readonly slots: number;
  /** Where the oldest lies, and how many live. */
  first: number;
  count: number;
  readonly kind: Int8Array;
  readonly age: Int32Array;
  /** The amplifier whose account posted it, or NOBODY. */
  readonly owner: Int32Array;
  readonly status: Uint8Array;
  /** Step in which it was last held. */
  readonly since: Int32Array;
  /** Evidence: reports and views, as far as suspicion knows; brigades and vouches add to them. */
  readonly reports: Float64Array;
  readonly views: Float64Array;
  /** Views that there were since it was last cleared: what the breaker counts. */
  readonly reach: Float64Array;
  /** Sharers of the last step, all and `[slots, communities]`. */
  readonly sharers: Float64Array;
  readonly sharersOf: Float64Array;
  /** Sharers of an innocent item that there would be besides, had moderation done nothing. */
  readonly ghosts: Float64Array;
  /** `[slots, 2]`: which accounts brigaded it since it was last cleared, a bit each. */
  readonly accusers: Int32Array;
  /** `[slots, communities]`, under local scope only: evidence and labels by community. */
  readonly reportsOf: Float64Array;
  readonly viewsOf: Float64Array;
  readonly labelled: Uint8Array;
}

export function makeItems(slots: number, communities: number, local: boolean): Items {
  const each = local ? slots * communities : 0;
  return {
    slots,
    first: 0,
    count: 0,
    kind: new Int8Array(slots),
    age: new Int32Array(slots),
    owner: new Int32Array(slots),
    status: new Uint8Array(slots),
    since: new Int32Array(slots),
    reports: new Float64Array(slots),
    views: new Float64Array(slots),
    reach: new Float64Array(slots),
    sharers: new Float64Array(slots),
    sharersOf: new Float64Array(slots * communities),
    ghosts: new Float64Array(slots),
    accusers: new Int32Array(2 * slots),
    reportsOf: new Float64Array(each),
    viewsOf: new Float64Array(each),
    labelled: new Uint8Array(each),
  };
}

/** Posts an item, shared by one account of a community; false where there is no slot left. */
export function post(items: Items, communities: number, kind: number, community: number, owner: number): boolean {
  if (items.count === items.slots) return false;
  const last = items.first + items.count++;
  const i = last < items.slots ? last : last - items.slots;
  items.kind[i] = kind;
  items.age[i] = 0;
  items.owner[i] = owner;
  items.status[i] = FREE;
  items.since[i] = 0;
  items.sharers[i] = 1;
  items.ghosts[i] = 0;
  const from = i * communities;
  for (let g = 0; g < communities; g++) items.sharersOf[from + g] = 0;
  items.sharersOf[from + community] = 1;
  forget(items, communities, i);
  if (items.labelled.length > 0) for (let g = 0; g < communities; g++) items.labelled[from + g] = 0;
  return true;
}

/** Evidence about an item starts anew. */
export function forget(items: Items, communities: number, i: number): void {
  items.reports[i] = 0;
  items.views[i] = 0;
  items.reach[i] = 0;
  items.accusers[2 * i] = 0;
  items.accusers[2 * i + 1] = 0;
  if (items.reportsOf.length === 0) return;
  for (let x = i * communities; x < (i + 1) * communities; x++) {
    items.reportsOf[x] = 0;
    items.viewsOf[x] = 0;
  }
}

/** Log-likelihood ratio of an item's reports and views, guilty against innocent. */
export const suspicion = (items: Items, i: number): number => items.reports[i] * PER_REPORT - items.views[i] * PER_VIEW;

/** True for plausible and sensational falsehoods. */
export const isFalse = (kind: number): boolean => kind === PLAUSIBLE || kind === SENSATIONAL;
