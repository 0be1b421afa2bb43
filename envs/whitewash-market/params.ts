import { z } from "zod";

/** Parameters of the market. */
export const params = z
  .object({
    traders: z.int().min(2).max(1024).default(24).describe("H, honest owners of a name"),
    cheats: z.int().min(1).max(1024).default(8).describe("K, owners that the attacker holds"),
    steps: z.int().min(1).max(1000).default(200).describe("T, steps an episode: everybody is paired once a step"),
    turnover: z.number().min(0).max(1).default(0.01).describe("ν, chance a step that a trader leaves for a new one"),
    probation: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("π, how long names stay small: full trust after D = 10π/(1−π) trades, never at 1"),
    strictness: z
      .number()
      .min(0)
      .max(1)
      .default(0.003)
      .describe("β, chance that a cooperator is complained of; a theft is with Φ(2.5 + Φ⁻¹(β))"),
    fee: z.number().min(0).max(100).default(0).describe("κ, what a new name costs, in full trades"),
    dues: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("1 − ρ, share of the probation that a newcomer serves whom somebody vouches for"),
    backing: z.number().min(0).max(1).default(0.7).describe("chance that a new trader finds a voucher"),
    fool: z.number().min(0).max(1).default(0.3).describe("chance that a cheat without an accomplice fools a voucher"),
    wards: z.int().min(1).max(1024).default(2).describe("newcomers in probation that one name may vouch for"),
    liability: z
      .boolean()
      .default(true)
      .describe("a voucher's name is worth nothing once its ward is expelled in probation"),
    patience: z
      .int()
      .min(0)
      .max(2000)
      .default(5)
      .describe("steps for which a frozen door may keep an owner waiting, at the longest"),
    mode: z
      .enum(["registry", "gossip"])
      .default("registry")
      .describe("registry: complaints expel; gossip (decentralised): victims remember names, and tell"),
    share: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("gossip: chance that two traders who meet tell each other names"),
  })
  .refine(({ traders, cheats }) => (traders + cheats) % 2 === 0, {
    path: ["cheats"],
    message: "expected an even number of owners: everybody is paired",
  });
export type Market = z.output<typeof params>;
