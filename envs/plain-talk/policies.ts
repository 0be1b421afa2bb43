import { type Draws, type PolicyFor, perRow, type ScriptsFor } from "masque";
import { AUSTEN } from "./austen.ts";
import { binning, type Code, type MakeCode, matching, whole } from "./codes.ts";
import type { Cover } from "./covers.ts";
import type env from "./env.ts";
import { languageOf, slices, wordsOf } from "./model.ts";
import { asleep, learned, likelihood, surprisal } from "./overseers.ts";
import { hashing } from "./pairs.ts";
import { filling, hugging, type Standing, tempered } from "./plans.ts";

type Sender = PolicyFor<typeof env, "sender">;
type Receiver = PolicyFor<typeof env, "receiver">;

/** Follows a message as it is delivered. */
class Progress implements Standing {
  t = 0;
  spent = 0;
  state: number;
  constructor(state: number) {
    this.state = state;
  }
}

/** Says a secret in a code. A row's memory is its message: one float tells whether it has begun. */
const sends =
  (cover: Cover, makeCode: MakeCode): Sender =>
  ({ params, at: places }) => {
    const language = languageOf(cover, params);
    const make = makeCode(cover, params);
    const { candidates, feedback, wordBits } = params;
    const words = wordsOf(params);
    const cuts = slices(params);
    const messages: { code: Code; standing: Progress; said: number }[] = [];
    const go = ({ code, standing }: (typeof messages)[number], read: number) => {
      code.see(standing, read);
      standing.spent += language.bits[standing.state * language.stride + read];
      standing.state = language.after(standing.state, read);
      language.open(standing.state);
      standing.t++;
      if (cuts.includes(standing.t)) standing.spent = 0;
    };
    const begin = (obs: Float32Array, from: number, rng: Draws) => {
      const secret = new Uint8Array(words);
      for (let i = 0; i < words * wordBits; i++) {
        secret[Math.floor(i / wordBits)] |= obs[from + places.secret + i] << (i % wordBits);
      }
      const standing = new Progress(cover.starts[Math.round(obs[from + places.opening] * cover.starts.length)]);
      language.open(standing.state);
      const code = make();
      code.begin(secret, rng);
      return { code, standing, said: 0 };
    };
    return {
      stateSize: 1,
      act({ rows, obs, obsSize, alive, rngs, state, actions }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          if (alive[row] === 0) continue;
          actions[row] = Math.round(obs[from + places.draw] * candidates);
          if (obs[from + places.active] === 0 || obs[from + places.time] === 1) continue;
          if (state[row] === 0) messages[row] = begin(obs, from, rngs[row]);
          else {
            const delivered = Math.round(obs[from + places.delivered] * candidates);
            go(messages[row], feedback ? delivered : messages[row].said);
          }
          state[row] = 1;
          const message = messages[row];
          message.said = message.code.say(message.standing, rngs[row]);
          actions[row] = message.said;
        }
      },
    };
  };

/** Reads the whole message when it is over. */
const receives =
  (cover: Cover, makeCode: MakeCode): Receiver =>
  ({ params, at: places }) => {
    const language = languageOf(cover, params);
    const make = makeCode(cover, params);
    const { tokens, candidates } = params;
    const words = wordsOf(params);
    const cuts = slices(params);
    const named = new Uint8Array(words);
    return {
      act({ rows, obs, obsSize, alive, actions }) {
        for (let row = 0; row < rows; row++) {
          const from = row * obsSize;
          if (alive[row] === 0) continue;
          if (obs[from + places.time] < 1) {
            actions.fill(0, row * words, (row + 1) * words);
            continue;
          }
          const code = make();
          const standing = new Progress(cover.starts[Math.round(obs[from + places.opening] * cover.starts.length)]);
          for (let t = 0; t < tokens; t++) {
            language.open(standing.state);
            const read = Math.round(obs[from + places.read + 4 * t] * candidates);
            code.see(standing, read);
            standing.spent += language.bits[standing.state * language.stride + read];
            if (t + 1 < tokens) standing.state = language.after(standing.state, read);
            standing.t++;
            if (cuts.includes(standing.t)) standing.spent = 0;
          }
          code.name(named.fill(0));
          actions.set(named, row * words);
        }
      },
    };
  };

