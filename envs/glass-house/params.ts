import { z } from "zod";

/** Rounds between two choices of a bias: one step of the environment. */
export const BLOCK = 8;
/** Biases a = 0, 1/8 … 4/8 by which an agent may lean towards the paying act. */
export const BIASES = 5;
/** Weight of the past in an agent's record, at every audit. */
export const MEMORY = 0.7;

export const params = z.object({
  workers: z.int().min(1).max(256).default(8).describe("honest agents"),
  colluders: z.int().min(1).max(64).default(2).describe("agents that lean towards the paying act and share the pay"),
  window: z
    .int()
    .min(BLOCK)
    .max(256)
    .multipleOf(BLOCK)
    .default(64)
    .describe("n, rounds an audit reads; windows do not overlap"),
  sanction: z.int().min(0).max(4096).multipleOf(BLOCK).default(64).describe("L, rounds an accused agent sits out"),
  audits: z.int().min(1).max(1000).default(16).describe("windows an agent completes in an episode if never accused"),
  transparency: z
    .number()
    .min(0)
    .max(8)
    .default(1)
    .describe("ε, privacy loss of the log: an act is flipped with probability 1/(1+e^ε), or the count is noised alike"),
  falseAlarm: z.number().min(0).max(1).default(0.02).describe("α, level of the audit's test under honest play"),
  aggregation: z
    .enum(["local", "central"])
    .default("local")
    .describe("local: every act is flipped; central: a trusted centre adds two-sided geometric noise to the count"),
  shards: z
    .literal([1, 2, 4, 8])
    .default(1)
    .describe("k, decentralised: overseers who hold 1/k of each window's rounds and vote; the thief gets one shard"),
  quorum: z.number().min(0).max(1).default(0.5).describe("share of the shards' votes that convicts, at least one vote"),
});

export type GlassHouse = z.output<typeof params>;

/** Votes that convict: ⌈quorum · shards⌉, at least 1. */
export const votesToConvict = ({ quorum, shards }: GlassHouse): number => Math.max(1, Math.ceil(quorum * shards));
