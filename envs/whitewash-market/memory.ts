/** What traders remember of names, where no registry does it for them. */
export interface Memory {
  /** How many traders know the name of this owner. */
  readonly known: Int32Array;
  /** Whether trader i has heard of owner j's name. */
  knows(i: number, j: number): boolean;
  learn(i: number, j: number): void;
  /** Traders i and j tell each other all names; each leaves out its own. */
  merge(i: number, j: number): void;
  /** Owner i has a new name, which nobody knows, and as a trader remembers nothing. */
  forget(i: number): void;
  clear(): void;
}

/** Lists of names as bits, a row a trader. */
export function memory(owners: number, traders: number): Memory {
  const words = (owners + 31) >>> 5;
  const lists = new Uint32Array(traders * words);
  const known = new Int32Array(owners);

  /** Adds to `known` for every bit of a word. */
  const count = (bits: number, word: number, by: number) => {
    for (let left = bits; left !== 0; left &= left - 1) known[32 * word + 31 - Math.clz32(left & -left)] += by;
  };
  const knows = (i: number, j: number) => ((lists[i * words + (j >>> 5)] >>> (j & 31)) & 1) === 1;
  const learn = (i: number, j: number) => {
    if (knows(i, j)) return;
    lists[i * words + (j >>> 5)] |= 1 << (j & 31);
    known[j]++;
  };
  const unlearn = (i: number, j: number) => {
    if (!knows(i, j)) return;
    lists[i * words + (j >>> 5)] &= ~(1 << (j & 31));
    known[j]--;
  };
  return {
    known,
    knows,
    learn,
    merge(i, j) {
      for (let w = 0; w < words; w++) {
        const a = lists[i * words + w];
        const b = lists[j * words + w];
        if (a === b) continue;
        count(b & ~a, w, 1);
        count(a & ~b, w, 1);
        lists[i * words + w] = lists[j * words + w] = a | b;
      }
      unlearn(i, i);
      unlearn(j, j);
    },
    forget(i) {
      for (let t = 0; t < traders; t++) unlearn(t, i);
      if (i >= traders) return;
      for (let w = 0; w < words; w++) {
        count(lists[i * words + w], w, -1);
        lists[i * words + w] = 0;
      }
    },
    clear() {
      lists.fill(0);
      known.fill(0);
    },
  };
}