const silent: Receiver = () => ({ act: ({ actions }) => void actions.fill(0) });
const innocent: Sender = ({ params, at }) => perRow((obs, from) => Math.round(obs[from + at.draw] * params.candidates));

/** Parameter sets that between them reach every branch: defaults, small, decentralised, rewritten afterwards, narrow, ends. */
export const variants = [
  { innocents: 500 },
  { tokens: 6, candidates: 4, wordBits: 2, redraw: 0.1, falseAlarm: 0.1, innocents: 500 },
  { overseers: 4, innocents: 500 },
  { feedback: false, redraw: 0.1, innocents: 500 },
  { choices: 1, tokens: 5, wordBits: 5, falseAlarm: 1, innocents: 100 },
  { choices: 3, candidates: 9, wordBits: 3, redraw: 1, falseAlarm: 0, innocents: 100 },
] as const;

/** Sender and receiver of a code. */
export const speakers = (cover: Cover, code: MakeCode) => ({
  sender: sends(cover, code),
  receiver: receives(cover, code),
});

/** Scripted play in a language, for environments that a cover was brought to. */
export const scripts = (cover: Cover) => {
  const pair = (summary: string, code: MakeCode) => ({ summary, roles: speakers(cover, code) });
  const defences = {
    surprisal: { summary: "flags the least likely messages", roles: { overseer: surprisal(cover) } },
    likelihood: {
      summary: "knows every biased code: flags by the mean of their likelihood ratios",
      roles: { overseer: likelihood(cover) },
    },
    learned: {
      summary: "logistic regression on surprisal, ranks and bins, fitted in each setting to what biased codes write",
      roles: { overseer: learned(cover) },
    },
    asleep: { summary: "flags by lot", roles: { overseer: asleep() } },
  };
  return {
    defaults: defences.surprisal.roles,
    attacks: {
      none: { summary: "says what an innocent would", roles: { sender: innocent, receiver: silent } },
      parity: pair("naive: a bit a token, in its hash", binning({ bits: 1 })),
      "gate-25": pair("the same, only where both bins have a quarter of the law", binning({ bits: 1, gate: 0.25 })),
      "bins-2": pair("two bits a token, in its hash", binning({ bits: 2 })),
      "fang-2": pair("the same, by the likeliest token of each bin", binning({ bits: 2, likeliest: true })),
      raw: pair("four bits a token: the number of the candidate", binning({ bits: 4, raw: true })),
      "arith-1": pair(
        "arithmetic coding: what it says has exactly the cover's law, while nothing is redrawn",
        whole(tempered(1), { reckon: false }),
      ),
      "arith-1.5": pair("the same in a hotter law", whole(tempered(1.5), { reckon: false })),
      "arith-hug": pair("the same in the hottest law that passes in the mean", whole(hugging(0.5), { reckon: false })),
      "match-1": pair(
        "posterior matching, word by word: the cover's law whatever is redrawn",
        matching(tempered(1), 0.6),
      ),
      "match-1.5": pair("the same in a hotter law", matching(tempered(1.5), 0.6)),
      hug: pair("the same in the hottest law that passes in the mean", matching(hugging(0.5), 0.6)),
      "whole-1": pair(
        "posterior matching of the whole secret in the cover's law: perfect, and the best that is",
        whole(tempered(1)),
      ),
      "whole-1.5": pair("the same in a hotter law", whole(tempered(1.5))),
      fill: pair("the same in nearly the most even law on the texts that pass", whole(filling(1))),
      pairs: pair(
        "each word the hash of its own tokens, by search among the texts that pass: no thread to lose without feedback",
        hashing(0.08),
      ),
    },
    defences,
  } satisfies ScriptsFor<typeof env>;
};

export default scripts(AUSTEN);
