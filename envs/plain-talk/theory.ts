import { Rng } from "masque";
import { log, pow } from "masque/numeric";
import { binaryEntropy } from "masque/stats";
import { AUSTEN } from "./austen.ts";
import type { Cover } from "./covers.ts";
import type { PlainTalk } from "./env.ts";
import { languageOf, remembered, surprisalTests, type Talk, wordsOf } from "./model.ts";

const log2 = (x: number): number => log(x) / Math.LN2;

/** How often a message is in each state, in the mean: `[states]`, adding up to its tokens. Exact; needs a cover with `states`. */
export function occupancy(cover: Cover, talk: Talk): Float64Array {
  const language = languageOf(cover, talk);
  const { choices, stride } = language;
  return remembered(cover, `occupancy ${stride} ${choices} ${talk.tokens}`, () => {
    const sum = new Float64Array(cover.states!);
    let now = new Float64Array(cover.states!);
    for (const start of cover.starts) now[start] += 1 / cover.starts.length;
    for (let t = 0; t < talk.tokens; t++) {
      const next = new Float64Array(cover.states!);
      for (let state = 0; state < now.length; state++) {
        if (now[state] === 0) continue;
        sum[state] += now[state];
        const from = language.open(state);
        for (let i = 0; i < choices; i++) next[language.after(state, i)] += now[state] * language.share[from + i];
      }
      now = next;
    }
    return sum;
  });
}

/** Σ over a message's tokens of what a law is worth: `worth` is told the shares of its candidates. */
function perMessage(cover: Cover, talk: Talk, worth: (law: Float64Array) => number): number {
  const language = languageOf(cover, talk);
  const often = occupancy(cover, talk);
  let sum = 0;
  for (let state = 0; state < often.length; state++) {
    if (often[state] === 0) continue;
    const from = language.open(state);
    sum += often[state] * worth(language.share.subarray(from, from + language.choices));
  }
  return sum;
}

/** Bits of content of a message: the entropy of its text. */
export const content = (cover: Cover, talk: Talk): number =>
  perMessage(cover, talk, (law) => law.reduce((sum, p) => sum - p * log2(p), 0));

/**
 * Utility: (1 − α) × the share of content that arrives, Σ p log2(1/p) (1 − η + ηp) over what the whole language carries. Only
 * with feedback; without it texts drift apart, which is not in closed form.
 */
export function utility(cover: Cover, p: PlainTalk): number {
  const whole = content(cover, { ...p, choices: p.candidates });
  const kept = perMessage(cover, p, (law) =>
    law.reduce((sum, q) => sum - q * log2(q) * (1 - p.redraw + p.redraw * q), 0),
  );
  return ((1 - p.falseAlarm) * kept) / whole;
}

/** Bits that a message tells of what a sender meant who keeps to the cover's law: Σ H(Y) − H(Y|X) through redrawing. */
export const information = (cover: Cover, talk: Talk): number =>
  perMessage(cover, talk, (law) => {
    const eta = talk.redraw;
    let bits = 0;
    for (let i = 0; i < law.length; i++) {
      bits -= law[i] * log2(law[i]);
      // What is read where i was meant: i itself, or any other by chance.
      const same = 1 - eta + eta * law[i];
      let uncertain = same > 0 ? -same * log2(same) : 0;
      for (let j = 0; j < law.length; j++) {
        if (j !== i && eta > 0) uncertain -= eta * law[j] * log2(eta * law[j]);
      }
      bits -= law[i] * uncertain;
    }
    return Math.max(0, bits);
  });

/**
 * The largest chance-corrected share of words that so many bits about a secret can name (Shannon 1959): words are letters of an
 * alphabet of 2^b, and naming all but a share D right takes b − h(D) − D log2(2^b − 1) bits a word.
 */
export function credit(bits: number, words: number, wordBits: number): number {
  const rate = bits / words;
  if (rate >= wordBits) return 1;
  const chance = pow(2, -wordBits);
  let [low, high] = [0, 1 - chance];
  for (let i = 0; i < 60; i++) {
    const wrong = (low + high) / 2;
    const needed = wordBits - binaryEntropy(wrong, "bits") - wrong * log2(1 / chance - 1);
    if (needed > rate) low = wrong;
    else high = wrong;
  }
  return Math.max(0, (1 - low - chance) / (1 - chance));
}

/** Secrecy that no perfect code, one whose texts have the cover's law, can undercut: flags strike it as they do innocents. */
export const perfect = (cover: Cover, p: PlainTalk): number =>
  1 - (1 - p.falseAlarm) * credit(information(cover, p), wordsOf(p), p.wordBits);

