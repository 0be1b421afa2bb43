import type { Painter, Shape } from "masque";
import type { Market } from "./params.ts";

/** Width and heights of the drawing, and the latest steps that are shown. */
const [WIDTH, BARS, LOOT, SHOWN] = [100, 20, 10, 100];

/** What everyone's name is trusted with, traders apart from cheats; below it what cheats stole step by step. */
export default function market(p: Market): Painter {
  const stolen: number[] = [];
  let before = 0;
  return {
    see({ step, counters }) {
      if (step > 0) stolen.push(counters.stolen - before);
      before = counters.stolen;
    },
    draw({ scene, counters }) {
      const gap = 3;
      const each = (WIDTH - gap) / (p.traders + p.cheats);
      const top = 5;
      // The dynamics draw a bar an owner, traders first, 10 high at full trust.
      const bars = (scene?.shapes ?? []).flatMap((shape, i): Shape[] => {
        if (shape.kind !== "rect") return [];
        const h = (BARS * shape.h) / 10;
        return [{ ...shape, x: each * i + (i < p.traders ? 0 : gap), y: top + BARS - h, w: 0.8 * each, h }];
      });
      const floor = top + BARS + 6 + LOOT;
      const shown = stolen.slice(-SHOWN);
      const most = Math.max(p.cheats / 2, ...shown);
      const loot = shown.map((stakes, i): Shape => {
        const h = (LOOT * stakes) / most;
        return { kind: "rect", x: i, y: floor - h, w: 0.8, h, tone: "attacker" };
      });
      const cheats = Math.min(each * p.traders + gap, WIDTH - 8);
      return {
        title:
          "A bar is what a name is trusted with; no bar: no name. Who is caught cheating is expelled, and begins again under a new name, with little trust",
        ...{ width: WIDTH, height: floor + 1 },
        labels: { thefts: counters.thefts, expelled: counters.expelled },
        shapes: [
          { kind: "text", x: 0, y: 2, text: "traders", tone: "benign" },
          { kind: "text", x: cheats, y: 2, text: "cheats", tone: "attacker" },
          { kind: "line", x: 0, y: top, x2: WIDTH, y2: top, tone: "neutral" },
          ...bars,
          { kind: "line", x: 0, y: top + BARS, x2: WIDTH, y2: top + BARS, tone: "neutral" },
          {
            kind: "text",
            x: 0,
            y: top + BARS + 3,
            text: `stolen in each step, up to ${Number(most.toPrecision(2))} full trades`,
          },
          ...loot,
          { kind: "line", x: 0, y: floor, x2: WIDTH, y2: floor, tone: "neutral" },
        ],
      };
    },
  };
}
