import type { Scene } from "../../src/env/scene.ts";
import type { LowAndSlow } from "./thresholds.ts";

/** A bar for every stream: its score over the threshold that blocks it, or full while it is blocked. */
export function picture(
  { streams, leakers }: LowAndSlow,
  { score, serving }: { readonly score: Float64Array; readonly serving: Int32Array },
  scale: number,
  { step, free, pooled, damage }: Readonly<Record<"step" | "free" | "pooled" | "damage", number>>,
): Scene {
  return {
    title: "height: score over threshold; red: blocked",
    width: streams,
    height: 11,
    labels: { step, free, pooled: pooled.toFixed(2), damage: damage.toFixed(1) },
    shapes: Array.from({ length: streams }, (_, i) => {
      const h = serving[i] > 0 ? 10 : Math.min(10, 10 * score[i] * scale);
      const tone = serving[i] > 0 ? ("bad" as const) : i < leakers ? ("attacker" as const) : ("benign" as const);
      return { kind: "rect" as const, x: i, y: 10 - h, w: 0.8, h, tone };
    }),
  };
}
