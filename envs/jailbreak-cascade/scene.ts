import type { Painter, Shape } from "masque";
import { cos, sin } from "masque/numeric";

/** The golden angle: neighbours by rank lie far apart, and a disc fills evenly (Vogel 1979). */
const ANGLE = 2.399963229728653;

/** Agents as a disc, those with the most links in its middle and larger: what reaches the middle reaches everyone. */
export default function disc(): Painter {
  return {
    see() {},
    draw({ scene }) {
      const nodes = scene?.shapes ?? [];
      const radius = Math.sqrt(nodes.length) + 2;
      return {
        title:
          "agents, those with the most links in the middle; orange: taken over, violet: guarded, grey: quarantined",
        ...{ width: 2 * radius, height: 2 * radius },
        shapes: nodes.map(({ tone = "neutral" }, rank): Shape => {
          const out = Math.sqrt(rank + 0.5);
          const r = 0.55 + 0.9 / (1 + rank / 4);
          return { kind: "circle", x: radius + out * cos(ANGLE * rank), y: radius + out * sin(ANGLE * rank), r, tone };
        }),
      };
    },
  };
}
