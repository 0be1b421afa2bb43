import { z } from "zod";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import type { Rng } from "../random/rng.ts";

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

/** What a shape stands for; themes give it a colour. */
export type Tone = "benign" | "attacker" | "defender" | "neutral" | "good" | "bad";

/** A thing to draw, in the units of its scene. */
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

/** What a painter sees of one copy: the last observations, what was done in the step, and the dynamics' own picture. */
export interface Sight<C extends string = string> {
  /** Steps taken. */
  readonly step: number;
  /** What the environment has counted so far. */
  readonly counters: Readonly<Record<C, number>>;
  /** What the environment's `render()` draws, where it does. */
  readonly scene: Scene | undefined;
  /** How many agents a role has. */
  count(role: string): number;
  /** A named part of an agent's observation: a live view. */
  part(role: string, agent: number, name: string): Float32Array;
  /** A number of an agent's last action: the first, or that of a component. */
  action(role: string, agent: number, component?: number): number;
  /**
   * A new stream that draws what the dynamics' own drew from the episode's beginning: what they draw first, as a network,
   * can be drawn again for a picture. Theirs stays where it is.
   */
  world(): Rng;
}

/**
 * Draws an environment for somebody who does not know it, where that takes the past or more than its dynamics draw: what
 * a file `scene.ts` beside `env.ts` exports by default is called with the parameters for every episode.
 */
export interface Painter {
  /** Called when the episode has begun and after each step, drawn or not. */
  see(sight: Sight): void;
  /** The picture of now. */
  draw(sight: Sight): Scene;
}

const place = z.number();
const text = z.string().max(1000);
const tone = z.enum(["benign", "attacker", "defender", "neutral", "good", "bad"]);
const label = text.optional();

/** Checks scenes that come from elsewhere: finite numbers, sizes above 0, no unknown keys, bounded length. */
export const sceneSchema: z.ZodType<Scene> = z.strictObject({
  title: text.optional(),
  width: z.number().positive(),
  height: z.number().positive(),
  shapes: z
    .array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("circle"), x: place, y: place, r: z.number().min(0), tone, label }),
        z.strictObject({
          kind: z.literal("rect"),
          x: place,
          y: place,
          w: z.number().min(0),
          h: z.number().min(0),
          tone,
          label,
        }),
        z.strictObject({ kind: z.literal("line"), x: place, y: place, x2: place, y2: place, tone }),
        z.strictObject({ kind: z.literal("text"), x: place, y: place, text, tone: tone.optional() }),
      ]),
    )
    .max(100_000),
  labels: z.record(text, z.union([text, z.number()])).optional(),
  series: z.record(text, z.array(z.number()).max(1_000_000)).optional(),
});

/** A scene from anywhere, checked. @throws InputError that says where it is wrong. */
export function checkScene(scene: unknown): Scene {
  const parsed = sceneSchema.safeParse(scene);
  if (parsed.success) return parsed.data;
  throw new InputError(`Scene: ${explainIssue(firstIssue(parsed.error.issues), scene, () => [])}`);
}
