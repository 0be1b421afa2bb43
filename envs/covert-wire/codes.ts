import { Rng } from "masque";
import type { WireParams } from "./env.ts";
import { COVERS, codeWeights, coverLaw, gStatistic, quantiles, remembered } from "./model.ts";

/** What Alice sends for a message in a slot, given its key u in 0…63 and that of slot 0. Bob knows it too. */
export type Code = (message: number, slot: number, key: number, firstKey: number) => number;
export type Wire = Pick<WireParams, "cover" | "slots" | "bits">;
const wireOf = ({ cover, slots, bits }: Wire): Wire => ({ cover, slots, bits });

/** Codebooks have at most this many columns; longer wires repeat them. */
const COLUMNS = 64;

/** The message's digits in the open, over and over: bits on two symbols, octal digits on eight. */
export function plain({ cover, bits }: Wire): Code {
  const width = COVERS[cover].length === 2 ? 1 : 3;
  const digits = Math.ceil(bits / width);
  return (message, slot) => (message >> (width * (slot % digits))) & (2 ** width - 1);
}

/**
 * Words with `weight` ones (see `codeWeights`) in slots that a secret permutation picks. They are disjoint while they
 * fit; then the next lap begins, with a permutation of its own, and words of different laps may meet.
 * @returns the slots of each message's word; `owner[lap][slot]`, the message whose word has a one there, or −1
 */
export const words = remembered(({ wire: { slots, bits }, weight }: { wire: Wire; weight: number }) => {
  const rng = new Rng(1, "covert-wire", "words", slots);
  const sets: Int32Array[] = [];
  const lapOf: number[] = [];
  const owner: Int16Array[] = [];
  let order = new Int32Array(0);
  let at = 0;
  for (const wanted of codeWeights(weight, 2 ** bits)) {
    const ones = Math.min(wanted, slots);
    if (owner.length === 0 || at + ones > slots) {
      order = rng.shuffle(Int32Array.from({ length: slots }, (_, slot) => slot));
      owner.push(new Int16Array(slots).fill(-1));
      at = 0;
    }
    for (const slot of order.subarray(at, at + ones)) owner[owner.length - 1][slot] = sets.length;
    lapOf.push(owner.length - 1);
    sets.push(order.slice(at, at + ones));
    at += ones;
  }
  return { sets, lapOf, owner };
});

/**
 * Sends a one in the slots of the message's word. `keyed`: the code is turned by slot 0's key, so that it differs from
 * episode to episode. On the random cover a one is a shift of the key by half its range, which no warden can see.
 */
export const sparse =
  (weight: number, keyed = true) =>
  (wire: Wire): Code => {
    const { lapOf, owner } = words({ wire: wireOf(wire), weight });
    const law = quantiles(wire.cover);
    const { cover, slots } = wire;
    return (message, slot, key, firstKey) => {
      const turn = keyed ? Math.floor((firstKey * slots) / 64) : 0;
      const one = owner[lapOf[message]][(slot + turn) % slots] === message ? 1 : 0;
      return cover === "silent" ? one : law[(key + 32 * one) & 63];
    };
  };

/** Perfect steganography: x = F⁻¹((u + r) mod 1) with a public random codebook r has exactly the cover's law. */
export function perfect(wire: Wire): Code {
  const law = quantiles(wire.cover);
  const { table, columns } = codebook({ wire: wireOf(wire), kind: "shifts" });
  return (message, slot, key) => law[(key + table[message * columns + (slot % columns)]) & 63];
}

/**
 * Codes that ignore the key. `loud`: words as different as can be, whatever the warden thinks. `even`: the same, but
 * every word has each symbol equally often. `typical`: every word has the histogram that the warden suspects least.
 */
export const spread =
  (kind: "loud" | "even" | "typical") =>
  (wire: Wire): Code => {
    const { table, columns } = codebook({ wire: wireOf(wire), kind });
    return (message, slot) => table[message * columns + (slot % columns)];
  };

/** Loud words in the slots that no word of that weight has a one in, and the cover in all others. */
export const beside =
  (weight: number) =>
  (wire: Wire): Code => {
    const { owner } = words({ wire: wireOf(wire), weight });
    const loud = spread("loud")(wire);
    const law = quantiles(wire.cover);
    const isFree = (slot: number) => owner.every((lap) => lap[slot] === -1);
    return (message, slot, key, firstKey) => (isFree(slot) ? loud(message, slot, key, firstKey) : law[key & 63]);
  };

/** Greedy: of some random words, the next one is the one that a union bound on Bob's error likes best. */
const codebook = remembered(({ wire, kind }: { wire: Wire; kind: "shifts" | "loud" | "even" | "typical" }) => {
  const rng = new Rng(1, "covert-wire", kind);
  const messages = 2 ** wire.bits;
  const columns = Math.min(wire.slots, COLUMNS);
  const symbols = kind === "shifts" ? 64 : COVERS[wire.cover].length;
  const composition = kind === "typical" ? leastSuspect(wire, columns) : undefined;
  const draw = () => {
    if (kind === "shifts" || kind === "loud") return Uint8Array.from({ length: columns }, () => rng.int(0, symbols));
    return rng.shuffle(composition?.slice() ?? Uint8Array.from({ length: columns }, (_, i) => i % symbols));
  };
  const tries = kind === "shifts" ? 1 : Math.max(1, Math.min(64, Math.floor(4e7 / (messages ** 2 * columns))));
  const table = new Uint8Array(messages * columns);
  const closeness = new Float64Array(columns + 1).fill(1);
  for (let distance = 1; distance <= columns; distance++) closeness[distance] = closeness[distance - 1] / 4;
  for (let m = 0; m < messages; m++) {
    let best: Uint8Array | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < tries; i++) {
      const word = draw();
      let sum = 0;
      for (let other = 0; other < m && tries > 1; other++) {
        let distance = 0;
        for (let c = 0; c < columns; c++) if (word[c] !== table[other * columns + c]) distance++;
        sum += closeness[distance];
      }
      if (sum < least) [best, least] = [word, sum];
    }
    table.set(best!, m * columns);
  }
  return { table, columns };
});

/** The histogram of least G, as a word. On the silent cover, where that says nothing, a single one. */
function leastSuspect({ cover }: Wire, columns: number): Uint8Array {
  const law = coverLaw(cover);
  const histogram = law.map((_, symbol) => (symbol === 0 ? columns : 0));
  if (cover === "silent") [histogram[0], histogram[1]] = [columns - 1, 1];
  // G is convex: moving one slot at a time from symbol to symbol ends at its least value.
  for (let improved = cover !== "silent"; improved; ) {
    improved = false;
    for (let from = 0; from < law.length; from++) {
      for (let to = 0; to < law.length; to++) {
        if (from === to || histogram[from] === 0) continue;
        const moved = histogram.map((h, i) => h + (i === to ? 1 : 0) - (i === from ? 1 : 0));
        if (gStatistic(moved, 0, law) < gStatistic(histogram, 0, law) - 1e-9) {
          histogram.set(moved);
          improved = true;
        }
      }
    }
  }
  return Uint8Array.from([...histogram].flatMap((h, symbol) => new Array<number>(h).fill(symbol)));
}
