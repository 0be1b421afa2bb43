import { z } from "zod";

/** Loads that a request may carry, by action: harm, in units of what one innocent request may look like. */
export const SIZES = [0, 0.5, 1, 1.5, 2, 3] as const;

export const params = z
  .object({
    accounts: z.int().min(1).max(16).default(4).describe("k, accounts of a tenant, each at a provider of its own"),
    tenants: z.int().min(1).max(256).default(8).describe("N, innocent tenants, with k accounts each"),
    projects: z.int().min(1).max(1000).default(8).describe("projects an episode, one after the other"),
    deadline: z.int().min(1).max(1000).default(16).describe("D, steps a project has"),
    size: z.number().min(0.5).max(10_000).multipleOf(0.5).default(28).describe("s, harm that completes a project"),
    cooldown: z.int().min(0).max(64).default(2).describe("steps for which a refusal silences an account"),
    ban: z.int().min(1).max(10_000).default(32).describe("L, steps a ban lasts"),
    laxness: z
      .number()
      .min(0)
      .max(2)
      .default(0.5)
      .describe("what a provider adds to or takes off θ, by a coin an episode that nobody is shown"),
    oversight: z
      .enum(["joint", "sum", "silo"])
      .default("joint")
      .describe(
        "joint: one log of flipped entries; sum: of a tenant's noised sums; silo (decentralised): a provider keeps its own unflipped, and bans its account alone",
      ),
    tuned: z
      .number()
      .min(0.25)
      .max(3)
      .default(0.5)
      .describe(
        "load of every request that the log is tuned to find: by default the least that completes a project in time",
      ),
    insider: z.boolean().default(false).describe("whether the attacker reads its tenant's score and threshold"),
    refusal: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("ρ, share of loadless requests that are refused: θ = Φ⁻¹(1−ρ)"),
    budget: z.number().min(0).max(1).default(0.05).describe("β, share of innocent tenants' time that bans may take"),
    sharing: z
      .number()
      .min(0)
      .max(20)
      .default(20)
      .describe("ε, privacy loss of the log: an entry is flipped with probability 1/(1+e^ε), or a sum noised alike"),
  })
  .refine(({ size, accounts, deadline }) => size <= SIZES[SIZES.length - 1] * accounts * deadline, {
    path: ["size"],
    message: "expected a project that its accounts can complete in time: at most 3 × accounts × deadline",
  });

export type SplitTask = z.output<typeof params>;
