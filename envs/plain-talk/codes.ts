import type { Draws } from "masque";
import type { Cover } from "./covers.ts";
import type { Language } from "./language.ts";
import { languageOf, wordsOf } from "./model.ts";
import type { MakePlan, Setting, Standing } from "./plans.ts";
import { Posterior } from "./posterior.ts";

/** A message in the making, as one end holds it. */
export interface Code {
  /** The sender's part: a secret, and draws of its own. */
  begin(secret: Uint8Array<ArrayBuffer>, rng: Draws): void;
  /** The candidate to say. */
  say(standing: Standing, rng: Draws): number;
  /** Both ends: the candidate that was delivered. */
  see(standing: Standing, read: number): void;
  /** The receiver's part: the words it names. */
  name(out: Uint8Array): void;
}
/** What it takes to write messages with a cover in a setting; then, a message at a time. */
export type MakeCode = (cover: Cover, setting: Setting) => () => Code;

/** How much likelier a token is where it is what was meant than where it was redrawn to. */
const odds = (language: Language, redraw: number, state: number, read: number) => {
  const outside = redraw * language.share[state * language.stride + read];
  return { inside: 1 - redraw + outside, outside };
};

/** What a sender without feedback knows of redrawing: nothing that it could act on. */
const expected = ({ redraw, feedback }: Setting): number => (feedback ? redraw : 0);

/** Bits of a point beyond the secret, drawn by the sender. */
const FREE = 96;

/**
 * The whole secret as one point, known better with every token. `reckon`: whether it allows for redraws; without, it is
 * arithmetic coding, which goes on as if nothing had happened.
 */
export const whole =
  (plan: MakePlan, { reckon = true }: { readonly reckon?: boolean } = {}): MakeCode =>
  (cover, setting) => {
    const language = languageOf(cover, setting);
    const redraw = reckon ? expected(setting) : 0;
    const laws = plan(cover, setting);
    const shares = new Float64Array(language.choices);
    const words = wordsOf(setting);
    const { wordBits } = setting;
    const depth = words * wordBits + FREE;
    return () => {
      const posterior = new Posterior(depth);
      let point = 0n;
      return {
        begin(secret, rng) {
          for (const word of secret) point = (point << BigInt(wordBits)) | BigInt(word);
          // The rest of the point is the sender's own: a uniform point says what an innocent would.
          for (let free = 0; free < FREE; free += 32) point = (point << 32n) | BigInt(rng.word());
        },
        say(standing) {
          laws(standing, shares);
          return posterior.bin(point, shares);
        },
        see(standing, read) {
          laws(standing, shares);
          const { inside, outside } = odds(language, redraw, standing.state, read);
          posterior.see(shares, read, inside, outside);
        },
        name(out) {
          const tally = new Float64Array(2 ** wordBits);
          for (let i = 0; i < words; i++) {
            tally.fill(0);
            posterior.tally(i * wordBits, wordBits, tally);
            out[i] = likeliest(tally);
          }
        },
      };
    };
  };

const likeliest = (weights: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < weights.length; i++) if (weights[i] > weights[best]) best = i;
  return best;
};

/**
 * Word by word: bins share out what is known of the running word (posterior matching); the next one begins when the likeliest
 * value is likelier than `confidence`.
 */
export const matching =
  (plan: MakePlan, confidence: number): MakeCode =>
  (cover, setting) => {
    const language = languageOf(cover, setting);
    const redraw = expected(setting);
    const laws = plan(cover, setting);
    const { choices } = language;
    const shares = new Float64Array(choices);
    const words = wordsOf(setting);
    const size = 2 ** setting.wordBits;
    return () => {
      const known = new Float64Array(size).fill(1 / size);
      const named = new Uint8Array(words);
      let secret = named;
      let at = 0;
      const next = () => {
        named[at++] = likeliest(known);
        known.fill(1 / size);
      };
      return {
        begin(given) {
          secret = given;
        },
        say(standing, rng) {
          laws(standing, shares);
          const word = at < words ? secret[at] : rng.int(0, size);
          let left = rng.float() * known[word];
          for (let i = 0; i < word; i++) left += known[i];
          let last = 0;
          for (let i = 0; i < choices; i++) {
            if (shares[i] === 0) continue;
            last = i;
            left -= shares[i];
            if (left < 0) break;
          }
          return last;
        },
        see(standing, read) {
          laws(standing, shares);
          const { inside, outside } = odds(language, redraw, standing.state, read);
          let low = 0;
          for (let i = 0; i < read; i++) low += shares[i];
          const high = low + shares[read];
          let below = 0;
          let sum = 0;
          for (let word = 0; word < size; word++) {
            const above = below + known[word];
            const share = Math.max(0, Math.min(above, high) - Math.max(below, low));
            known[word] = share * inside + (known[word] - share) * outside;
            below = above;
            sum += known[word];
          }
          for (let word = 0; word < size; word++) known[word] = sum > 0 ? known[word] / sum : 1 / size;
          if (at < words && known[likeliest(known)] >= confidence) next();
        },
        name(out) {
          if (at < words) next();
          out.set(named);
        },
      };
    };
  };

