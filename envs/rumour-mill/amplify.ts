import { FREE, HELD, type Items, isFalse, post, REMOVED, suspicion } from "./items.ts";
import {
  BOOST,
  BOOSTS,
  BRIGADE,
  BRIGADES,
  DECOY,
  NEWS,
  PLAUSIBLE,
  POST_DECOY,
  POST_PLAUSIBLE,
  POST_SENSATIONAL,
  SENSATIONAL,
  VOUCH,
  VOUCHES,
} from "./model.ts";

/** What accounts do to items. They know every item's evidence, as whoever owns them all would. */
export function amplifiers(communities: number, items: Items) {
  const local = items.labelled.length > 0;
  const { kind, age, status, sharers, sharersOf, reports, views, reportsOf, viewsOf } = items;

  /** The side's live falsehood that is neither held nor removed and least suspect, the freshest of equals. */
  function leastSuspect(): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (!isFalse(kind[i]) || status[i] === HELD || status[i] === REMOVED) continue;
      const worth = suspicion(items, i) + age[i] * 1e-3;
      if (worth < least) {
        least = worth;
        best = i;
      }
    }
    return best;
  }
  /** The side's most suspect falsehood that is still free to spread. */
  function mostSuspect(): number {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (!isFalse(kind[i]) || status[i] !== FREE) continue;
      const worth = suspicion(items, i);
      if (worth > most) {
        most = worth;
        best = i;
      }
    }
    return best;
  }
  /** The news that most share now, if it is free. */
  function mostShared(): number {
    let best = -1;
    let most = -1;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (kind[i] !== NEWS || status[i] !== FREE) continue;
      if (sharers[i] > most) {
        most = sharers[i];
        best = i;
      }
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
        case BOOSTS: {
          const i = leastSuspect();
          if (i < 0) return true;
          sharers[i] += BOOST;
          sharersOf[i * communities + community] += BOOST;
          return true;
        }
        case BRIGADES: {
          const i = mostShared();
          if (i >= 0) testify(i, community, BRIGADE, BRIGADE);
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
