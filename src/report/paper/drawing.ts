/**
 * A figure for print as plain data, which `svg.ts` and `pgf.ts` write. Lengths are in units of ⅔ of a DTP point (1/72 inch),
 * so that the 12 units of a report's text are 8 points on paper and the report's placing of labels serves both; y runs down.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** What a screen reader says. */
  readonly label: string;
  /** Painted in this order. */
  readonly items: readonly Item[];
}

export type Item =
  | {
      readonly kind: "path";
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly closed?: boolean;
      readonly stroke?: Stroke;
      /** A colour as #rrggbb. No transparency: journals flatten it, and some refuse it. */
      readonly fill?: string;
    }
  | {
      readonly kind: "disc";
      readonly x: number;
      readonly y: number;
      readonly r: number;
      readonly stroke?: Stroke;
      readonly fill?: string;
    }
  | {
      readonly kind: "text";
      /** Where the baseline begins, has its middle, or ends. */
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly align: "start" | "middle" | "end";
      readonly size: number;
      readonly colour: string;
      readonly bold?: boolean;
      /** Turned to be read from the right. */
      readonly turned?: boolean;
      /** A rim of paper around the letters, over whatever lies beneath. */
      readonly halo?: boolean;
    };

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  /** Lengths of dashes and gaps. */
  readonly dash?: readonly number[];
}

/** DTP points (1/72 inch) of a unit. */
export const POINTS = 2 / 3;

/** Units of so many millimetres. */
export const unitsOf = (mm: number): number => ((mm / 25.4) * 72) / POINTS;
export const millimetresOf = (units: number): number => ((units * POINTS) / 72) * 25.4;

/** Letters beside marks, and letters at axes: 8 and 7 points. */
export const [BODY, SMALL] = [12, 10.5];
/** How much wider a text may run in a reader's font than in the one it was laid out in. */
export const WIDER = 1.15;

export const INK = "#1b1f24";
export const MUTED = "#57606c";
export const FAINT = "#d5dae1";
export const PAPER = "#ffffff";

/** A straight line. */
export const line = (x1: number, y1: number, x2: number, y2: number, stroke: Stroke): Item => ({
  kind: "path",
  points: [
    [x1, y1],
    [x2, y2],
  ],
  stroke,
});

export const text = (
  x: number,
  y: number,
  words: string,
  more: Partial<Omit<Extract<Item, { kind: "text" }>, "kind" | "x" | "y" | "text">> = {},
): Item => ({ kind: "text", x, y, text: words, align: "start", size: SMALL, colour: INK, ...more });
