/** A picture as plain JSON: every renderer (text, SVG, viewer) draws from it. Coordinates run right and down from 0. */
export interface Scene {
  readonly title?: string;
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  /** Values beside the picture, in order: `{ score: "3 of 8" }`. */
  readonly labels?: Readonly<Record<string, string | number>>;
  /** Named series drawn as small line charts. */
  readonly series?: Readonly<Record<string, readonly number[]>>;
}

export type Tone = "benign" | "attacker" | "defender" | "neutral" | "good" | "bad";

export type Shape =
  | {
      readonly kind: "circle";
      readonly x: number;
      readonly y: number;
      readonly r: number;
      readonly tone: Tone;
      readonly label?: string;
    }
  | {
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly tone: Tone;
      readonly label?: string;
    }
  | {
      readonly kind: "line";
      readonly x: number;
      readonly y: number;
      readonly x2: number;
      readonly y2: number;
      readonly tone: Tone;
    }
  | { readonly kind: "text"; readonly x: number; readonly y: number; readonly text: string; readonly tone?: Tone };
