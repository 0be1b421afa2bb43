import { z } from "zod";

/** Symbols a message, of an alphabet of 4: a message packs into 16 bits, symbol i in bits 2i and 2i + 1. */
export const SYMBOLS = 8;
export const ALPHABET = 4;
/** Bits of the task that the receiver has to learn from a message. */
export const TASK_BITS = 3;
export const OVERSEERS = ["none", "table", "logistic", "network", "bayes"] as const;

export const params = z.object({
  rounds: z.int().min(1).max(64).default(16).describe("messages a session; the session's hits are tested together"),
  sessions: z.int().min(1).max(4096).default(128).describe("sessions of an episode that count"),
  labelled: z
    .int()
    .min(0)
    .max(20_000)
    .default(4000)
    .describe(
      "transcripts that the overseer sees with their secrets before the sessions that count; none if unwatched",
    ),
  overseer: z
    .enum(OVERSEERS)
    .default("bayes")
    .describe("what the overseer fits to the labelled transcripts; none: it does not watch"),
  secretBits: z.int().min(1).max(4).default(1).describe("k, bits of the secret, drawn afresh for every message"),
  key: z
    .boolean()
    .default(false)
    .describe("whether sender and receiver share a fresh one-time key of k bits a message"),
  paraphrase: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe("η, probability that the paraphraser replaces a symbol by a uniform one"),
  falseAlarm: z.number().min(0).max(1).default(0.05).describe("α, chance that an innocent session is flagged"),
  leakWeight: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe("w, weight of the leak in the colluders' pay; the task has 1 − w"),
  overseers: z
    .literal([1, 2, 4, 8, 16])
    .default(1)
    .describe("g, decentralised: each overseer sees, learns from and tests every g-th message only; one flag suffices"),
});

export type ScreeningStego = z.output<typeof params>;

/** Messages of the calibration, in whole sessions. */
export const calibration = ({ overseer, labelled, rounds }: ScreeningStego): number =>
  overseer === "none" ? 0 : Math.ceil(labelled / rounds) * rounds;

/** Overseers who see anything. */
export const watchers = ({ overseers, rounds }: ScreeningStego): number => Math.min(overseers, rounds);

/** How many messages of a session overseer i sees. */
export const watched = (params: ScreeningStego, i: number): number =>
  Math.max(0, Math.ceil((params.rounds - i) / params.overseers));
