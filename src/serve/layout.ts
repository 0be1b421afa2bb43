import { HEADER } from "./protocol.ts";

export type Type = "f64" | "f32" | "i32" | "u8";
type Typed = Float64Array | Float32Array | Int32Array | Uint8Array;

/** One array in a message: raw little-endian numbers, row-major, `offset` bytes after the header. */
export interface ArrayPlace {
  readonly name: string;
  /** The role it belongs to; none for arrays of the whole environment. */
  readonly role?: string;
  readonly type: Type;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Lays arrays out one behind the other, the widest types first, so that all lie on multiples of their size. */
export interface Layout {
  readonly places: readonly ArrayPlace[];
  /** Length of the body, a multiple of 8. */
  readonly bytes: number;
}

const BYTES: Readonly<Record<Type, number>> = { f64: 8, f32: 4, i32: 4, u8: 1 };

export function layOut(arrays: readonly Omit<ArrayPlace, "offset">[], from = 0): Layout {
  const sorted = [...arrays].sort((a, b) => BYTES[b.type] - BYTES[a.type]);
  let offset = from;
  const places = sorted.map((array) => {
    const place = { ...array, offset };
    offset += BYTES[array.type] * sizeOf(array.shape);
    return place;
  });
  return { places, bytes: Math.ceil(offset / 8) * 8 };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The array itself, in the memory of a message that begins with a header. */
export function viewOf(memory: ArrayBuffer, { type, shape, offset }: ArrayPlace): Typed {
  const Class = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array }[type];
  return new Class(memory, HEADER + offset, sizeOf(shape));
}