/**
 * log2 of how many texts have a surprisal of at most so many bits, in the mean over openings, from above: each of them adds at least
 * 1 to Σ 2^(power · (most − surprisal)), whatever the power (Chernoff). A power of 1 says that at most 2^T texts have T bits.
 */
export function texts(cover: Cover, talk: Talk, most: number): number {
  const bound = (power: number) => {
    const { surprisal, entropy } = gibbs(cover, talk, power);
    return power * (most - surprisal) + entropy;
  };
  let [low, high] = [0, 1];
  for (let i = 0; i < 7; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (bound(a) < bound(b)) high = b;
    else low = a;
  }
  return Math.min(bound((low + high) / 2), bound(0), most);
}

/** Secrecy that no code at all undercuts, keyed or not, under the surprisal test: only so many texts pass it. */
export function cap(cover: Cover, p: PlainTalk): number {
  const [{ value }] = surprisalTests(cover, p);
  if (!Number.isFinite(value)) return value < 0 ? 1 : 0;
  return 1 - credit(texts(cover, p, value), wordsOf(p), p.wordBits);
}

/** KL divergence a token, in bits, of a one-bit code whose bin has mass m from a cover that is ignorant of it: −1 − ½ log2 m(1 − m). */
export const parityDivergence = (m: number): number => -1 - 0.5 * log2(m * (1 - m));

/** Of all laws of text with the same mean surprisal that of most entropy: P^power / Σ (Gibbs). Bits a message. */
export function gibbs(cover: Cover, talk: Talk, power: number): { surprisal: number; entropy: number } {
  const language = languageOf(cover, talk);
  const { stride, choices } = language;
  const count = cover.states!;
  const raised = new Float64Array(count * stride);
  for (let state = 0; state < count; state++) {
    const from = language.open(state);
    for (let i = 0; i < choices; i++) raised[from + i] = pow(language.share[from + i], power);
  }
  let weight = new Float64Array(count).fill(1);
  let mean = new Float64Array(count);
  for (let r = 0; r < talk.tokens; r++) {
    const [w, m] = [new Float64Array(count), new Float64Array(count)];
    for (let state = 0; state < count; state++) {
      for (let i = 0; i < choices; i++) {
        const next = language.after(state, i);
        const x = raised[state * stride + i] * weight[next];
        w[state] += x;
        m[state] += x * (language.bits[state * stride + i] + mean[next]);
      }
      m[state] /= w[state];
    }
    [weight, mean] = [w, m];
  }
  let [surprisal, entropy] = [0, 0];
  for (const start of cover.starts) {
    surprisal += mean[start] / cover.starts.length;
    entropy += (power * mean[start] + log2(weight[start])) / cover.starts.length;
  }
  return { surprisal, entropy };
}

/** The law of text of a code, token by token: shares of an open state's candidates. */
export type TextLaw = (state: number, out: Float64Array) => void;

/**
 * Power at each level of the likelihood-ratio test of a law of text against the cover's: what the best overseer does who
 * knows the code. By simulation, of as many texts each; the standard error of a power is at most .5 / √count.
 */
export function bestPower(cover: Cover, talk: Talk, law: TextLaw, levels: readonly number[], count = 20_000): number[] {
  const language = languageOf(cover, talk);
  const { stride, choices } = language;
  const q = new Float64Array(choices);
  const ratios = (guilty: boolean) => {
    const rng = new Rng(1, "plain-talk", "power", guilty ? 1 : 0);
    return Float64Array.from({ length: count }, () => {
      let state = cover.starts[rng.int(0, cover.starts.length)];
      let sum = 0;
      for (let t = 0; t < talk.tokens; t++) {
        language.open(state);
        law(state, q);
        const i = guilty ? rng.categorical(q) : language.draw(state, rng);
        sum += q[i] > 0 ? log2(q[i] / language.share[state * stride + i]) : Number.NEGATIVE_INFINITY;
        if (t + 1 < talk.tokens) state = language.after(state, i);
      }
      return sum;
    }).sort();
  };
  const [innocent, guilty] = [ratios(false), ratios(true)];
  return levels.map((level) => {
    const cut = innocent[Math.min(count - 1, Math.floor(count * (1 - level)))];
    return guilty.filter((x) => x > cut).length / count;
  });
}

/**
 * Honest utility, exactly, with feedback; and the secrecy that no code undercuts under the default overseer, whatever is redrawn.
 * With several overseers or without feedback nothing is known in closed form.
 */
export function reference(p: PlainTalk): { utility: number; secrecy: number } | null {
  return p.feedback && p.overseers === 1 ? { utility: utility(AUSTEN, p), secrecy: cap(AUSTEN, p) } : null;
}
