import { box, discrete, type Flat, layout, type Scene, type Shape, type Tone } from "masque";
import { FREE, HELD, type Items, isFalse, REMOVED, suspicion } from "./items.ts";
import { ACTIONS, DECOY, DUTIES, NEWS, SUSPENSION } from "./model.ts";

/** Counts of items are shown in tens, up to a hundred. */
const TENS = 10;
const unit = (says: string) => box([1], 0, 1, { says });
const tens = (says: string) => box([1], 0, TENS, { says: `${says}, in tens (at most ${TENS})` });

const sees = {
  amplifier: layout({
    time: unit("share of the episode's steps taken"),
    belief: unit("share of all readers who believe the falsehood"),
    queue: tens("items that are held"),
    fatigue: unit("mean fatigue of the reviewers"),
    live: tens("falsehoods of its side that are live"),
    held: tens("falsehoods of its side that are held or removed"),
    news: tens("news that is free to spread"),
    suspended: unit("share of its suspension still to sit out"),
    account: unit("its place among the accounts, from 0 to 1"),
    suspicion: box([1], -1, 1, {
      says: "suspicion of its side's most suspect free falsehood over the limit that holds it (over 5 where nothing does), cut to ±1; 0 if there is none",
    }),
  }),
  reviewer: layout({
    fatigue: unit("its own fatigue: 0 rested, 1 exhausted"),
    queue: tens("items that are held"),
    time: unit("share of the episode's steps taken"),
  }),
};

export const rolesOf = ({ amplifiers, reviewers }: { readonly amplifiers: number; readonly reviewers: number }) =>
  ({
    amplifier: {
      side: "attacker",
      count: amplifiers,
      observation: sees.amplifier,
      action: discrete(ACTIONS.length, { says: "what its account does, unless it is suspended", names: ACTIONS }),
    },
    reviewer: {
      side: "defender",
      count: reviewers,
      observation: sees.reviewer,
      action: discrete(DUTIES.length, { says: "what the reviewer does in this step", names: DUTIES }),
    },
  }) as const;

interface Known {
  readonly items: Items;
  readonly suspended: Int32Array;
  readonly fatigue: Float64Array;
  /** Suspicion from which an item is held. */
  readonly limit: number;
  readonly accounts: { mostSuspect(): number };
}

/** Returns what writes everyone's observation after a share `time` of the steps, with `belief` of the readers won. */
export function observer(
  { amplifiers, reviewers }: { readonly amplifiers: number; readonly reviewers: number },
  { amplifier, reviewer }: Readonly<Record<"amplifier" | "reviewer", Pick<Flat, "obs">>>,
  { items, suspended, fatigue, limit, accounts }: Known,
): (time: number, belief: number) => void {
  const [width, theirs] = [sees.amplifier.size, sees.reviewer.size];
  const [mine, own] = [sees.amplifier.at, sees.reviewer.at];
  const perLimit = limit > 0 && limit < Number.POSITIVE_INFINITY ? 1 / limit : 0.2;
  const perSuspension = 1 / SUSPENSION;
  const [free, held, removed, news] = [FREE, HELD, REMOVED, NEWS];
  const { kind, status } = items;
  const shown = (count: number) => Math.min(TENS, count / TENS);

  return (time, belief) => {
    let queue = 0;
    let live = 0;
    let stopped = 0;
    let spreading = 0;
    let i = items.first;
    for (let n = items.count; n > 0; n--, i = i + 1 === items.slots ? 0 : i + 1) {
      const state = status[i];
      if (state === held) queue++;
      if (isFalse(kind[i])) {
        live++;
        if (state === held || state === removed) stopped++;
      } else if (kind[i] === news && state === free) spreading++;
    }
    let tired = 0;
    for (let j = 0; j < reviewers; j++) tired += fatigue[j];
    tired /= reviewers;
    const suspect = accounts.mostSuspect();
    const worst = suspect < 0 ? 0 : Math.max(-1, Math.min(1, suspicion(items, suspect) * perLimit));
    const { obs } = amplifier;
    for (let k = 0, from = 0; k < amplifiers; k++, from += width) {
      obs[from + mine.time] = time;
      obs[from + mine.belief] = belief;
      obs[from + mine.queue] = shown(queue);
      obs[from + mine.fatigue] = tired;
      obs[from + mine.live] = shown(live);
      obs[from + mine.held] = shown(stopped);
      obs[from + mine.news] = shown(spreading);
      obs[from + mine.suspended] = suspended[k] * perSuspension;
      obs[from + mine.account] = amplifiers > 1 ? k / (amplifiers - 1) : 0;
      obs[from + mine.suspicion] = worst;
    }
    for (let j = 0, from = 0; j < reviewers; j++, from += theirs) {
      reviewer.obs[from + own.fatigue] = fatigue[j];
      reviewer.obs[from + own.queue] = shown(queue);
      reviewer.obs[from + own.time] = time;
    }
  };
}

/** A bar of belief for every community; below, what is live: its size tells how many share it, a box that it is held. */
export function picture(
  { communities, readers, life }: { readonly communities: number; readonly readers: number; readonly life: number },
  items: Items,
  believing: Float64Array,
  fatigue: Float64Array,
  step: number,
): Scene {
  const [width, height] = [24, 6];
  const each = width / communities;
  const shapes: Shape[] = Array.from(believing, (share, g): Shape => {
    const h = height * share;
    return { kind: "rect", x: (g + 0.1) * each, y: height - h, w: 0.8 * each, h, tone: "bad" };
  });
  const rows = new Array<number>(life).fill(0);
  let held = 0;
  for (let n = 0; n < items.count; n++) {
    const i = (items.first + n) % items.slots;
    if (items.status[i] === HELD) held++;
    const column = rows[items.age[i]]++;
    const tone: Tone = isFalse(items.kind[i]) ? "attacker" : items.kind[i] === DECOY ? "neutral" : "benign";
    const x = 0.5 + column;
    const y = height + 1 + items.age[i];
    if (column >= width || items.status[i] === REMOVED) continue;
    if (items.status[i] === HELD)
      shapes.push({ kind: "rect", x: x - 0.4, y: y - 0.4, w: 0.8, h: 0.8, tone: "defender" });
    shapes.push({ kind: "circle", x, y, r: Math.min(0.45, 0.12 * Math.sqrt(1 + items.sharers[i])), tone });
  }
  const believers = Math.round(believing.reduce((sum, share) => sum + share * readers, 0));
  const tired = fatigue.reduce((sum, one) => sum + one, 0) / fatigue.length;
  return {
    title:
      "red: readers of each community who believe; below: live items by age, false ones as the attacker's; boxed: held",
    width,
    height: height + 1 + life,
    shapes,
    labels: { step, believers, live: items.count, held, fatigue: tired.toFixed(2) },
  };
}
