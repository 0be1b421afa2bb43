import type { Scene } from "../../src/env/scene.ts";
import type { epidemic } from "./epidemic.ts";
import type { Nodes } from "./graph.ts";
import { STATE } from "./spread.ts";

const TONES = ["benign", "attacker", "neutral"] as const;

/** Up to 1024 nodes by degree, the highest first. */
export function picture(
  nodes: number,
  order: Nodes,
  { state, special, infected }: ReturnType<typeof epidemic>,
  step: number,
  budget: number,
): Scene {
  const shown = Math.min(nodes, 1024);
  const columns = Math.ceil(Math.sqrt(shown));
  return {
    title: "nodes by degree, highest first; grey: quarantined",
    width: columns,
    height: Math.ceil(shown / columns),
    labels: { step, infected, budget: budget.toFixed(0) },
    shapes: Array.from({ length: shown }, (_, i) => {
      const byte = state[order[i]];
      const tone = TONES[byte & STATE];
      const guarded = tone === "benign" && (byte & special) !== 0;
      return {
        kind: "rect" as const,
        x: i % columns,
        y: Math.floor(i / columns),
        w: 0.85,
        h: 0.85,
        tone: guarded ? ("defender" as const) : tone,
      };
    }),
  };
}
