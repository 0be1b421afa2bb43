import { log } from "masque/numeric";
import { type MakeCode, matching } from "./codes.ts";
import { languageOf, slices, surprisalTests, wordsOf } from "./model.ts";
import { outlookOf, POWERS, type Standing, tempered } from "./plans.ts";

const mixed = (x: number, y: number): number => {
  let h = Math.imul(x ^ y, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 13);
};

/** A text in the making, as the search holds it: a chain of its tokens from the last to the first. */
interface Draft {
  readonly before: Draft | undefined;
  readonly said: number;
  readonly state: number;
  /** Hash of the running word's tokens so far. */
  readonly hash: number;
  /** Surprisal in the running slice, in bits. */
  readonly spent: number;
  /** Words that it tells. */
  readonly told: number;
  readonly value: number;
}

/** Drafts kept at each word; of candidates that tell nothing, how many of a draft's likeliest are followed. */
const KEPT = 16;
/** With feedback, where it is searched anew after every change and other codes leave less, fewer do. */
const KEPT_ANEW = 4;
const OTHERS = 2;
/** Bits that a told word is worth. */
const WORTH = 8;
/** The same of a draft that does not pass. */
const HOPELESS = -1e6;

/**
 * A word is the hash of the tokens of its turn, and of nothing before: whatever is changed elsewhere, it is read where they arrive.
 * The sender searches whole texts for one that tells many words and passes, a share of the threshold kept for what is changed, by a
 * beam of the drafts that told most and have most texts ahead of them; with feedback anew after each change. It needs a cover
 * whose states can be gone through; others are matched word by word.
 */
export const hashing =
  (share: number): MakeCode =>
  (cover, setting) => {
    if (cover.states === undefined) return matching(tempered(1), 0.6)(cover, setting);
    const language = languageOf(cover, setting);
    const { stride, choices } = language;
    const { tokens, wordBits } = setting;
    const words = wordsOf(setting);
    const kept = setting.feedback ? KEPT_ANEW : KEPT;
    const cuts = slices(setting);
    const tests = surprisalTests(cover, setting);
    const { powers, least } = outlookOf(cover, setting, Math.max(...cuts.slice(1).map((to, g) => to - cuts[g])));
    /** The word whose turn a token is in, and whether it is the first or the last of that turn. */
    const turn = (t: number) => Math.floor((t * words) / tokens);
    const begins = (t: number) => t === 0 || turn(t - 1) !== turn(t);
    const ends = (t: number) => t + 1 === tokens || turn(t + 1) !== turn(t);
    const wordOf = (hash: number) => (hash >>> 9) & (2 ** wordBits - 1);
    /** log2 of how many texts there are ahead, from above (Chernoff). */
    const ahead = (state: number, steps: number, left: number): number => {
      if (left === Number.POSITIVE_INFINITY) return 0;
      if (least[steps][state] > left) return HOPELESS;
      let most = Number.POSITIVE_INFINITY;
      for (let k = 0; k < POWERS.length; k++) {
        most = Math.min(most, log(powers[k].weight[steps][state]) / Math.LN2 + POWERS[k] * left);
      }
      return most;
    };
    /** What to say at each token from where a message stands on. */
    const search = (secret: Uint8Array, { t: first, state, spent }: Standing, hash: number): number[] => {
      let drafts: Draft[] = [{ before: undefined, said: 0, state, hash, spent, told: 0, value: 0 }];
      for (let t = first; t < tokens; t++) {
        const g = cuts.findLastIndex((cut) => cut <= t);
        const steps = cuts[g + 1] - t - 1;
        const word = turn(t);
        const last = ends(t);
        const next: Draft[] = [];
        for (const before of drafts) {
          const from = language.open(before.state);
          const begun = begins(t) ? mixed(1, word) : before.hash;
          let others = 0;
          for (let said = 0; said < choices; said++) {
            const hash = mixed(begun, language.token[from + said]);
            const tells = last && wordOf(hash) === secret[word];
            if (last && !tells && others++ >= OTHERS) continue;
            const state = language.after(before.state, said);
            const spent = before.spent + language.bits[from + said];
            const texts = last ? ahead(state, steps, (1 - share) * tests[g].value - spent) : 0;
            const told = before.told + (tells ? 1 : 0);
            // The next slice begins at nothing.
            next.push({ before, said, state, hash, spent: steps === 0 ? 0 : spent, told, value: WORTH * told + texts });
          }
        }
        drafts = last ? next.sort((a, b) => b.value - a.value).slice(0, kept) : next;
      }
      const text: number[] = [];
      let t = tokens;
      for (let draft = drafts[0]; draft.before; draft = draft.before) text[--t] = draft.said;
      return text;
    };
    return () => {
      const named = new Uint8Array(words);
      let secret = named;
      let text: number[] = [];
      let hash = 0;
      return {
        begin(given) {
          secret = given;
        },
        say(standing) {
          if (text[standing.t] === undefined) text = search(secret, standing, hash);
          return text[standing.t];
        },
        see({ t, state }, read) {
          if (read !== text[t]) text = [];
          hash = mixed(begins(t) ? mixed(1, turn(t)) : hash, language.token[state * stride + read]);
          if (ends(t)) named[turn(t)] = wordOf(hash);
        },
        name: (out) => out.set(named),
      };
    };
  };
