import type { Scene, Shape, Tone } from "masque";
import type { Plant } from "./plant.ts";

/** The load on its rail, the safe stretch, and the robots beneath. */
export function picture(
  { devices, taken, limit }: { readonly devices: number; readonly taken: number; readonly limit: number },
  { x, expected, spy, byHand, left }: Pick<Plant, "x" | "expected" | "spy" | "byHand" | "left">,
  step: number,
): Scene {
  const width = 6 * limit;
  const place = (value: number) => Math.max(0, Math.min(width, width / 2 + value));
  const dot = (value: number, y: number, r: number, tone: Tone, label: string): Shape => ({
    kind: "circle",
    x: place(value),
    y,
    r,
    tone,
    label,
  });
  const unsafe = Math.abs(x) > limit;
  return {
    title: "load, where the controller expects it, and the twin, between the ends of the safe stretch",
    width,
    height: 10,
    shapes: [
      { kind: "line", x: place(-limit), y: 1, x2: place(-limit), y2: 7, tone: "neutral" },
      { kind: "line", x: place(limit), y: 1, x2: place(limit), y2: 7, tone: "neutral" },
      dot(x, 2, 1, unsafe ? "bad" : "good", "load"),
      dot(expected, 4, 0.6, "defender", "expected"),
      ...(!spy.twin ? [] : [dot(spy.ghost, 6, 0.6, "attacker", "twin")]),
      ...Array.from({ length: devices }, (_, j): Shape => {
        const tone = byHand ? "neutral" : j < taken ? "attacker" : "benign";
        return { kind: "rect", x: place(x) - devices / 2 + j, y: 8, w: 0.8, h: 1, tone };
      }),
    ],
    labels: {
      step,
      load: x.toFixed(2),
      expected: expected.toFixed(2),
      control: byHand ? `hand, ${left} left` : "robots",
    },
  };
}
