import { box, discrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { COVERS, type WireParams } from "./params.ts";

const unit = (size: number) => box([size], 0, 1);

export function roles(p: WireParams) {
  const symbols = COVERS[p.cover].length;
  const kept = Math.min(p.slots, p.window);
  // Symbols are one-hot without symbol 0; slot t lies at place t mod kept, where it replaces the slot `kept` ago.
  const heard = unit(kept * (symbols - 1));
  const told = { active: unit(1), message: unit(p.bits), key: unit(1), cover: unit(symbols - 1) };
  const alice = layout({ time: unit(1), slot: unit(kept), ...told });
  const bob = layout({ time: unit(1), heard, keys: unit(kept) });
  const warden = layout({ time: unit(1), counts: box([symbols], 0, p.slots), heard });
  return {
    alice: { side: "attacker", count: 1, masked: true, observation: alice, action: discrete(symbols) },
    bob: { side: "attacker", count: 1, masked: true, observation: bob, action: discrete(2 ** p.bits) },
    warden: { side: "defender", count: p.wardens, masked: true, observation: warden, action: discrete(2) },
  } as const;
}

/** Where in Bob's observation he holds what Alice sent. */
export function channels({ cover, slots, window }: WireParams) {
  const width = COVERS[cover].length - 1;
  const kept = Math.min(slots, window);
  const isHeld = (sent: number, seen: number) => sent < slots && sent < seen && seen - sent <= kept;
  const at = (sent: number, seen: number) => (isHeld(sent, seen) ? 1 + (sent % kept) * width : -1);
  return [{ from: "alice", to: "bob", at, withoutZero: true }] as const;
}
