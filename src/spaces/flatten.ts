import { InputError } from "../data/errors.ts";
import type { AnySpace } from "./json.ts";
import type { Member, Sample, Space } from "./space.ts";

/**
 * How many numbers a flattened member has: the size of a Box, n for Discrete and MultiBinary, Σ nvec for MultiDiscrete,
 * the sum over the parts for Tuple and Dict.
 */
export function flatdim(space: Space): number {
  const s = space as AnySpace;
  switch (s.kind) {
    case "box":
      return s.size;
    case "discrete":
    case "multi-binary":
      return s.n;
    case "multi-discrete":
      return s.nvec.reduce((sum, n) => sum + n, 0);
    case "tuple":
    case "dict":
      return Object.values<Space>(s.spaces).reduce((sum, part) => sum + flatdim(part), 0);
  }
}

/**
 * Writes a member as one vector to out[offset …], and returns `out`: numbers of a Box as they are, choices as one-hot
 * vectors, bits as 0 and 1, Tuples and Dicts end to end in order of declaration (Gymnasium sorts the keys of a Dict).
 * @throws InputError if x is no member; RangeError if `out` is too short. Nothing is written then.
 */
export function flatten<S extends Space>(
  space: S,
  x: Member<S>,
  out: Float32Array = new Float32Array(flatdim(space)),
  offset = 0,
): Float32Array {
  const problem = space.explain(x);
  if (problem !== null) throw new InputError(`flatten: ${problem}.`);
  checkRoom("flatten", space, out, offset);
  write(space as Space as AnySpace, x, out, offset);
  return out;
}

/**
 * The member that was flattened to flat[offset …]; numbers of a Box are rounded to float32.
 * @throws InputError if no member flattens to these numbers; RangeError if there are too few of them.
 */
export function unflatten<S extends Space>(space: S, flat: ArrayLike<number>, offset = 0): Sample<S> {
  checkRoom("unflatten", space, flat, offset);
  const x = read(space as Space as AnySpace, flat, offset);
  const problem = space.explain(x);
  if (problem !== null) throw new InputError(`unflatten: ${problem}.`);
  return x as Sample<S>;
}

function checkRoom(what: string, space: Space, list: ArrayLike<number>, offset: number): void {
  const size = flatdim(space);
  if (!(Number.isInteger(offset) && offset >= 0 && offset + size <= list.length)) {
    throw new RangeError(`${what}: got offset ${offset} in ${list.length} numbers, expected room for ${size}.`);
  }
}

/** Writes a member that was checked; returns the offset after it. */
function write(space: AnySpace, x: unknown, out: Float32Array, offset: number): number {
  switch (space.kind) {
    case "box":
    case "multi-binary":
      out.set(x as ArrayLike<number>, offset);
      return offset + (x as ArrayLike<number>).length;
    case "discrete":
      return oneHot(space.n, (x as number) - space.start, out, offset);
    case "multi-discrete":
      return space.nvec.reduce((at, n, i) => oneHot(n, (x as ArrayLike<number>)[i], out, at), offset);
    case "tuple":
    case "dict":
      return Object.entries<Space>(space.spaces).reduce(
        (at, [key, part]) => write(part as AnySpace, (x as Record<string, unknown>)[key], out, at),
        offset,
      );
  }
}

function oneHot(n: number, hot: number, out: Float32Array, offset: number): number {
  out.fill(0, offset, offset + n);
  out[offset + hot] = 1;
  return offset + n;
}

function read(space: AnySpace, flat: ArrayLike<number>, offset: number): unknown {
  switch (space.kind) {
    case "box":
      return Float32Array.from({ length: space.size }, (_, i) => flat[offset + i]);
    case "multi-binary": {
      // Read as plain numbers first: a Uint8Array would turn 0.5 into 0.
      const bits = Array.from({ length: space.n }, (_, i) => flat[offset + i]);
      return space.contains(bits) ? Uint8Array.from(bits) : bits;
    }
    case "discrete":
      return space.start + hotIndex(space.n, flat, offset);
    case "multi-discrete": {
      let at = offset;
      return Int32Array.from(space.nvec, (n) => {
        at += n;
        return hotIndex(n, flat, at - n);
      });
    }
    case "tuple":
    case "dict": {
      let at = offset;
      const entries = Object.entries<Space>(space.spaces).map(([key, part]) => {
        const member = read(part as AnySpace, flat, at);
        at += flatdim(part);
        return [key, member] as const;
      });
      return space.kind === "dict" ? Object.fromEntries(entries) : entries.map(([, member]) => member);
    }
  }
}

function hotIndex(n: number, flat: ArrayLike<number>, offset: number): number {
  let hot = -1;
  for (let i = 0; i < n; i++) {
    const value = flat[offset + i];
    if (value === 0) continue;
    if (value !== 1 || hot !== -1) {
      throw new InputError(
        `unflatten: got ${value} at index ${offset + i}, expected one 1 among ${n} numbers, else 0.`,
      );
    }
    hot = i;
  }
  if (hot === -1) throw new InputError(`unflatten: got zeros at index ${offset} and after, expected one 1 among ${n}.`);
  return hot;
}
