import type { Counts, Rng } from "masque";
import type { Memory } from "./memory.ts";
import { CHEAT, conviction, LOOT, meeting } from "./model.ts";
import type { Names } from "./names.ts";
import type { Market } from "./params.ts";

/** One over what is expected in an episode, were everybody inside: full trades of traders, and meetings with cheats. */
export function expected(p: Market) {
  const { traders, cheats, steps } = p;
  return {
    perPair: 1 / (steps * traders * ((traders - 1) / (traders + cheats - 1))),
    perTheft: 1 / (steps * cheats * meeting(p)),
  };
}

interface Acts {
  readonly actions: Int32Array;
  readonly rewards: Float64Array;
}

export interface Meetings {
  /** What each name is trusted with in this step; to be set before `all`. */
  readonly trusted: Float64Array;
  /** What each owner gained in this step, in full trades. */
  readonly gained: Float64Array;
  /** 1 where the partner knew the name and refused. */
  readonly refused: Uint8Array;
  /** 1 where a complaint expels, in a registry. */
  readonly ruined: Uint8Array;
  /** Pairs everybody, and lets them trade. */
  all(): void;
  clear(): void;
}

/** Meetings of a step: owners are paired uniformly, and a pair trades what the less trusted of its names is trusted with. */
export function meetings(
  p: Market,
  { trader, cheat, registrar }: { readonly trader: Acts; readonly cheat: Acts; readonly registrar: Acts },
  counters: Counts<"value" | "pairs" | "stolen" | "meetings" | "thefts">,
  rng: Rng,
  { trade }: Names,
  gossip: Memory | undefined,
): Meetings {
  const { traders, cheats, share, strictness } = p;
  const owners = traders + cheats;
  const caught = conviction(strictness);
  const { perPair, perTheft } = expected(p);
  const perReward = cheats * perTheft;
  const [loot, cheating] = [LOOT, CHEAT]; // locals: imported names are looked up in every use
  const order = new Int32Array(owners);
  const trusted = new Float64Array(owners);
  const gained = new Float64Array(owners);
  const ruined = new Uint8Array(owners);
  const refused = new Uint8Array(owners);

  const cheatsNow = (i: number) => (i < traders ? trader.actions[i] : cheat.actions[i - traders]) === cheating;
  const steal = (thief: number, stake: number) => {
    counters.stolen += stake;
    counters.thefts++;
    cheat.rewards[thief - traders] = stake * perReward;
    registrar.rewards[0] -= stake * perTheft;
  };
  const meet = (i: number, j: number) => {
    const complaint = rng.word() * 2 ** -32;
    const other = rng.word() * 2 ** -32;
    const told = gossip !== undefined && rng.float32() < share;
    const a = i < traders;
    const b = j < traders;
    if (!a && !b) return; // two cheats leave each other alone
    let stake = Math.min(trusted[i], trusted[j]);
    if (gossip) {
      if (b && gossip.knows(j, i)) refused[i] = 1;
      if (a && gossip.knows(i, j)) refused[j] = 1;
      if (refused[i] + refused[j] > 0) stake = 0;
      if (told && a && b) gossip.merge(i, j);
    }
    if (a && b) counters.pairs++;
    else counters.meetings++;
    if (stake === 0) return;
    const x = cheatsNow(i);
    const y = cheatsNow(j);
    gained[i] = stake * (y ? (x ? loot - 1 : -1) : x ? loot : 1);
    gained[j] = stake * (x ? (y ? loot - 1 : -1) : y ? loot : 1);
    if (a && b) {
      const made = gained[i] + gained[j];
      counters.value += made;
      registrar.rewards[0] += made * perPair;
    } else if (a ? y : x) steal(a ? j : i, stake);
    trade(i);
    trade(j);
    const badI = complaint < (x ? caught : strictness);
    const badJ = other < (y ? caught : strictness);
    if (gossip) {
      if (badI && b) gossip.learn(j, i);
      if (badJ && a) gossip.learn(i, j);
    } else {
      if (badI) ruined[i] = 1;
      if (badJ) ruined[j] = 1;
    }
  };
  return {
    trusted,
    gained,
    refused,
    ruined,
    all() {
      gained.fill(0);
      refused.fill(0);
      for (let i = owners - 1; i > 0; i--) {
        const j = Math.floor(rng.word() * 2 ** -32 * (i + 1));
        const held = order[i];
        order[i] = order[j];
        order[j] = held;
      }
      for (let n = 0; n < owners; n += 2) meet(order[n], order[n + 1]);
    },
    clear() {
      for (let i = 0; i < owners; i++) order[i] = i;
      for (const array of [trusted, gained, refused, ruined]) array.fill(0);
    },
  };
}
