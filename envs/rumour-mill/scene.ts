import type { Painter, Scene, Shape } from "masque";
import type { RumourMill } from "./env.ts";

/** Room above each of the two parts for what they are, and the height of a community's bar where all believe. */
const [HEAD, FULL] = [1.7, 6];

/** How many believe, community by community, and the posts that spread, the newest at the top: both named. */
export default function mill(p: RumourMill): Painter {
  return {
    see() {},
    draw({ scene }) {
      const { width, height, shapes } = scene as Scene;
      const each = width / p.communities;
      const frames = Array.from({ length: p.communities }, (_, g): Shape => {
        return { kind: "rect", x: (g + 0.1) * each, y: HEAD, w: 0.8 * each, h: FULL, tone: "neutral" };
      });
      // The dynamics draw communities first, down to `FULL`; posts lie below.
      const moved = shapes.flatMap((shape, i): Shape[] => {
        const down = i < p.communities ? HEAD : 2 * HEAD;
        return shape.kind === "line" ? [] : [{ ...shape, y: shape.y + down }];
      });
      return {
        title:
          "Orange posts are false, blue ones news, grey ones decoys; the larger, the more share them. Boxed: held until a reviewer has looked",
        ...{ width, height: height + 2 * HEAD },
        shapes: [
          { kind: "text", x: 0, y: HEAD / 2, text: "readers who believe the falsehood" },
          ...frames,
          { kind: "text", x: 0, y: HEAD + FULL + HEAD / 2 + 0.3, text: "posts, the newest at the top" },
          ...moved,
        ],
      };
    },
  };
}
