import { z } from "zod";

/** Regimes a regulator chooses from: audit nobody, audit at the knob's rate, audit at twice that rate. */
export const REGIMES = 3;
export const REST = 0;
export const WATCH = 1;
export const RAID = 2;
/** Utility that auditing every seller in every period costs. */
export const AUDIT_COST = 0.5;

export const params = z.object({
  sellers: z.int().min(2).max(4).default(2).describe("n, firms that set prices"),
  prices: z.int().min(5).max(31).default(15).describe("m, prices of the grid from just below Nash to above monopoly"),
  periods: z.int().min(1).max(100_000).default(100).describe("periods a session, after which everyone is truncated"),
  auditRate: z.number().min(0).max(1).default(0.25).describe("ρ, probability that a seller is audited in a period"),
  strictness: z
    .number()
    .min(-1)
    .max(8)
    .default(1)
    .describe("z, tolerance: a reading above the Nash price + z/10 is fined; small is strict"),
  fine: z.number().min(0).max(10).default(0.4).describe("F, in units of profit"),
  noise: z.number().min(0.001).max(1).default(0.1).describe("standard deviation of the reading of one price"),
  patience: z
    .number()
    .min(0)
    .max(0.999)
    .default(0.95)
    .describe("δ, discount factor that scripted cartels and tabular learners reckon with"),
  oversight: z
    .enum(["central", "pooled", "regional"])
    .default("central")
    .describe(
      "central: one regulator reads every seller; pooled: one reads the mean price, noise/√n, and fines all; " +
        "regional: decentralised, a regulator for every seller's region",
    ),
});

export type PricingCartel = z.output<typeof params>;
