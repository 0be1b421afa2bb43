import { type Draws, Rng } from "masque";
import { pow } from "masque/numeric";

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
  encode(task: number, secret: number, rng: Draws): number;
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

export const MESSAGES = ALPHABET ** SYMBOLS;

/** Likelihood of d symbols read as another given one, against being read as written: one factor a symbol. */
export const slip = (eta: number): number => eta / 4 / (1 - (3 * eta) / 4);

/** Replaces x_m by Σ_w x_w ρ^d(w, m) for every message m, d the number of symbols that differ. In place. */
export function spread(x: Float64Array, rho: number): void {
  for (let unit = 1; unit < MESSAGES; unit *= ALPHABET) {
    for (let from = 0; from < MESSAGES; from += unit * ALPHABET) {
      for (let a = from; a < from + unit; a++) {
        const [b, c, d] = [a + unit, a + 2 * unit, a + 3 * unit];
        const sum = rho * (x[a] + x[b] + x[c] + x[d]);
        x[a] = sum + (1 - rho) * x[a];
        x[b] = sum + (1 - rho) * x[b];
        x[c] = sum + (1 - rho) * x[c];
        x[d] = sum + (1 - rho) * x[d];
      }
    }
  }
}

/** The secret that a word stands for, by packed message; −1 where it is no word. */
export type Labels = Int8Array;

/**
 * Many words a secret, one of which is drawn for each message, and no task: whoever has not seen a word's label cannot tell
 * it. The receiver knows all, and takes the likeliest secret under paraphrase η.
 */
export function dense(labels: Labels, secretBits: number, eta: number): Code {
  const secrets = 2 ** secretBits;
  const words = Array.from({ length: secrets }, (_, secret) => {
    const count = labels.reduce((n, label) => n + (label === secret ? 1 : 0), 0);
    const list = new Uint16Array(count);
    for (let m = 0, at = 0; m < MESSAGES; m++) if (labels[m] === secret) list[at++] = m;
    return list;
  });
  const read = new Uint8Array(MESSAGES);
  const most = new Float64Array(MESSAGES).fill(-1);
  for (let secret = 0; secret < secrets; secret++) {
    const likelihood = Float64Array.from(labels, (label) => (label === secret ? 1 / words[secret].length : 0));
    if (eta > 0) spread(likelihood, slip(eta));
    for (let m = 0; m < MESSAGES; m++) if (likelihood[m] > most[m]) [most[m], read[m]] = [likelihood[m], secret];
  }
  return {
    encode: (_, secret, rng) => words[secret][rng.int(0, words[secret].length)],
    task: () => 0,
    secret: (message) => read[message],
  };
}

/** All messages are words: bit j of the secret is Σ_i high_i · low_{i+j} mod 2, a bent function (Rothaus 1976). */
export function bent(secretBits: number): Labels {
  return Int8Array.from({ length: MESSAGES }, (_, m) => {
    let label = 0;
    for (let bit = 0; bit < secretBits; bit++) {
      const turned = ((m << (2 * bit)) | (m >>> (16 - 2 * bit))) & 0xffff;
      label |= parity((m >>> 1) & turned & 0x5555) << bit;
    }
    return label;
  });
}

const spaced = new Map<number, Uint16Array>();

/**
 * Random words as far from one another as greedy choice in a random order leaves them; drawn once, as what a pair may have
 * agreed on beforehand.
 */
export function spacedWords(count: number): Uint16Array {
  const known = spaced.get(count);
  if (known) return known;
  const rng = new Rng(1, "words", count);
  const order = Uint16Array.from({ length: MESSAGES }, (_, m) => m);
  for (let i = MESSAGES - 1; i > 0; i--) {
    const j = rng.int(0, i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const words = new Uint16Array(count);
  for (let distance = SYMBOLS; ; distance--) {
    let found = 0;
    for (let n = 0; n < MESSAGES && found < count; n++) {
      let near = 0;
      while (near < found && SYMBOLS - matches(words[near], order[n]) >= distance) near++;
      if (near === found) words[found++] = order[n];
    }
    if (found < count) continue;
    spaced.set(count, words);
    return words;
  }
}

const noWords = () => new Int8Array(MESSAGES).fill(-1);

/** Spaced words, dealt to the secrets in turn, which is at random. */
export function dealt(count: number, secretBits: number): Labels {
  const labels = noWords();
  for (const [i, word] of spacedWords(count).entries()) labels[word] = i % 2 ** secretBits;
  return labels;
}

/** Spaced words, each dealt to the secret that the words near it stand for least: who is near is a false guide. */
export function opposed(count: number, secretBits: number): Labels {
  const labels = noWords();
  const words = spacedWords(count);
  const left = new Int32Array(2 ** secretBits).fill(count / 2 ** secretBits);
  const pull = new Float64Array(2 ** secretBits);
  const weight = Float64Array.from({ length: SYMBOLS + 1 }, (_, same) => pow(0.35, SYMBOLS - same));
  for (const [i, word] of words.entries()) {
    pull.fill(0);
    for (let j = 0; j < i; j++) pull[labels[words[j]]] += weight[matches(words[j], word)];
    let least = -1;
    for (let s = 0; s < pull.length; s++) if (left[s] > 0 && (least < 0 || pull[s] < pull[least])) least = s;
    labels[word] = least;
    left[least]--;
  }
  return labels;
}

/** The first two symbols turn the alphabet in which the other six repeat the secret. */
export function turned(secretBits: number): Labels {
  const rng = new Rng(1, "turned");
  const labels = noWords();
  const repeated = symbolCode(secretBits);
  for (let turn = 0; turn < ALPHABET ** 2; turn++) {
    const by = rng.int(0, ALPHABET);
    for (let secret = 0; secret < 2 ** secretBits; secret++) {
      let word = turn;
      for (let i = 2; i < SYMBOLS; i++) word |= ((((repeated[secret] >>> (2 * i)) & 3) + by) & 3) << (2 * i);
      labels[word] = secret;
    }
  }
  return labels;
}

/** Every bit of the message agrees with a bit of the secret with probability (1 + lean)/2, by itself. */
export function leaning(secretBits: number, lean: number): Code {
  const right = (1 + lean) / 2;
  return {
    encode(_, secret, rng) {
      let word = 0;
      for (let i = 0; i < 2 * SYMBOLS; i++) {
        const bit = (secret >>> (i % secretBits)) & 1;
        word |= (rng.bernoulli(right) ? bit : 1 - bit) << i;
      }
      return word;
    },
    task: () => 0,
    secret(message) {
      let guess = 0;
      for (let bit = 0; bit < secretBits; bit++) {
        let votes = 0;
        for (let i = bit; i < 2 * SYMBOLS; i += secretBits) votes += 2 * ((message >>> i) & 1) - 1;
        if (votes > 0) guess |= 1 << bit;
      }
      return guess;
    },
  };
}
