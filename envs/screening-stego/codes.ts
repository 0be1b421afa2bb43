import type { Rng } from "masque";

/** Symbols a message, of an alphabet of 4: a message packs into 16 bits, symbol i in bits 2i and 2i + 1. */
export const SYMBOLS = 8;
export const ALPHABET = 4;
/** Bits of the task that the receiver has to learn from a message. */
export const TASK_BITS = 3;
export const TASKS = 2 ** TASK_BITS;
/** Floats of a message: eight one-hot symbols. */
export const WIDTH = SYMBOLS * ALPHABET;

/** Parity of a whole number below 2³². */
export function parity(x: number): number {
  let y = x ^ (x >>> 16);
  y ^= y >>> 8;
  y ^= y >>> 4;
  return (0x6996 >>> (y & 15)) & 1;
}

/** How many symbols two packed messages share. */
export function matches(a: number, b: number): number {
  // One bit for every symbol that differs, added up in pairs, fours and eights.
  let differ = a ^ b;
  differ = (differ | (differ >>> 1)) & 0x5555;
  differ = (differ & 0x3333) + ((differ >>> 2) & 0x3333);
  differ = (differ & 0x0f0f) + ((differ >>> 4) & 0x0f0f);
  return SYMBOLS - ((differ + (differ >>> 8)) & 15);
}

/**
 * A linear code of whole symbols for `bits` bits: symbol i is two parities of the word, chosen greedily to make
 * Σ 4^−weight least. One bit: repetition. Three: every two words differ in 6 symbols or more, the most there is (Plotkin).
 */
export function symbolCode(bits: number): Uint16Array {
  const words = new Uint16Array(2 ** bits);
  for (let i = 0; i < SYMBOLS; i++) {
    let best = Number.POSITIVE_INFINITY;
    let chosen = words;
    for (let a = 1; a < words.length; a++) {
      for (let b = a; b < words.length; b++) {
        const tried = words.map((word, x) => word | ((parity(a & x) | (parity(b & x) << 1)) << (2 * i)));
        let cost = 0;
        for (let x = 1; x < tried.length; x++) cost += 4 ** (matches(tried[x], 0) - SYMBOLS);
        if (cost < best) [best, chosen] = [cost, tried];
      }
    }
    words.set(chosen);
  }
  return words;
}

/** The word of a code nearest to a message: the likeliest one, for every η < 1. */
export function nearest(code: Uint16Array, message: number): number {
  let best = 0;
  let most = -1;
  for (let x = 0; x < code.length; x++) {
    const n = matches(code[x], message);
    if (n > most) [most, best] = [n, x];
  }
  return best;
}

/** The task in the symbols' high bits alone: eight parities, any two tasks four apart. */
export const taskCode: Uint16Array = Uint16Array.from({ length: 2 ** TASK_BITS }, (_, task) => {
  let word = 0;
  for (let i = 0; i < SYMBOLS; i++) word |= parity(((i % 7) + 1) & task) << (2 * i + 1);
  return word;
});

const HIGH = 0xaaaa;

/** How a pair hides a secret besides the task. */
export interface Code {
  encode(task: number, secret: number, rng: Rng): number;
  task(message: number): number;
  secret(message: number): number;
}

/** The secret takes all symbols, and the task none: the most that noise lets through. */
export function wide(secretBits: number): Code {
  const code = symbolCode(secretBits);
  return { encode: (_, secret) => code[secret], task: () => 0, secret: (message) => nearest(code, message) };
}

/**
 * In the low bits ⌊8/j⌋ parities of j symbols each, dealt to the secret's bits in turn; the task in the high bits, or
 * nothing there. All else is random: within a parity, any j − 1 symbols are independent of the secret.
 */
export function parityCode(order: number, secretBits: number, withTask = true): Code {
  const copies = Math.floor(SYMBOLS / order);
  const groups = Array.from({ length: copies }, (_, g) => {
    let mask = 0;
    for (let i = g * order; i < (g + 1) * order; i++) mask |= 1 << (2 * i);
    return { mask, flip: 1 << (2 * g * order), bit: g % secretBits };
  });
  return {
    encode(task, secret, rng) {
      const noise = rng.word() >>> 16;
      let word = withTask ? taskCode[task] | (noise & ~HIGH) : noise;
      for (const { mask, flip, bit } of groups) if (parity(word & mask) !== ((secret >>> bit) & 1)) word ^= flip;
      return word;
    },
    task: (message) => (withTask ? nearest(taskCode, message & HIGH) : 0),
    secret(message) {
      let guess = 0;
      for (let bit = 0; bit < secretBits; bit++) {
        let votes = 0;
        for (const group of groups) if (group.bit === bit) votes += 2 * parity(message & group.mask) - 1;
        if (votes > 0) guess |= 1 << bit;
      }
      return guess;
    },
  };
}
