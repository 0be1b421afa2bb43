import type { Painter, Shape, Tone } from "masque";
import type { PoisonedConsensus } from "./env.ts";

/** Width and heights of the drawing, and the latest rounds that are shown. */
const [WIDTH, CURVE, BARS, SHOWN] = [100, 24, 16, 120];
const NAMES = ["together", "alone", "loss"] as const;
const TONES: Readonly<Record<(typeof NAMES)[number], Tone>> = { together: "good", alone: "neutral", loss: "bad" };

/** The loss of what is learned, between what honest learning has and what the server has alone; below it who strays how far. */
export default function losses(_: PoisonedConsensus): Painter {
  const past: Record<(typeof NAMES)[number], number>[] = [];
  return {
    see({ step, scene }) {
      const of = (name: string) => Number(scene?.labels?.[name] ?? 0);
      if (step > 0) past.push({ together: of("together"), alone: of("alone"), loss: of("loss") });
    },
    draw({ scene }) {
      const shown = past.slice(-SHOWN);
      const most = Math.max(1e-9, ...shown.flatMap((now) => NAMES.map((name) => now[name])));
      const y = (loss: number) => 6 + CURVE * (1 - loss / most);
      const x = (i: number) => (WIDTH * i) / SHOWN;
      const curves = NAMES.flatMap((name) =>
        shown.slice(1).map((now, i): Shape => {
          const [from, to] = [shown[i][name], now[name]];
          return { kind: "line", x: x(i), y: y(from), x2: x(i + 1), y2: y(to), tone: TONES[name] };
        }),
      );
      // The dynamics draw a bar an attacker, 5 high at the cut.
      const top = CURVE + 14;
      const each = WIDTH / (scene?.width ?? WIDTH);
      const bars = (scene?.shapes ?? []).slice(1).flatMap((shape): Shape[] => {
        if (shape.kind !== "rect") return [];
        const h = (BARS * shape.h) / 10;
        return [{ ...shape, x: each * shape.x, y: top + BARS - h, w: each * shape.w, h }];
      });
      const cut = top + BARS / 2;
      return {
        title:
          "Loss by round: red, what is learned here; green, if all were honest; grey, by the server's own data alone. Poisoning pulls red up, away from green",
        ...{ width: WIDTH, height: top + BARS + 1 },
        shapes: [
          { kind: "text", x: 0, y: 2, text: `loss, up to ${most < 1e-6 ? 0 : Number(most.toPrecision(2))}` },
          { kind: "line", x: 0, y: y(0), x2: WIDTH, y2: y(0), tone: "neutral" },
          ...curves,
          { kind: "text", x: 0, y: top - 3, text: "attackers' scores; line: the cut; red: left out" },
          ...bars,
          { kind: "line", x: 0, y: cut, x2: WIDTH, y2: cut, tone: "defender" },
          { kind: "line", x: 0, y: top + BARS, x2: WIDTH, y2: top + BARS, tone: "neutral" },
        ],
      };
    },
  };
}
