import { InputError } from "masque";

/** Probabilities are whole numbers of 4096ths: laws are the same bits on every machine. */
export const WHOLE = 4096;

/** What may be said next: tokens from the likeliest down, and their probabilities in 4096ths, each at least 1. */
export interface Law {
  readonly tokens: ArrayLike<number>;
  readonly p: ArrayLike<number>;
}

/**
 * A language as an automaton, which agents talk in. It answers at once and always the same; whoever asks a model must have
 * waited for it before. States are small whole numbers that the cover deals out: arrays are indexed by them.
 */
export interface Cover {
  readonly name: string;
  /** Tokens of every law. */
  readonly k: number;
  /** States that a message may begin in, each equally likely. */
  readonly starts: readonly number[];
  /** How many states there are, 0 … states − 1, where they are few enough to go through them all. */
  readonly states?: number;
  /** The law of what comes next. @throws InputError where the cover does not know it. */
  next(state: number): Law;
  /** The state once candidate i of a state's law was said. */
  after(state: number, i: number): number;
  /** A token as it stands in a text, with the space before it, if any. */
  text(token: number): string;
  /** What was said before a message that begins in this state. */
  opening(state: number): string;
}

/**
 * A law from any weights: the k largest, from the largest down (of equal ones the smaller token first), in 4096ths that
 * add up: one for each, the rest shared out by weight and rounded down, what that leaves for the first.
 * @throws InputError unless there are k weights above 0, all of them finite
 */
export function lawOf(tokens: ArrayLike<number>, weights: ArrayLike<number>, k: number): Law {
  const order = Array.from(tokens, (_, i) => i)
    .filter((i) => weights[i] > 0 && weights[i] < Number.POSITIVE_INFINITY)
    .sort((a, b) => weights[b] - weights[a] || tokens[a] - tokens[b])
    .slice(0, k);
  if (order.length < k) {
    throw new InputError(`A law: got ${order.length} tokens of positive finite weight, expected at least ${k}.`);
  }
  const sum = order.reduce((total, i) => total + weights[i], 0);
  const p = order.map((i) => 1 + Math.floor((weights[i] / sum) * (WHOLE - k)));
  p[0] += WHOLE - p.reduce((a, b) => a + b, 0);
  return { tokens: order.map((i) => tokens[i]), p };
}

/** Why a law is none; undefined where it is one. */
export function lawFault({ tokens, p }: Law, k: number): string | undefined {
  if (tokens.length !== k || p.length !== k) {
    return `got ${tokens.length} tokens and ${p.length} probabilities, expected ${k} of each`;
  }
  let sum = 0;
  for (let i = 0; i < k; i++) {
    if (!(Number.isInteger(p[i]) && p[i] >= 1)) return `p[${i}] is ${p[i]}, expected a whole number of 4096ths above 0`;
    if (i > 0 && p[i] > p[i - 1]) return `p[${i}] is above p[${i - 1}], expected the likeliest first`;
    if (!(Number.isInteger(tokens[i]) && tokens[i] >= 0)) return `tokens[${i}] is ${tokens[i]}, expected a token`;
    for (let j = 0; j < i; j++) if (tokens[i] === tokens[j]) return `token ${tokens[i]} is there twice`;
    sum += p[i];
  }
  return sum === WHOLE ? undefined : `the probabilities add up to ${sum}, expected ${WHOLE}`;
}
