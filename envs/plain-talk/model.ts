import { type Draws, Rng } from "masque";
import { log } from "masque/numeric";
import type { Cover } from "./covers.ts";
import { Language } from "./language.ts";

/** What the laws of a message depend on, of an environment's parameters. */
export interface Talk {
  readonly tokens: number;
  readonly candidates: number;
  readonly choices: number;
  readonly redraw: number;
  readonly feedback: boolean;
  readonly innocents: number;
}

/** Words of the secret: as many bits as the candidates' numbers could carry if nobody minded. */
export const wordsOf = (p: Readonly<Record<"tokens" | "candidates" | "wordBits", number>>): number =>
  Math.floor((p.tokens * log(p.candidates)) / (Math.LN2 * p.wordBits) + 1e-9);

/** Where each overseer's slice of a message begins, and where the last ends. */
export const slices = ({ tokens, overseers }: Readonly<Record<"tokens" | "overseers", number>>): number[] =>
  Array.from({ length: overseers + 1 }, (_, g) => Math.ceil((g * tokens) / overseers));

/** What a cover was asked for before, by name: copies of an environment, its scripts and their levels share it. */
const kept = new WeakMap<Cover, Map<string, unknown>>();
export function remembered<T>(cover: Cover, name: string, make: () => T): T {
  let known = kept.get(cover);
  if (!known) {
    known = new Map();
    kept.set(cover, known);
  }
  if (!known.has(name)) known.set(name, make());
  return known.get(name) as T;
}

export const languageOf = (cover: Cover, { candidates, choices }: Pick<Talk, "candidates" | "choices">): Language => {
  const cut = Math.min(choices, candidates);
  return remembered(cover, `language ${candidates} ${cut}`, () => new Language(cover, candidates, cut));
};

/** What the gateway makes of a candidate of the state that was spoken in, where it delivers in another or the same. */
export class Gateway {
  readonly #language: Language;
  readonly #redraw: number;
  readonly #rng: Draws;
  constructor(language: Language, redraw: number, rng: Draws) {
    this.#language = language;
    this.#redraw = redraw;
    this.#rng = rng;
  }

