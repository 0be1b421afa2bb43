import { FREE, HELD, type Items, isFalse, post, REMOVED, suspicion } from "./items.ts";
import {
  BOOST,
  BOOSTS,
  BOOSTS_APART,
  BRIGADE,
  BRIGADES,
  DECOY,
  NEWS,
  PER_REPORT,
  PER_VIEW,
  PLAUSIBLE,
  POST_DECOY,
  POST_PLAUSIBLE,
  POST_SENSATIONAL,
  SENSATIONAL,
  VOUCH,
  VOUCHES,
} from "./model.ts";

/** What accounts do to items. They know every item's evidence, as whoever owns them all would. */
export function amplifiers(communities: number, limit: number, items: Items) {
  const local = items.labelled.length > 0;
  const { kind, age, status, sharers, sharersOf, reports, views, reportsOf, viewsOf, accusers } = items;

  /**
   * The side's freshest falsehood that is neither held nor removed; of several the first that was posted, or (`apart`)
   * the one that fewest share.
   */
  function freshest(apart: boolean): number {
    let best = -1;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (!isFalse(kind[i]) || status[i] === HELD || status[i] === REMOVED) continue;
      if (best < 0 || age[i] < age[best] || (apart && age[i] === age[best] && sharers[i] < sharers[best])) best = i;
    }
    return best;
  }
  /** The side's most suspect falsehood that is free and still shared. */
  function mostSuspect(): number {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (!isFalse(kind[i]) || status[i] !== FREE || sharers[i] === 0) continue;
      const worth = suspicion(items, i);
      if (worth > most) {
        most = worth;
        best = i;
      }
    }
    return best;
  }
  /** The news that most share now, among what is free and a brigade would have held; if there is none, among what is free. */
  function ripest(community: number): number {
    let best = -1;
    let most = -1;
    let ripe = false;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (kind[i] !== NEWS || status[i] !== FREE) continue;
      const x = i * communities + community;
      const evidence = local ? reportsOf[x] * PER_REPORT - viewsOf[x] * PER_VIEW : suspicion(items, i);
      const falls = evidence + BRIGADE * (PER_REPORT - PER_VIEW) >= limit && evidence < limit;
      if ((ripe && !falls) || (ripe === falls && sharers[i] <= most)) continue;
      ripe = falls;
      most = sharers[i];
      best = i;
    }
    return best;
  }
  const testify = (i: number, community: number, filed: number, seen: number) => {
    reports[i] += filed;
    views[i] += seen;
    if (!local) return;
    reportsOf[i * communities + community] += filed;
    viewsOf[i * communities + community] += seen;
  };

  return {
    mostSuspect,
    /** Account k acts; false where an item found no slot. */
    act(k: number, action: number): boolean {
      const community = k % communities;
      switch (action) {
        case POST_PLAUSIBLE:
          return post(items, communities, PLAUSIBLE, community, k);
        case POST_SENSATIONAL:
          return post(items, communities, SENSATIONAL, community, k);
        case POST_DECOY:
          return post(items, communities, DECOY, community, k);
        case BOOSTS:
        case BOOSTS_APART: {
          const i = freshest(action === BOOSTS_APART);
          if (i < 0) return true;
          sharers[i] += BOOST;
          sharersOf[i * communities + community] += BOOST;
          return true;
        }
        case BRIGADES: {
          const i = ripest(community);
          if (i < 0) return true;
          testify(i, community, BRIGADE, BRIGADE);
          accusers[2 * i + (k >> 5)] |= 1 << (k & 31);
          return true;
        }
        case VOUCHES: {
          const i = mostSuspect();
          if (i >= 0) testify(i, community, 0, VOUCH);
          return true;
        }
        default:
          return true;
      }
    },
  };
}
