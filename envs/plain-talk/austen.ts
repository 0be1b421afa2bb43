import { AUSTEN_BITS, AUSTEN_WORDS } from "./austen-data.ts";
import { type Cover, WHOLE } from "./covers.ts";

const WORDS = 2048;
const PAIRS = 6144;
const STATES = WORDS + PAIRS;
const STARTS = 64;
const K = 16;

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads numbers as scripts/austen.ts writes them, the highest bit first; a character of base64 holds six bits. */
function reader(base64: string) {
  const sixes = new Uint8Array(128);
  for (let i = 0; i < 64; i++) sixes[BASE64.charCodeAt(i)] = i;
  let at = 0;
  const bit = (): number => {
    const six = sixes[base64.charCodeAt(Math.floor(at / 6))];
    return (six >>> (5 - (at++ % 6))) & 1;
  };
  const take = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++) value = (value << 1) | bit();
    return value;
  };
  const golomb = (order: number): number => {
    let zeros = 0;
    while (bit() === 0) zeros++;
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