  /**
   * The candidate of `delivered`, an open state, that is read in place of the one said in `spoken`: the same token, unless it
   * is redrawn or does not fit there.
   */
  pass(spoken: number, said: number, delivered: number): number {
    const language = this.#language;
    if (this.#redraw > 0 && this.#rng.bernoulli(this.#redraw)) return language.draw(delivered, this.#rng);
    if (spoken === delivered) return said;
    const found = language.find(delivered, language.token[spoken * language.stride + said]);
    return found >= 0 ? found : language.draw(delivered, this.#rng);
  }
}

/** What the law of innocent messages, as they are delivered, depends on. */
export const innocentName = ({ tokens, candidates, choices, innocents, redraw, feedback }: Talk): string =>
  [tokens, candidates, Math.min(choices, candidates), innocents, feedback ? 0 : redraw].join(" ");

/** Simulated innocent messages as they are delivered: `[count, tokens]`, the states they pass and the candidates said there. */
export interface Innocents {
  readonly count: number;
  readonly states: Int32Array;
  readonly said: Uint8Array;
  /** Mean entropy of what is said, before the gateway, in bits a message. */
  readonly content: number;
}

/** Seeded, and the same for everyone who asks. With feedback the gateway leaves the innocent law as it is. */
export function innocentsOf(cover: Cover, talk: Talk): Innocents {
  const { tokens: n, innocents: count } = talk;
  const redraw = talk.feedback ? 0 : talk.redraw;
  return remembered(cover, `innocents ${innocentName(talk)}`, () => {
    const language = languageOf(cover, talk);
    const rng = new Rng(1, "plain-talk", "innocents");
    const gateway = new Gateway(language, redraw, rng);
    const states = new Int32Array(count * n);
    const said = new Uint8Array(count * n);
    let content = 0;
    for (let at = 0; at < count * n; at += n) {
      let delivered = cover.starts[rng.int(0, cover.starts.length)];
      let spoken = delivered;
      for (let t = 0; t < n; t++) {
        language.open(spoken);
        language.open(delivered);
        const i = language.draw(spoken, rng);
        content += language.entropy[spoken];
        const read = redraw > 0 ? gateway.pass(spoken, i, delivered) : i;
        states[at + t] = delivered;
        said[at + t] = read;
        if (t + 1 === n) break;
        delivered = language.after(delivered, read);
        spoken = redraw > 0 ? language.after(spoken, i) : delivered;
      }
    }
    return { count, states, said, content: content / count };
  });
}

/** Flags totals above `value`; at it, with probability `atValue`. */
export interface Threshold {
  readonly value: number;
  readonly atValue: number;
}

/**
 * The test of level exactly α among simulated innocents, which flags large values (Lehmann and Romano 2005, §3.1).
 * @param sorted a statistic of every innocent, in increasing order
 */
export function thresholdOf(sorted: Float64Array, alpha: number): Threshold {
  if (alpha === 0) return { value: Number.POSITIVE_INFINITY, atValue: 0 };
  if (alpha === 1) return { value: Number.NEGATIVE_INFINITY, atValue: 0 };
  const { length } = sorted;
  const rank = Math.min(length - 1, Math.floor(length * (1 - alpha)));
  const value = sorted[rank];
  let [first, last] = [rank, rank];
  while (first > 0 && sorted[first - 1] === value) first--;
  while (last + 1 < length && sorted[last + 1] === value) last++;
  return { value, atValue: (alpha * length - (length - 1 - last)) / (last - first + 1) };
}

/** P(flag | a statistic). */
export const flags = ({ value, atValue }: Threshold, x: number): number => (x > value ? 1 : x === value ? atValue : 0);

/**
 * One test an overseer, each of its own slice of a message and all of the same level, that together flag a share α of the
 * simulated innocents. @param statistics of every innocent, an overseer
 */
export function jointThresholds(statistics: readonly Float64Array[], alpha: number): Threshold[] {
  const sorted = statistics.map((values) => values.slice().sort());
  const tests = (level: number) => sorted.map((values) => thresholdOf(values, level));
  if (statistics.length === 1 || alpha === 0 || alpha === 1) return tests(alpha);
  const flagged = (level: number) => {
    const all = tests(level);
    let sum = 0;
    for (let m = 0; m < statistics[0].length; m++) {
      let passed = 1;
      for (let g = 0; g < all.length; g++) passed *= 1 - flags(all[g], statistics[g][m]);
      sum += 1 - passed;
    }
    return sum / statistics[0].length;
  };
  let [low, high] = [alpha / statistics.length / 2, alpha];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (flagged(middle) > alpha) high = middle;
    else low = middle;
  }
  return tests(low);
}

/** The test of each overseer that adds up the surprisal of its slice. */
export function surprisalTests(
  cover: Cover,
  p: Talk & Readonly<Record<"overseers" | "falseAlarm", number>>,
): Threshold[] {
  const name = `${innocentName(p)} ${p.overseers}`;
  return remembered(cover, `tests ${name} ${p.falseAlarm}`, () => {
    const totals = remembered(cover, `totals ${name}`, () => totalsOf(cover, p));
    return jointThresholds(totals, p.falseAlarm);
  });
}

/** Surprisal of every simulated innocent, an overseer's slice. */
function totalsOf(cover: Cover, p: Talk & Readonly<Record<"overseers", number>>): Float64Array[] {
  const { states, said, count } = innocentsOf(cover, p);
  const { bits, stride } = languageOf(cover, p);
  const cuts = slices(p);
  return Array.from({ length: p.overseers }, (_, g) =>
    Float64Array.from({ length: count }, (_, m) => {
      let sum = 0;
      for (let at = m * p.tokens + cuts[g]; at < m * p.tokens + cuts[g + 1]; at++)
        sum += bits[states[at] * stride + said[at]];
      return sum;
    }),
  );
}
