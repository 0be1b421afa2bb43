import type { Scene, Shape, Tone } from "../../src/env/scene.ts";
import type { Records } from "./records.ts";

const COLUMNS = 25;

/**
 * Clients above, gateways with their load in the middle, bots below; identities that are blocked somewhere or too new
 * to be served are grey.
 */
export function picture(
  p: { readonly clients: number; readonly bots: number; readonly gateways: number; readonly capacity: number },
  { countdown, waiting, arrived }: Records,
): Scene {
  const { clients, bots, gateways } = p;
  const capacity = p.capacity / gateways;
  const isOut = (entry: number) => countdown[entry] > 0 || waiting[entry] > 0;
  const dots = (count: number, top: number, first: number, each: number, tone: Tone): Shape[] =>
    Array.from({ length: count }, (_, i) => {
      const out = Array.from({ length: each }, (_, k) => isOut(first + i * each + k)).includes(true);
      const x = 1 + (i % COLUMNS);
      const y = top + Math.floor(i / COLUMNS);
      return { kind: "circle", x, y, r: 0.4, tone: out ? "neutral" : tone };
    });
  const middle = Math.ceil(clients / COLUMNS) + 2;
  const width = COLUMNS / gateways;
  return {
    width: COLUMNS + 1,
    height: middle + 3 + Math.ceil(bots / COLUMNS),
    shapes: [
      ...dots(clients, 1, 0, 1, "benign"),
      ...Array.from(arrived, (load, k): Shape => {
        const w = Math.min(1, load / capacity) * width * 0.95;
        return { kind: "rect", x: 0.5 + k * width, y: middle, w, h: 1, tone: load > capacity ? "bad" : "defender" };
      }),
      ...dots(bots, middle + 3, clients, gateways, "attacker"),
    ],
    labels: Object.fromEntries(
      Array.from(arrived, (load, k) => [`gateway ${k}`, `${load.toFixed(1)} requests for ${capacity.toFixed(1)}`]),
    ),
  };
}
