import type { Painter, Shape } from "masque";
import type { LowAndSlow } from "./env.ts";

/** Width and heights of the drawing, and the latest steps that are shown. */
const [WIDTH, BARS, LOOT, SHOWN] = [100, 22, 12, 100];

/** Every stream's score against its threshold, leakers apart from the innocent; below it what was stolen step by step. */
export default function streams(p: LowAndSlow): Painter {
  const stolen: number[] = [];
  let before = 0;
  return {
    see({ step, counters }) {
      if (step > 0) stolen.push(counters.damage - before);
      before = counters.damage;
    },
    draw({ scene, part, counters }) {
      // The dynamics draw a bar a stream, leakers first, 10 high at the threshold.
      const [gap, pool] = [3, 6];
      const each = (WIDTH - 2 * gap - pool) / p.streams;
      const top = 5;
      const bars = (scene?.shapes ?? []).flatMap((shape, i): Shape[] => {
        if (shape.kind !== "rect") return [];
        const h = (BARS * shape.h) / 10;
        const x = each * i + (i < p.leakers ? 0 : gap);
        return [{ kind: "rect", x, y: top + BARS - h, w: 0.8 * each, h, tone: shape.tone }];
      });
      const pooled = BARS * part("monitor", 0, "pooled")[0];
      const floor = top + BARS + 6 + LOOT;
      const loot = stolen.slice(-SHOWN).map((share, i): Shape => {
        return { kind: "rect", x: i, y: floor - LOOT * share, w: 0.8, h: LOOT * share, tone: "attacker" };
      });
      const line = (y: number, tone: "bad" | "neutral"): Shape => ({ kind: "line", x: 0, y, x2: WIDTH, y2: y, tone });
      const innocent = each * p.leakers + gap;
      return {
        title:
          "A stream's bar is its suspicion: at the red line its alarm rings, and it is blocked for a while (red). The pool is one alarm for all together",
        ...{ width: WIDTH, height: floor + 1 },
        labels: { "blocked innocent stream-time": percent(counters.blocked, counters.innocent) },
        shapes: [
          { kind: "text", x: 0, y: 2, text: "leakers", tone: "attacker" },
          { kind: "text", x: Math.max(18, innocent), y: 2, text: "innocent streams", tone: "benign" },
          { kind: "text", x: WIDTH - pool - 1, y: 2, text: "pool", tone: "defender" },
          ...bars,
          { kind: "rect", x: WIDTH - pool, y: top + BARS - pooled, w: pool - 1, h: pooled, tone: "defender" },
          line(top, "bad"),
          line(top + BARS, "neutral"),
          { kind: "text", x: 0, y: top + BARS + 3, text: "stolen in each step, of what a step can take" },
          ...loot,
          line(floor - LOOT, "neutral"),
          line(floor, "neutral"),
        ],
      };
    },
  };
}

const percent = (part: number, whole: number) => `${(whole > 0 ? (100 * part) / whole : 0).toFixed(1)} %`;
