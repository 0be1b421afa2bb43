import type { Card } from "./catalogue.ts";
import type { Brought, Choice } from "./choice.ts";
import type { Recorded } from "./recorded.ts";
import type { Saved } from "./subject.ts";

/** What a page carries as data beside its script. */
export interface PageData {
  readonly version: string;
  readonly cards: readonly Card[];
  readonly worker: string;
  /** Scripts of environments, by id. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly replay: Replay | null;
  /** Of a page of several episodes: what `?show=` in the page's address calls each. Without that, `replay` is shown. */
  readonly replays?: Readonly<Record<string, Replay>>;
}

/** One episode: where it begins, and the trained policies that play in it, or what somebody did in it. */
export interface Replay {
  readonly choice: Choice;
  readonly saved: Bag | null;
  readonly recorded: Recorded | null;
}

/** Trained policies that a page brings along. */
export interface Bag extends Brought {
  readonly policies: Saved;
}

/**
 * JSON that may stand in a page's `<script>`, with floats and infinities as JSON has none of them: as strings, since names and
 * numbers of a policy are its author's. An array of floats that is there again stands there once.
 */
export function encodeData(data: PageData): string {
  const written = new Map<Float32Array, number>();
  const text = JSON.stringify(data, (_, value) => {
    if (value instanceof Float32Array && written.has(value)) return { floats: `#${written.get(value)}` };
    if (value instanceof Float32Array && written.set(value, written.size))
      return { floats: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return { infinite: String(value) };
    return value;
  });
  return text.replaceAll("<", "\\u003c");
}

/** The same, read. */
export function decodeData(text: string): PageData {
  const read: Float32Array[] = [];
  return JSON.parse(text, (_, value) => {
    if (typeof value !== "object" || value === null) return value;
    if (typeof value.infinite === "string") return Number(value.infinite);
    if (typeof value.floats !== "string") return value;
    if (value.floats.startsWith("#")) return read[Number(value.floats.slice(1))];
    const floats = new Float32Array(Uint8Array.from(atob(value.floats), (one) => one.charCodeAt(0)).buffer);
    read.push(floats);
    return floats;
  }) as PageData;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
