import { LIGHT } from "../chart/style.ts";
import { INK, type Item, PAPER, type Stroke } from "./drawing.ts";

/** How one of several series looks: told apart by form and dashes alone, where there is no colour. */
export interface Look {
  readonly colour: string;
  readonly shape: "disc" | "square" | "triangle" | "diamond";
  readonly hollow: boolean;
  readonly dash?: readonly number[];
}

const { s0, s1, s2, s3, s4, s5 } = LIGHT;

/** As many series as one figure tells apart. */
export const LOOKS: readonly Look[] = [
  { colour: s0, shape: "disc", hollow: false },
  { colour: s1, shape: "square", hollow: true, dash: [6, 3] },
  { colour: s2, shape: "triangle", hollow: false, dash: [2, 2.5] },
  { colour: s3, shape: "diamond", hollow: true, dash: [8, 2.5, 2, 2.5] },
  { colour: s4, shape: "disc", hollow: true, dash: [10, 4] },
  { colour: s5, shape: "square", hollow: false, dash: [4, 2, 4, 5] },
];

export const INKED: Look = { colour: INK, shape: "square", hollow: true };

/** A mark about 3 points wide, on a rim of paper that lifts it off whatever lies beneath. */
export function mark(x: number, y: number, { colour, shape, hollow }: Look, size = 3.4): Item {
  const style = { stroke: { colour, width: 1.3 }, fill: hollow ? PAPER : colour };
  if (shape === "disc") return { kind: "disc", x, y, r: size, ...style };
  const corners = {
    square: [
      [-0.9, -0.9],
      [0.9, -0.9],
      [0.9, 0.9],
      [-0.9, 0.9],
    ],
    triangle: [
      [0, -1.2],
      [1.15, 0.85],
      [-1.15, 0.85],
    ],
    diamond: [
      [0, -1.35],
      [1.35, 0],
      [0, 1.35],
      [-1.35, 0],
    ],
  }[shape];
  return {
    kind: "path",
    closed: true,
    points: corners.map(([dx, dy]) => [x + dx * size, y + dy * size] as const),
    ...style,
  };
}

export const strokeOf = ({ colour, dash }: Look, width = 1.3): Stroke => ({ colour, width, dash });
