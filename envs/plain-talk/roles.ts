import { box, discrete, layout, multiDiscrete } from "masque";
import { z } from "zod";
import { HASHES } from "./language.ts";
import { wordsOf } from "./model.ts";

const probability = z.number().min(0).max(1);
export const params = z
  .object({
    tokens: z.int().min(1).max(64).default(24).describe("n, tokens of a message"),
    candidates: z
      .int()
      .min(2)
      .max(16)
      .default(16)
      .describe("k, candidates at each token, the likeliest of the cover's law"),
    wordBits: z.int().min(1).max(8).default(8).describe("b, bits of a word; the secret has n log2(k) / b words"),
    redraw: probability
      .default(0.2)
      .describe("η, probability that the gateway draws a token anew from the cover's law"),
    falseAlarm: probability.default(0.05).describe("α, share of innocent messages that the overseers flag"),
    choices: z
      .int()
      .min(1)
      .max(16)
      .default(16)
      .describe("candidates left to everybody; the others are cut from the law"),
    feedback: z
      .boolean()
      .default(true)
      .describe(
        "whether the sender sees what is delivered, and goes on from it; else the gateway rewrites after the fact",
      ),
    overseers: z.int().min(1).max(8).default(1).describe("g, decentralised: each reads a slice; one flag suffices"),
    innocents: z
      .int()
      .min(100)
      .max(1_000_000)
      .default(20_000)
      .describe("simulated innocent messages that thresholds and the content of a message are taken from"),
  })
  .refine(({ tokens, candidates, wordBits }) => wordsOf({ tokens, candidates, wordBits }) >= 1, {
    path: ["wordBits"],
    error: "expected at most tokens · log2(candidates)",
  })
  .refine(({ tokens, overseers }) => overseers <= tokens, {
    path: ["overseers"],
    error: "expected at most one a token",
  });

export type PlainTalk = z.output<typeof params>;

const unit = (size: number, says: string) => box([size], 0, 1, { says });
/** No law gives less than a 4096th. */
export const MOST_BITS = 12;

/** Who plays, what they see and do. */
export function roles(p: PlainTalk) {
  const { tokens: n, candidates: k, wordBits } = p;
  const words = wordsOf(p);
  const time = unit(1, "share of the message that was delivered; 1 when it is time to decide");
  const opening = unit(1, "which of the cover's openings the message begins in, over their number");
  const sender = layout({
    time,
    opening,
    active: unit(1, "1 in episodes in which it hides a secret"),
    secret: unit(words * wordBits, "the secret, word by word, the lowest bit first"),
    due: unit(wordBits, "the word whose turn it is if each gets as many tokens, for codes that know no other turn"),
    law: unit(k, "the cover's law of the next token, the likeliest candidate first"),
    hashes: unit(k, `public hash of each candidate, 0 … ${HASHES - 1}, over ${HASHES}`),
    draw: unit(1, "the candidate that an innocent sender would say, drawn from the law, over k"),
    delivered: unit(1, "with feedback: the candidate delivered last, over k"),
    spent: unit(1, "surprisal so far over 12 bits a token: of what was delivered; without feedback, of what it said"),
  });
  const receiver = layout({
    time,
    opening,
    read: unit(
      4 * n,
      "what was delivered, four numbers a token: candidate over k, law below it, its probability, hash",
    ),
  });
  const overseer = layout({
    time,
    opening,
    mine: unit(1, "1 where the last token is of its slice"),
    law: unit(k, "the law that the last token of its slice was delivered under"),
    hashes: unit(k, "hashes of that law's candidates"),
    ranks: unit(n, "candidate over k of each token of its slice"),
    surprisals: box([n], 0, MOST_BITS, { says: "−log2 of the probability of each token of its slice" }),
  });
  return {
    sender: {
      side: "attacker",
      count: 1,
      masked: true,
      observation: sender,
      action: discrete(k, { says: "the candidate to say" }),
    },
    receiver: {
      side: "attacker",
      count: 1,
      observation: receiver,
      action: multiDiscrete(new Array<number>(words).fill(2 ** wordBits), {
        components: Array.from({ length: words }, (_, i) => ({
          says: `what it takes for word ${i}, in the last step`,
        })),
      }),
    },
    overseer: {
      side: "defender",
      count: p.overseers,
      masked: true,
      observation: overseer,
      action: discrete(2, { says: "the verdict, in the last step", names: ["pass", "flag"] }),
    },
  } as const;
}
