import { z } from "zod";
import { box, discrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { MAX_ASK } from "./identities.ts";

/** What a gateway's action multiplies its tolerance by; action 2 leaves it as the knob has it. */
export const LENIENCY = [0.5, 0.75, 1, 1.5, 2] as const;
/** Scores are shown as multiples of the tolerance, up to this. */
export const SCORE_CAP = 2;
/** Bits of the clock that bots and gateways see: bit i is that of the number of steps taken. */
export const CLOCK_BITS = 4;

export const params = z.object({
  clients: z.int().min(1).max(500).default(10).describe("B, clients, each pinned to a gateway"),
  bots: z.int().min(1).max(500).default(10).describe("Y, bots; a bot picks a gateway each step"),
  gateways: z
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe("decentralised: g gateways with c/g each and scores of their own"),
  capacity: z.number().min(0.1).max(10_000).default(20).describe("c, requests served a step, by all gateways together"),
  tolerance: z.number().min(0).max(MAX_ASK).default(2).describe("θ, score above which an identity is blocked"),
  rate: z.number().min(0).max(MAX_ASK).default(MAX_ASK).describe("r, tokens that an identity earns a step"),
  burst: z.number().min(0.01).max(64).default(8).describe("b, tokens that a bucket holds"),
  turnover: z
    .number()
    .min(0)
    .max(1)
    .default(1 / 64)
    .describe("chance a step that an identity is replaced by a new one"),
  wait: z.int().min(0).max(32).default(2).describe("κ, steps in which a new identity gets nothing"),
  demand: z.enum(["bursty", "steady"]).default("bursty").describe("on–off clients, or clients as a fluid"),
  load: z.number().min(0.01).max(MAX_ASK).default(1).describe("λ, what a steady client wants a step"),
  backOff: z.boolean().default(true).describe("clients who are served badly fall silent for a while"),
  warmUp: z.int().min(0).max(1000).default(32).describe("first steps, which neither counters nor rewards count"),
  steps: z.int().min(1).max(100_000).default(128).describe("steps that count"),
});

export type Params = z.output<typeof params>;

const unit = (size: number) => box([size], 0, 1);
const standing = (gateways: number) => ({
  score: box([gateways], 0, SCORE_CAP),
  countdown: unit(gateways),
  tokens: unit(gateways),
  congestion: unit(gateways),
});

export const roles = (p: Params) =>
  ({
    client: {
      side: "benign",
      count: p.clients,
      observation: layout({ ...standing(1), demand: unit(1), silence: unit(1), waiting: unit(1), served: unit(1) }),
      // The most that it asks of what it wants.
      action: discrete(MAX_ASK + 1),
    },
    bot: {
      side: "attacker",
      count: p.bots,
      observation: layout({ ...standing(p.gateways), asked: unit(p.gateways), clock: unit(CLOCK_BITS) }),
      // 0 asks nothing; n + 8k asks n requests of gateway k.
      action: discrete(1 + MAX_ASK * p.gateways),
    },
    gateway: {
      side: "defender",
      count: p.gateways,
      observation: layout({
        score: box([1], 0, SCORE_CAP),
        blocked: unit(1),
        congestion: unit(1),
        clock: unit(CLOCK_BITS),
      }),
      action: discrete(LENIENCY.length),
    },
  }) as const;

export type Roles = ReturnType<typeof roles>;

/** Requests, over the counted steps: wanted by clients, served to them, and served with no defence and no attack. */
export const counterNames = ["demand", "goodput", "undefended"] as const;
export type Counter = (typeof counterNames)[number];
