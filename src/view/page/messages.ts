import type { Choice } from "../choice.ts";
import type { Measurement, Theory } from "../measure.ts";
import type { Course, Frame } from "../player.ts";
import type { Recorded } from "../recorded.ts";
import type { Place, Sit, Told } from "../sitting.ts";
import type { Saved } from "../subject.ts";
import type { Screen } from "./marks.ts";

/** What a page asks its worker; every request has an answer of the same number, the last of a kind is what counts. */
export type Request = { readonly id: number } & (
  | { readonly kind: "open"; readonly choice: Choice; readonly saved?: Saved; readonly recorded?: Recorded }
  | {
      readonly kind: "frame";
      readonly step: number;
      readonly agent?: string;
      readonly width: number;
      /** How marks are to be painted, where the page can show them so. */
      readonly screen?: Screen;
    }
  | {
      readonly kind: "measure";
      readonly choice: Choice;
      readonly attacks: readonly string[];
      readonly saved?: Saved;
    }
  | { readonly kind: "theory"; readonly choice: Choice }
  | { readonly kind: "golden" }
  | { readonly kind: "places"; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: "sit"; readonly sit: Sit }
  | { readonly kind: "act"; readonly action: readonly number[] }
  | { readonly kind: "leave" }
);

export type Reply = { readonly id: number } & (
  | { readonly kind: "course"; readonly course: Course }
  | { readonly kind: "frame"; readonly frame: Omit<Frame, "dense">; readonly painted?: ImageBitmap }
  | { readonly kind: "measured"; readonly one: Measurement }
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "theory"; readonly theory: Theory }
  | { readonly kind: "golden"; readonly digest: string }
  | { readonly kind: "places"; readonly places: readonly Place[] }
  | Told
  | { readonly kind: "done" }
  /** `wrong`: the choice cannot be played, and the message says why; else it is a fault of ours. */
  | { readonly kind: "error"; readonly message: string; readonly wrong: boolean }
);
