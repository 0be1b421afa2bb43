import type { Rng } from "masque";
import { FREE, forget, HELD, IMMUNE, type Items, isFalse, NOBODY, REMOVED, suspicion } from "./items.ts";
import { errorAt, OLDEST, PER_REPORT, PER_VIEW, REST, ROUNDING, SUSPENSION } from "./model.ts";

/** What moderation is given. */
export interface Rules {
  readonly communities: number;
  readonly reviewers: number;
  readonly tiring: number;
  readonly moderation: "central" | "crowd";
  readonly scope: "pooled" | "local";
  readonly verdict: "restart" | "immune";
}

/** What was done in a step. */
export interface Done {
  /** Items held, and innocent ones among them: once for each time that they are held. */
  held: number;
  heldInnocent: number;
  reviews: number;
  mistakes: number;
}

/** Holds items and reviews them. `limit` is that of suspicion, `cap` that of views. */
export function moderator(
  { communities, reviewers, tiring, moderation, scope, verdict }: Rules,
  limit: number,
  cap: number,
  items: Items,
  suspended: Int32Array,
  rng: Rng,
) {
  const fatigue = new Float64Array(reviewers);
  const crowd = moderation === "crowd";
  const local = scope === "local";
  // Where everything is held at birth, clearing an item would change nothing.
  const holdsAll = limit === Number.NEGATIVE_INFINITY || cap <= 0;
  const holdsNone = limit === Number.POSITIVE_INFINITY && cap === Number.POSITIVE_INFINITY;
  const { kind, owner, status, since, reach, sharers, reportsOf, viewsOf, labelled, accusers } = items;
  const [free, held, perReport, perView, slack] = [FREE, HELD, PER_REPORT, PER_VIEW, ROUNDING];

  const suspend = (account: number) => {
    if (account !== NOBODY && suspended[account] === 0) suspended[account] = SUSPENSION;
  };
  /** A community's own reports label an item there; an account at home in it is suspended. */
  const label = (i: number, done: Done) => {
    for (let g = 0; g < communities; g++) {
      const x = i * communities + g;
      if (labelled[x] === 1 || reportsOf[x] * perReport - viewsOf[x] * perView < limit) continue;
      labelled[x] = 1;
      done.held++;
      if (owner[i] === NOBODY) done.heldInnocent++;
      else if (owner[i] % communities === g) suspend(owner[i]);
    }
  };

  /** Holds what has become suspect or seen by too many. */
  function flag(t: number, done: Done): void {
    if (holdsNone) return;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (local && status[i] !== REMOVED) label(i, done);
      if (status[i] !== free) continue;
      const suspect = !local && suspicion(items, i) >= limit;
      if (!suspect && reach[i] + slack < cap) continue;
      status[i] = held;
      since[i] = t;
      done.held++;
      if (owner[i] === NOBODY) done.heldInnocent++;
      if (crowd && suspect) suspend(owner[i]);
    }
  }

  /**
   * The held item that a reviewer takes, by lot among equals: the order in which items lie tells who posted them. −1
   * where none is held.
   */
  function next(duty: number): number {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    let equals = 0;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      if (status[i] !== held) continue;
      const worth = duty === OLDEST ? -since[i] : sharers[i];
      if (worth > most) {
        most = worth;
        best = i;
        equals = 1;
      } else if (worth === most && rng.float32() * ++equals < 1) best = i;
    }
    return best;
  }

  /** Who posted what is judged false is suspended, and who brigaded what is judged true. */
  function judge(i: number, tired: number, done: Done): void {
    const guilty = isFalse(kind[i]);
    const wrong = rng.float32() < errorAt(tired);
    done.reviews++;
    if (wrong) done.mistakes++;
    if (guilty !== wrong) {
      status[i] = REMOVED;
      // A verdict lasts from now on, whatever was still to be served.
      if (owner[i] !== NOBODY) suspended[owner[i]] = SUSPENSION;
      return;
    }
    for (let k = 0; k < suspended.length; k++) {
      if ((accusers[2 * i + (k >> 5)] >>> (k & 31)) & 1) suspended[k] = SUSPENSION;
    }
    if (holdsAll) return;
    status[i] = verdict === "immune" ? IMMUNE : FREE;
    if (verdict === "restart") forget(items, communities, i);
  }

  /** Reviewers do their duty, in turn; who reviewed something tires, who did not recovers. */
  function review(duties: ArrayLike<number>, done: Done): void {
    for (let j = 0; j < reviewers; j++) {
      const i = crowd || duties[j] === REST ? -1 : next(duties[j]);
      if (i >= 0) judge(i, fatigue[j], done);
      fatigue[j] = i >= 0 ? fatigue[j] + tiring * (1 - fatigue[j]) : fatigue[j] - tiring * fatigue[j];
    }
  }

  return { fatigue, flag, review };
}
