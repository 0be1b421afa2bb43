import { type PolicyFor, Rng } from "masque";
import { log, pow } from "masque/numeric";
import { MESSAGES, matches, SYMBOLS, slip, spread, symbolCode } from "./codes.ts";
import type env from "./env.ts";
import { readMessage } from "./overseers.ts";
import { bitsAt, isThere, put } from "./slots.ts";

// Codes of many words, each used as often as any other. Audits learn a word's meaning from its other uses: words drawn at
// random meet by chance, words in turn as seldom as can be. And since whoever knows a code by heart needs no audits, the
// sender draws one of many books at the start of an episode, and the receiver finds out which from what it reads.

/** Books: the same words moved by a mask, and their meanings turned. */
const BOOKS = 32;
/** What a word d symbols away pulls, beside one at the same place: neighbours stand for different secrets. */
const PULL = 0.35;
/**
 * Words whose sums are codes of 128, 256 and 512: the first two are what `symbolCode` finds, in seconds; the last has few words closer
 * than 5 symbols, by search.
 */
const LARGE: Readonly<Record<number, readonly number[]>> = {
  7: [29249, 11522, 37956, 22792, 8528, 5664, 43648],
  8: [48385, 54786, 59652, 32264, 17680, 35360, 20800, 41600],
  9: [3438, 33640, 43608, 41493, 18618, 2151, 17070, 11003, 6405],
};

interface Book {
  readonly words: Uint16Array;
  /** The secret that each word stands for. */
  readonly label: Uint8Array;
  readonly books: readonly { readonly mask: number; readonly turn: number }[];
}

/** A linear code of 2^bits words. */
function linear(bits: number): Uint16Array {
  const basis = LARGE[bits];
  if (!basis) return symbolCode(bits);
  const words = new Uint16Array(2 ** bits);
  for (let i = 0; i < bits; i++) for (let u = 0; u < 1 << i; u++) words[(1 << i) + u] = words[u] ^ basis[i];
  return words;
}

const known = new Map<string, Book>();

/** A book of so many words, in 32 places: drawn once, as what a pair may have agreed on beforehand. */
export function evenBook(count: number, secretBits: number): Book {
  const name = `${count} ${secretBits}`;
  const found = known.get(name);
  if (found) return found;
  const rng = new Rng(1, "even", count, secretBits);
  const all = linear(32 - Math.clz32(count - 1));
  const words = all.slice();
  for (let i = words.length - 1; i > 0; i--) {
    const j = rng.int(0, i + 1);
    [words[i], words[j]] = [words[j], words[i]];
  }
  const secrets = 2 ** secretBits;
  const label = new Uint8Array(count);
  const left = new Int32Array(secrets).fill(Math.ceil(count / secrets));
  const weight = Float64Array.from({ length: SYMBOLS + 1 }, (_, same) => pow(PULL, SYMBOLS - same));
  const pull = new Float64Array(secrets);
  for (let i = 0; i < count; i++) {
    pull.fill(0);
    for (let j = 0; j < i; j++) pull[label[j]] += weight[matches(words[j], words[i])];
    let least = -1;
    for (let s = 0; s < secrets; s++) if (left[s] > 0 && (least < 0 || pull[s] < pull[least])) least = s;
    label[i] = least;
    left[least]--;
  }
  // Books lie in different cosets of the code, so that messages tell them apart.
  const taken = new Uint8Array(MESSAGES);
  const books = Array.from({ length: BOOKS }, () => {
    let mask = rng.int(0, MESSAGES);
    while (taken[mask] === 1) mask = rng.int(0, MESSAGES);
    for (const word of all) taken[word ^ mask] = 1;
    return { mask, turn: rng.int(0, secrets) };
  });
  const made = { words: words.subarray(0, count), label, books };
  known.set(name, made);
  return made;
}

/** Draws a book, then takes the words of each secret in turn. */
export const evenSender =
  (count: number): PolicyFor<typeof env, "sender"> =>
  ({ params: { secretBits, key }, at: places }) => {
    const { words, label, books } = evenBook(count, secretBits);
    const secrets = 2 ** secretBits;
    const lists = Array.from({ length: secrets }, (_, s) => Uint16Array.from(words.filter((_, x) => label[x] === s)));
    const stateSize = 1 + secrets; // 1 + the book, and messages sent of each label
    return {
      stateSize,
      act({ rows, obs, obsSize, state, rngs, actions }) {
        for (let row = 0; row < rows; row++) {
          const own = stateSize * row;
          if (state[own] === 0) state[own] = 1 + rngs[row].int(0, BOOKS);
          const { mask, turn } = books[state[own] - 1];
          const at = row * obsSize;
          const secret = bitsAt(obs, at + places.secret, secretBits) ^ turn;
          const s = key ? secret ^ bitsAt(obs, at + places.key, secretBits) : secret;
          const list = lists[s];
          const message = (list.length > 0 ? list[state[own + 1 + s]++ % list.length] : 0) ^ mask;
          put(actions, row, message);
        }
      },
    };
  };

/** Keeps the likelihood of every book, and reads by the likeliest. */
export const evenReceiver =
  (count: number): PolicyFor<typeof env, "receiver"> =>
  ({ params: { secretBits, key, paraphrase }, at: places }) => {
    const { words, label, books } = evenBook(count, secretBits);
    const s = slip(paraphrase);
    const weight = Float64Array.from({ length: SYMBOLS + 1 }, (_, same) => pow(s, SYMBOLS - same));
    const likelihood = new Float64Array(MESSAGES);
    for (const word of words) likelihood[word] = 1;
    if (s > 0) spread(likelihood, s);
    const evidence = likelihood.map((x) => log(Math.max(x, 1e-12)));
    const votes = new Float64Array(2 ** secretBits);
    return {
      stateSize: BOOKS,
      act({ rows, obs, obsSize, state, actions }) {
        for (let row = 0; row < rows; row++) {
          const at = row * obsSize;
          const message = readMessage(obs, at + places.message);
          const own = row * BOOKS;
          let best = 0;
          // In a step without a message there is nothing to learn from.
          const there = isThere(obs, at + places.message);
          for (let b = 0; b < BOOKS; b++) {
            if (there) state[own + b] += evidence[message ^ books[b].mask];
            if (state[own + b] > state[own + best]) best = b;
          }
          const { mask, turn } = books[best];
          votes.fill(0);
          for (let x = 0; x < words.length; x++) votes[label[x]] += weight[matches(words[x], message ^ mask)];
          let guess = 0;
          for (let v = 1; v < votes.length; v++) if (votes[v] > votes[guess]) guess = v;
          actions[2 * row] = 0;
          actions[2 * row + 1] = guess ^ turn ^ (key ? bitsAt(obs, at + places.key, secretBits) : 0);
        }
      },
    };
  };
