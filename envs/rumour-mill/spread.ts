import type { Rng } from "masque";
import { few } from "./draws.ts";
import { FREE, HELD, type Items, REMOVED } from "./items.ts";
import { type Appeal, HELD_PERSUASION, LEAK, mixing, NEWS, PLAUSIBLE, SENSATIONAL } from "./model.ts";

/** How a feed is laid out. */
export interface Feed {
  readonly communities: number;
  readonly followers: number;
  readonly home: number;
  readonly life: number;
}

/** What readers saw in a step, by community: views of false items (held ones count for less), and of news. */
export interface Seen {
  readonly lies: Float64Array;
  readonly news: Float64Array;
  /** In all: views of false items, views of what readers post, and views of that which moderation took away. */
  falseViews: number;
  innocentViews: number;
  lostViews: number;
}

export const unseen = (communities: number): Seen => ({
  lies: new Float64Array(communities),
  news: new Float64Array(communities),
  falseViews: 0,
  innocentViews: 0,
  lostViews: 0,
});

/**
 * One generation of every live item. A share is shown to `followers` fresh readers, a share `home` of them in the same
 * community. Fresh draws make readers of a community exchangeable, so counts are an exact lumping: sums of Poisson
 * numbers are Poisson, and what is drawn in all is scattered over communities where that is cheaper.
 * `cap` is the breaker's: a wave that would cross it is cut to what is left. `seen` is overwritten.
 */
export function spreader(
  { communities, followers, home, life }: Feed,
  appeal: readonly Appeal[],
  cap: number,
  items: Items,
  rng: Rng,
): (believing: Float64Array, seen: Seen) => void {
  const local = items.labelled.length > 0;
  const { inside, outside } = mixing(communities, home);
  const own = inside - outside;
  const wanted = new Float64Array(communities); // expected new sharers of the item at hand
  const shares = Float64Array.from(appeal, (one) => one.shares);
  const sharesMore = Float64Array.from(appeal, (one) => one.sharesBeliever - one.shares);
  const reporting = Float64Array.from(appeal, (one) => one.reports);
  const reportingMore = Float64Array.from(appeal, (one) => one.reportsBeliever - one.reports);
  const [leak, halved, free, held, removed] = [LEAK, HELD_PERSUASION, FREE, HELD, REMOVED];
  const [plausible, sensational] = [PLAUSIBLE, SENSATIONAL];
  const { kind, status, sharers, sharersOf, ghosts, reach, reports, views, reportsOf, viewsOf, labelled, age, owner } =
    items;

  /** Puts new sharers, in the mean `wanted` by community and `mean` in all, at `from`; returns their number. */
  function scatter(from: number, mean: number): number {
    if (mean > communities) {
      let all = 0;
      for (let g = 0; g < communities; g++) all += sharersOf[from + g] = few(rng, wanted[g]);
      return all;
    }
    for (let g = 0; g < communities; g++) sharersOf[from + g] = 0;
    const all = few(rng, mean);
    for (let n = 0; n < all; n++) {
      let left = rng.float32() * mean;
      let g = 0;
      while (g < communities - 1 && left >= wanted[g]) left -= wanted[g++];
      sharersOf[from + g]++;
    }
    return all;
  }

  /** One item's generation; it has sharers, real ones or ghosts. */
  function generation(i: number, believing: Float64Array, seen: Seen): void {
    const what = kind[i];
    const state = status[i];
    const from = i * communities;
    const wave = followers * sharers[i];
    const everywhere = outside * sharers[i];
    let pass = 1;
    if (state === removed) pass = 0;
    else if (state === held) pass = leak;
    else if (state === free && reach[i] + wave > cap && wave > 0) pass = Math.max(leak, (cap - reach[i]) / wave);
    const persuades = state === held ? halved : 1;
    const { lies, news } = seen;
    const lie = what === plausible || what === sensational;
    let shown = 0;
    let mean = 0;
    let reported = 0;
    for (let g = 0; g < communities; g++) {
      const marked = local && labelled[from + g] === 1;
      const passes = marked ? Math.min(pass, leak) : pass;
      const here = followers * (everywhere + own * sharersOf[from + g]) * passes;
      const b = believing[g];
      shown += here;
      const more = here * (shares[what] + sharesMore[what] * b);
      wanted[g] = more;
      mean += more;
      const files = here * (reporting[what] + reportingMore[what] * b);
      if (local) {
        const filed = few(rng, files);
        reportsOf[from + g] += filed;
        viewsOf[from + g] += here;
        reports[i] += filed;
      } else reported += files;
      if (lie) lies[g] += here * (marked ? halved : persuades);
      else if (what === NEWS) news[g] += here;
    }
    if (!local && shown > 0) reports[i] += few(rng, reported);
    views[i] += shown;
    reach[i] += shown;
    sharers[i] = shown > 0 ? scatter(from, mean) : 0;
    if (shown === 0) for (let g = 0; g < communities; g++) sharersOf[from + g] = 0;
    if (lie) seen.falseViews += shown;
    if (owner[i] >= 0) return;
    const lost = wave - shown + followers * ghosts[i];
    seen.innocentViews += shown;
    // What rounding leaves of an uncut wave is nothing.
    if (lost > 1e-9) {
      seen.lostViews += lost;
      ghosts[i] = few(rng, lost * shares[what]);
    } else ghosts[i] = 0;
  }

  return (believing, seen) => {
    seen.lies.fill(0);
    seen.news.fill(0);
    seen.falseViews = 0;
    seen.innocentViews = 0;
    seen.lostViews = 0;
    const { slots, count } = items;
    let i = items.first;
    let gone = 0;
    for (let n = 0; n < count; n++) {
      if (sharers[i] + ghosts[i] > 0) generation(i, believing, seen);
      if (++age[i] >= life) gone++;
      if (++i === slots) i = 0;
    }
    items.count -= gone;
    items.first = (items.first + gone) % slots;
  };
}
