import type { JailbreakCascade, MODES } from "./params.ts";

/**
 * Strengths of a mode: mean φ² over open edges stays (φ·effort)² whatever the weight, hubs' edges getting what the
 * others spare, up to 1. `cost` is that mean. Under local control every node that filters has strength φ·effort.
 */
export function allot(
  { filter, control }: Pick<JailbreakCascade, "filter" | "control">,
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
