import { pow } from "masque/numeric";

/** What the world, the scripts and the references depend on: the parameters of env.ts. */
export type Rules = Readonly<
  Record<
    "nodes" | "links" | "steps" | "infection" | "recovery" | "seeds" | "inflow" | "filter" | "quarantine" | "hubs",
    number
  >
> & {
  readonly immunity: "none" | "lasting";
  readonly cut: (typeof CUTS)[number];
  readonly graph: "scale-free" | "pairing" | "lattice" | "friends";
  readonly control: "central" | "local";
  readonly reports: number;
  readonly hold: number;
};

/** What a message may risk: the more viral, the more who pass it on, and the better filters know it. Action a sends VIRALITIES[a]. */
export const VIRALITIES = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1] as const;
/** Shares of the first budget that a step may spend. */
export const AMOUNTS = [0, 0.25, 1] as const;
/**
 * Whom it is spent on: healthy nodes at random, those of lowest degree, the highest degrees it can pay, the innermost shells, or
 * by greedy influence maximisation.
 */
export const TARGETS = ["random", "leaves", "hubs", "shells", "influence"] as const;
/** Whom a quarantine cuts off: the highest degrees, acquaintances of random nodes, or by NetShield. */
export const CUTS = ["degree", "acquaintance", "netshield"] as const;

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

/** β·v·(1−φ)^v: what a link passes. */
export const passes = (infection: number, virality: number, filter: number): number =>
  infection * virality * pow(1 - filter, virality);

/** Probability that a healthy node which gets a message of virality v knows it for what it is, and reports it. */
export const detects = (virality: number): number => 1 - pow(0.5, virality);

/**
 * Strengths of a mode: mean φ² over open edges stays (φ·effort)² whatever the weight, hubs' edges getting what the
 * others spare, up to 1. `cost` is that mean. Under local control every node that filters has strength φ·effort.
 */
export function allot(
  { filter, control }: Pick<Rules, "filter" | "control">,
  { effort, weight }: (typeof MODES)[number],
  hubs: number,
): { plain: number; guarded: number; cost: number } {
  const even = filter * effort;
  const cost = even * even;
  if (control === "local" || weight === 0 || hubs === 0 || hubs === 1) return { plain: even, guarded: even, cost };
  const plain = even * (1 - weight);
  const spared = (cost - (1 - hubs) * plain * plain) / hubs;
  if (spared < 1) return { plain, guarded: Math.sqrt(spared), cost };
  return { plain: Math.sqrt(Math.max(0, (cost - hubs) / (1 - hubs))), guarded: 1, cost };
}