/** How tokens stand for bits: by hash, or by their place in the law. */
export interface Bins {
  readonly bits: number;
  /** Only where all bins have a share of .5 ± `gate`, for one bit: else the token is innocent. */
  readonly gate?: number;
  /** The likeliest token of a bin, not any. */
  readonly likeliest?: boolean;
  /** A token's place in the law says the bits: as many as the choices have room for. */
  readonly raw?: boolean;
}

/** Bits that a token carries. */
export const bitsOf = (bins: Bins, choices: number): number =>
  bins.raw ? Math.min(bins.bits, 31 - Math.clz32(choices)) : bins.bits;

const SLACK = 1e-9;

/** The bin of every candidate, and the share of each of `mass.length` bins. Returns whether bits are sent here. */
export function binned(
  bins: Bins,
  { choices, share, hash }: { choices: number; share: ArrayLike<number>; hash: ArrayLike<number> },
  from: number,
  binOf: Uint8Array,
  mass: Float64Array,
): boolean {
  const last = mass.length - 1;
  mass.fill(0);
  for (let i = 0; i < choices; i++) {
    binOf[i] = (bins.raw ? i : hash[from + i]) & last;
    mass[binOf[i]] += share[from + i];
  }
  return bins.gate === undefined || Math.abs(mass[0] - 0.5) <= bins.gate + SLACK;
}

/** Bits in the bins of tokens, in the order in which they are there; an empty bin cannot be said. */
export const binning =
  (bins: Bins): MakeCode =>
  (cover, setting) => {
    const language = languageOf(cover, setting);
    const { stride, choices } = language;
    const words = wordsOf(setting);
    const { wordBits } = setting;
    const binOf = new Uint8Array(choices);
    const bits = bitsOf(bins, choices);
    const mass = new Float64Array(2 ** bits);
    return () => {
      let secret = new Uint8Array(words);
      const named = new Uint8Array(words);
      let sent = 0;
      const bitOf = (n: number) =>
        n < words * wordBits ? (secret[Math.floor(n / wordBits)] >>> (n % wordBits)) & 1 : 0;
      return {
        begin(given) {
          secret = given;
        },
        say({ state }, rng) {
          const from = state * stride;
          if (!binned(bins, language, from, binOf, mass)) return language.draw(state, rng);
          let want = 0;
          for (let b = 0; b < bits; b++) {
            want |= (sent + b < words * wordBits ? bitOf(sent + b) : rng.int(0, 2)) << b;
          }
          if (mass[want] === 0) return language.draw(state, rng);
          let left = rng.float() * mass[want];
          let last = 0;
          for (let i = 0; i < choices; i++) {
            if (binOf[i] !== want) continue;
            last = i;
            left -= language.share[from + i];
            // Candidates fall in probability: the first of a bin is its likeliest.
            if (bins.likeliest || left < 0) break;
          }
          return last;
        },
        see({ state }, read) {
          if (!binned(bins, language, state * stride, binOf, mass)) return;
          for (let b = 0; b < bits; b++, sent++) {
            if (sent >= words * wordBits) continue;
            named[Math.floor(sent / wordBits)] |= ((binOf[read] >>> b) & 1) << (sent % wordBits);
          }
        },
        name: (out) => out.set(named),
      };
    };
  };
