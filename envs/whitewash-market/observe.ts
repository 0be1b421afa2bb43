import { box, layout } from "masque";
import { FLOOR, LOOT, probationTrades, WALLET } from "./model.ts";
import type { Names } from "./names.ts";
import type { Market } from "./params.ts";

const outside = box([1], 0, 1, { says: "1 while it has no name and waits to be admitted" });
const time = box([1], 0, 1, { says: "share of the episode's steps taken" });
const shut = box([1], 0, 1, { says: "1 if admissions were frozen in the last step" });
/** What each role sees. */
export const sees = {
  trader: layout({
    trust: box([1], 0, 1, { says: "share of a full trade that its name is trusted with; 0 outside" }),
    outside,
    gained: box([1], -1, 1, { says: "what its last meeting brought, in full trades, over 1.5" }),
  }),
  cheat: layout({
    standing: box([1], 0, 1, { says: "trades of its name over the probation D, at most 1" }),
    trust: box([1], 0, 1, { says: "share of a full trade that its name is trusted with; 0 outside" }),
    wallet: box([1], 0, 1, { says: `what it owns in fees, over ${WALLET}, at most 1; 0 where names are free` }),
    refused: box([1], 0, 1, { says: "1 if its last partner knew its name and refused" }),
    outside,
    shut,
    time,
  }),
  registrar: layout({
    expelled: box([1], 0, 1, { says: "share of all owners who lost their name to complaints in the last step" }),
    entered: box([1], 0, 1, { says: "share of all owners who entered under a new name in the last step" }),
    trust: box([1], 0, 1, { says: "mean trust of the names there are" }),
    shut,
    time,
  }),
};

/** Where observations go: of one copy, by role. */
interface Eyes {
  readonly trader: { readonly obs: Float32Array };
  readonly cheat: { readonly obs: Float32Array };
  readonly registrar: { readonly obs: Float32Array };
}

/** What is seen of meetings: what each owner gained, and whether its partner refused it. */
interface Meetings {
  readonly gained: Float64Array;
  readonly refused: Uint8Array;
}

export interface Observer {
  /** What a name is trusted with: 0 outside. */
  trustOf(i: number): number;
  /** Writes everybody's observations after t steps. */
  observe(t: number, expelled: number, entered: number, open: boolean): void;
}

export function observer(p: Market, eyes: Eyes, names: Names, { gained, refused }: Meetings): Observer {
  const { traders, cheats, steps } = p;
  const owners = traders + cheats;
  const probation = probationTrades(p.probation);
  const slope = probation > 0 && probation < Number.POSITIVE_INFINITY ? 1 / probation : 0;
  const perFee = p.fee > 0 ? 1 / (WALLET * p.fee) : 0;
  const { trades, outside, wallet } = names;
  // Locals: imported names are looked up in every use.
  const [floor, perLoot] = [FLOOR, 1 / LOOT];
  const trustOf = (i: number) =>
    outside[i] === 1 ? 0 : trades[i] >= probation ? 1 : floor + (1 - floor) * trades[i] * slope;
  return {
    trustOf,
    observe(t, expelled, entered, open) {
      const frozen = open ? 0 : 1;
      const taken = t / steps;
      let total = 0;
      let inside = 0;
      // In the order of the layouts. Numbers spelt out let V8 check bounds once.
      const { obs: own } = eyes.trader;
      for (let i = 0, at = 0; i < traders; i++, at += 3) {
        const trusted = trustOf(i);
        total += trusted;
        inside += 1 - outside[i];
        own[at] = trusted;
        own[at + 1] = outside[i];
        own[at + 2] = gained[i] * perLoot;
      }
      const { obs } = eyes.cheat;
      for (let i = traders, at = 0; i < owners; i++, at += 7) {
        const trusted = trustOf(i);
        total += trusted;
        inside += 1 - outside[i];
        obs[at] = trades[i] >= probation ? 1 : trades[i] * slope;
        obs[at + 1] = trusted;
        obs[at + 2] = Math.min(1, wallet[i] * perFee);
        obs[at + 3] = refused[i];
        obs[at + 4] = outside[i];
        obs[at + 5] = frozen;
        obs[at + 6] = taken;
      }
      const { obs: desk } = eyes.registrar;
      desk[0] = expelled / owners;
      desk[1] = Math.min(1, entered / owners);
      desk[2] = inside > 0 ? total / inside : 0;
      desk[3] = frozen;
      desk[4] = taken;
    },
  };
}
