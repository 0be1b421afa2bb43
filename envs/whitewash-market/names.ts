import type { Rng } from "masque";
import type { Memory } from "./memory.ts";
import { PURSE, probationTrades } from "./model.ts";
import type { Market } from "./params.ts";

/** Who holds which name: owners are the traders, then the cheats. */
export interface Names {
  /** r, trades that a name is worth. */
  readonly trades: Float64Array;
  /** Trades made under the name. */
  readonly age: Int32Array;
  /** 1 where an owner has no name and waits to be admitted. */
  readonly outside: Uint8Array;
  /** Full trades owned, by cheats; traders pay from outside. */
  readonly wallet: Float64Array;
  /** 1 where a cheat stands as voucher for others. */
  readonly willing: Uint8Array;
  /** Whether newcomers may be vouched for. */
  readonly vouching: boolean;
  /** Owner i gives up its name and waits outside. */
  drop(i: number): void;
  /** As `drop`, by a complaint: whoever vouched for i within its probation pays for it. */
  expel(i: number): void;
  /** Lets i in under a new name if it can pay: what it paid, or −1. */
  admit(i: number): number;
  /** One more trade of i. */
  trade(i: number): void;
  clear(): void;
}

export function names(p: Market, rng: Rng, memory: Memory | undefined): Names {
  const { traders, cheats, fee, dues, fool, backing, wards, liability } = p;
  const owners = traders + cheats;
  const probation = probationTrades(p.probation);
  const vouching = dues < 1 && probation > 0 && probation < Number.POSITIVE_INFINITY;
  const head = (1 - dues) * probation;
  const trades = new Float64Array(owners);
  const age = new Int32Array(owners);
  const outside = new Uint8Array(owners);
  const wallet = new Float64Array(owners);
  const willing = new Uint8Array(owners);
  const load = new Int32Array(owners); // wards in their probation
  const serial = new Int32Array(owners); // counts an owner's names: bonds are between names
  const voucher = new Int32Array(owners);
  const bond = new Int32Array(owners); // the voucher's serial at the time

  const bonded = (i: number) => voucher[i] >= 0 && serial[voucher[i]] === bond[i];
  const release = (i: number) => {
    if (bonded(i)) load[voucher[i]]--;
    voucher[i] = -1;
  };
  const free = (j: number, i: number) => j !== i && outside[j] === 0 && trades[j] >= probation && load[j] < wards;
  /** The first free voucher among the traders, from a random place on. */
  const graduate = (i: number) => {
    const from = rng.int(0, traders);
    for (let n = 0; n < traders; n++) {
      const j = from + n < traders ? from + n : from + n - traders;
      if (free(j, i)) return j;
    }
    return -1;
  };
  const sponsor = (i: number) => {
    if (i < traders) return rng.bernoulli(backing) ? graduate(i) : -1;
    for (let j = traders; j < owners; j++) if (willing[j] === 1 && free(j, i)) return j;
    return rng.bernoulli(fool) ? graduate(i) : -1;
  };
  const drop = (i: number) => {
    if (vouching) release(i);
    if (memory) memory.forget(i);
    serial[i]++;
    load[i] = trades[i] = age[i] = 0;
    outside[i] = 1;
  };
  return {
    trades,
    age,
    outside,
    wallet,
    willing,
    vouching,
    drop,
    expel(i) {
      if (vouching && liability && bonded(i)) trades[voucher[i]] = 0;
      drop(i);
    },
    admit(i) {
      if (i >= traders) {
        if (wallet[i] < fee) return -1;
        wallet[i] -= fee;
      }
      outside[i] = 0;
      if (!vouching) return fee;
      const by = sponsor(i);
      if (by < 0) return fee;
      voucher[i] = by;
      bond[i] = serial[by];
      load[by]++;
      trades[i] = head;
      return fee;
    },
    trade(i) {
      trades[i]++;
      age[i]++;
      if (vouching && age[i] >= probation) release(i);
    },
    clear() {
      for (const array of [trades, age, outside, wallet, willing, load, serial, bond]) array.fill(0);
      voucher.fill(-1);
      wallet.fill(PURSE, traders);
      memory?.clear();
    },
  };
}
