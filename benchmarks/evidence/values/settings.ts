import { z } from "zod";

/** Settings of value decomposition; those of `dqn` where it has them. */
export const config = z.strictObject({
  copies: z.int().min(1).max(4096).default(16).describe("copies of the environment, shared out over the levels"),
  hidden: z.array(z.int().min(1).max(4096)).max(8).default([64, 64]).describe("widths of the hidden layers"),
  mixing: z.int().min(1).max(1024).default(32).describe("width of QMIX's hidden layer"),
  agentIds: z.boolean().default(true).describe("tell networks which agent of its role they play"),
  learningRate: z.number().positive().max(1).default(1e-3).describe("of Adam"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
  memory: z.int().min(100).max(200_000).default(12_500).describe("transitions of the team kept for replay"),
  batch: z.int().min(1).max(4096).default(64).describe("transitions of the team an update"),
  replayRatio: z
    .number()
    .positive()
    .max(64)
    .default(1 / 8)
    .describe("gradient steps a transition of the team"),
  target: z.int().min(1).max(1_000_000).default(200).describe("most updates between copies to the target networks"),
  start: z.int().min(1).max(10_000_000).default(1000).describe("most transitions before the first update"),
  explore: z.number().min(0).max(1).default(0.5).describe("share of the budget over which ε falls from 1 to the floor"),
  floor: z.number().min(0).max(1).default(0.05).describe("ε never falls below this"),
  maxGradNorm: z.number().positive().default(10),
});
export type Config = z.output<typeof config>;
