import type { Painter, Shape, Tone } from "masque";
import type { IllusoryInjection } from "./env.ts";

/** Latest steps that are shown, and the height of their drawing. */
const [SHOWN, HEIGHT] = [120, 36];

/** Where the load went and where the controller took it to be, step by step; below it the rail as it is now. */
export default function courses(p: IllusoryInjection): Painter {
  const past: { load: number; expected: number; hand: boolean }[] = [];
  const reach = 3 * p.limit;
  return {
    see({ scene }) {
      const of = (name: string) => String(scene?.labels?.[name] ?? "");
      past.push({
        load: Number(of("load")),
        expected: Number(of("expected")),
        hand: of("control").startsWith("hand"),
      });
    },
    draw({ scene }) {
      const y = (place: number) => (HEIGHT / 2) * (1 - Math.max(-1, Math.min(1, place / reach)));
      const shown = past.slice(-SHOWN);
      const line = (of: "load" | "expected", tone: (place: number) => Tone) =>
        shown.slice(1).map((now, i): Shape => {
          const [from, to] = [shown[i][of], now[of]];
          return { kind: "line", x: i, y: y(from), x2: i + 1, y2: y(to), tone: tone(to) };
        });
      const edge = (at: number): Shape => ({ kind: "line", x: 0, y: y(at), x2: SHOWN, y2: y(at), tone: "neutral" });
      const hands = shown.flatMap(({ hand }, i): Shape[] =>
        hand && i > 0 ? [{ kind: "rect", x: i - 1, y: HEIGHT + 1, w: 1, h: 1.5, tone: "defender" }] : [],
      );
      const scale = SHOWN / (scene?.width ?? SHOWN);
      const flat = Math.min(scale, 3.2);
      const left = (SHOWN - flat * (scene?.width ?? 0)) / 2;
      const top = HEIGHT + 8;
      const rail = (scene?.shapes ?? []).map((shape): Shape => {
        const at = { x: left + flat * shape.x, y: top + flat * shape.y };
        if (shape.kind === "circle") return { ...shape, ...at, r: flat * shape.r };
        if (shape.kind === "rect") return { ...shape, ...at, w: flat * shape.w, h: flat * shape.h };
        if (shape.kind === "line") return { ...shape, ...at, x2: left + flat * shape.x2, y2: top + flat * shape.y2 };
        return { ...shape, ...at };
      });
      return {
        title:
          "Over time: where the load is (green, red once it is unsafe) and where the controller takes it to be (purple). The lie is the gap between them",
        ...{ width: SHOWN, height: top + flat * (scene?.height ?? 0) },
        shapes: [
          edge(p.limit),
          edge(-p.limit),
          { kind: "text", x: 0, y: HEIGHT - 3, text: "safe: between the two lines", tone: "neutral" },
          ...line("expected", () => "defender"),
          ...line("load", (place) => (Math.abs(place) > p.limit ? "bad" : "good")),
          ...hands,
          {
            kind: "text",
            x: 0,
            y: HEIGHT + 5.5,
            text: "bar: driven by hand; below: the rail now",
            tone: "neutral",
          },
          ...rail,
        ],
      };
    },
  };
}
