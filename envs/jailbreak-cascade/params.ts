import { z } from "zod";

/** What a message may risk: the more viral, the more who pass it on, and the better filters know it. Action a sends VIRALITIES[a]. */
export const VIRALITIES = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1] as const;
/** Shares of the first budget that a step may spend. */
export const AMOUNTS = [0, 0.25, 1] as const;
/** Whom it is spent on: healthy nodes at random, those of lowest degree, or the highest degrees it can pay. */
export const TARGETS = ["random", "leaves", "hubs"] as const;

/**
 * How a filter may spend its strength φ in a step: `effort` scales φ; `weight` w moves it to hubs' edges at equal cost,
 * φ_other = φ(1−w).
 */
export const MODES = [
  { effort: 1, weight: 0 },
  { effort: 1, weight: 0.1 },
  { effort: 1, weight: 0.25 },
  { effort: 1, weight: 1 },
  { effort: 0.5, weight: 0 },
  { effort: 0, weight: 0 },
] as const;

export const params = z
  .object({
    nodes: z.int().min(16).max(1_000_000).default(1000).describe("N, agents of the network"),
    graph: z
      .enum(["scale-free", "pairing", "lattice"])
      .default("scale-free")
      .describe("Barabási–Albert; ordered pairs drawn anew in every step; or a ring lattice of degree 4 like a torus"),
    links: z.int().min(1).max(8).default(2).describe("m, links that a new node of the scale-free graph makes"),
    steps: z.int().min(1).max(100_000).default(100).describe("T, steps an episode"),
    infection: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe("β, probability that a link passes an unfiltered message"),
    recovery: z.number().min(0).max(1).default(0.2).describe("γ, probability that an infected node recovers in a step"),
    seeds: z
      .number()
      .min(0)
      .max(10_000)
      .default(10)
      .describe("the attacker's budget, in nodes of mean degree: a node costs its degree"),
    filter: z.number().min(0).max(1).default(0.5).describe("φ, strength: a message of virality v passes with (1−φ)^v"),
    quarantine: z.number().min(0).max(1).default(0).describe("share of the nodes, of highest degree, cut off"),
    hubs: z.number().min(0).max(1).default(0.05).describe("share of the nodes, of highest degree, that count as hubs"),
    control: z
      .enum(["central", "local"])
      .default("central")
      .describe("local: decentralised, nodes filter only while there are reports around them"),
    reports: z.int().min(1).max(100).default(2).describe("k, reports around a node in one step that make it filter"),
    hold: z.int().min(1).max(1000).default(5).describe("steps for which a node then filters"),
  })
  .refine(({ nodes, links }) => nodes > 2 * links, {
    path: ["links"],
    message: "expected fewer links than half the nodes",
  });

export type JailbreakCascade = z.output<typeof params>;
