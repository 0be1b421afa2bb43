import type { Painter, Shape } from "masque";
import type { SplitTask } from "./env.ts";

/** Width of the drawing; heights of the project's bar, of an account's row, and of what is written above them. */
const [WIDTH, BAR, ROW, HEAD] = [72, 3, 7, 13] as const;

/** The project as a bar that fills with harm, and every tenant's accounts with the suspicion against them. */
export default function project(p: SplitTask): Painter {
  return {
    see() {},
    draw({ scene }) {
      const harm = Number(scene?.labels?.harm ?? 0);
      const share = Math.min(1, harm / p.size);
      // The dynamics draw a column a tenant, the attacker's first, and a row an account. They are set apart here.
      const each = WIDTH / (p.tenants + 2);
      const accounts = (scene?.shapes ?? []).flatMap((shape): Shape[] => {
        if (shape.kind !== "rect") return [];
        const x = each * (shape.x < 1 ? 0 : shape.x + 1);
        return [{ ...shape, x, y: HEAD + ROW * shape.y, w: 0.8 * each, h: ROW * shape.h }];
      });
      return {
        title:
          "The project is complete when the bar is full. Below, an account each: the taller, the more suspect; red: banned; grey: cooling down after a refusal",
        ...{ width: WIDTH, height: HEAD + ROW * p.accounts },
        shapes: [
          { kind: "text", x: 0, y: 2, text: `this project: ${harm} of ${p.size} units of harm got through` },
          { kind: "rect", x: 0, y: 4, w: WIDTH, h: BAR, tone: "neutral" },
          { kind: "rect", x: 0, y: 4, w: WIDTH * share, h: BAR, tone: share >= 1 ? "bad" : "attacker" },
          { kind: "text", x: 0, y: 10.5, text: "attacker's", tone: "attacker" },
          { kind: "text", x: Math.max(18, 2 * each), y: 10.5, text: "innocent tenants'", tone: "benign" },
          ...accounts,
        ],
      };
    },
  };
}
