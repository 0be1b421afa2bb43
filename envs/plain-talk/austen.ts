import { AUSTEN_BITS, AUSTEN_WORDS } from "./austen-data.ts";
import { type Cover, WHOLE } from "./covers.ts";

const WORDS = 2048;
const PAIRS = 6144;
const STATES = WORDS + PAIRS;
const STARTS = 64;
const K = 16;

/** Reads numbers as scripts/austen.ts writes them, the highest bit first. */
function reader(base64: string) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  let at = 0;
  const take = (bits: number): number => {
    let value = 0;
    for (let end = at + bits; at < end; at++) value = (value << 1) | ((bytes[at >>> 3] >>> (7 - (at & 7))) & 1);
    return value;
  };
  const golomb = (order: number): number => {
    let zeros = 0;
    while (take(1) === 0) zeros++;
    const high = (1 << zeros) | take(zeros);
    return ((high - 1) << order) | take(order);
  };
  return { take, golomb };
}

/** The automaton of 2048 words and 6144 pairs of words, 16 candidates each. States 0 … 2047 are single words. */
function decode() {
  const { take, golomb } = reader(AUSTEN_BITS);
  const pairs = Uint32Array.from({ length: PAIRS }, () => take(22));
  const starts = Array.from({ length: STARTS }, () => take(13));
  const tokens = new Uint16Array(STATES * K);
  const p = new Uint16Array(STATES * K);
  for (let from = 0; from < STATES * K; from += K) {
    for (let i = 0; i < K; i++) tokens[from + i] = golomb(4);
    let left = WHOLE;
    for (let i = K - 1, above = 1; i > 0; i--) {
      above += golomb(3);
      p[from + i] = above;
      left -= above;
    }
    p[from] = left;
  }
  return { words: AUSTEN_WORDS.split(" "), pairs, starts, tokens, p };
}

/**
 * The English of Jane Austen's six novels, in lower case, by the last word or the last two: 3.26 bits a token. Embedded; read
 * when it is first asked. How it was built, and from what: `scripts/austen.ts`, `AUSTEN.md`.
 */
function austen(): Cover {
  let data: ReturnType<typeof decode> | undefined;
  let stateOf: Map<number, number> | undefined;
  const loaded = () => {
    data ??= decode();
    return data;
  };
  /** The last word of a state. */
  const last = (state: number) => (state < WORDS ? state : loaded().pairs[state - WORDS] % WORDS);
  const text = (token: number) => {
    const word = loaded().words[token];
    return /[a-z]/.test(word) ? ` ${word}` : word;
  };
  return {
    name: "austen",
    k: K,
    states: STATES,
    get starts() {
      return loaded().starts;
    },
    next(state) {
      const { tokens, p } = loaded();
      return { tokens: tokens.subarray(state * K, (state + 1) * K), p: p.subarray(state * K, (state + 1) * K) };
    },
    after(state, i) {
      const { pairs, tokens } = loaded();
      stateOf ??= new Map(Array.from(pairs, (pair, at) => [pair, WORDS + at]));
      const word = tokens[state * K + i];
      return stateOf.get(last(state) * WORDS + word) ?? word;
    },
    text,
    opening(state) {
      const before = state < WORDS ? [] : [Math.floor(loaded().pairs[state - WORDS] / WORDS)];
      return [...before, last(state)].map(text).join("");
    },
  };
}

/** The one that everybody shares. */
export const AUSTEN: Cover = austen();
