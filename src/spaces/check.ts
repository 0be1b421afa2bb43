import { InputError, show } from "../data/errors.ts";

/** The most values that one choice can have: what `Rng.int` draws without bias from one word. */
export const MAX_CHOICES = 2097152;

/** The most numbers that one space may hold. */
export const MAX_SIZE = 16777216;

const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Int8Array.prototype), Symbol.toStringTag)?.get;

/** "Float32Array" and so on for typed arrays of any realm, undefined for everything else; cannot be forged. */
export function typedArrayName(x: unknown): string | undefined {
  return tag?.call(x) as string | undefined;
}

/** Whether x is a list of numbers: the named typed array, or a plain array (whose items are yet to be checked). */
export function isList(x: unknown, typedName: string): x is ArrayLike<unknown> {
  return Array.isArray(x) || typedArrayName(x) === typedName;
}

/** Why `mask` is no list of `size` values from 0 to `most`; null if it is one. */
export function explainMask(mask: unknown, size: number, most: 1 | 2): string | null {
  const values = most === 1 ? "0 or 1" : "0, 1 or 2";
  if (!Array.isArray(mask) && typedArrayName(mask) === undefined) {
    return `got mask ${show(mask)}, expected a list of ${size} values ${values}`;
  }
  const list = mask as ArrayLike<unknown>;
  if (list.length !== size) return `got a mask of ${list.length} values, expected ${size}`;
  for (let i = 0; i < size; i++) {
    const value = list[i];
    if (value !== 0 && value !== 1 && !(most === 2 && value === 2)) {
      return `got ${show(value)} at index ${i} of the mask, expected ${values}`;
    }
  }
  return null;
}

/** Throws an InputError unless x is a whole number from low to high. */
export function checkWhole(x: unknown, low: number, high: number, what: string): asserts x is number {
  if (typeof x !== "number" || !Number.isInteger(x) || x < low || x > high) {
    throw new InputError(`${what}: got ${show(x)}, expected a whole number from ${low} to ${high}.`);
  }
}

/** A frozen copy of a list. @throws InputError if `x` is not a list, or longer than `MAX_SIZE`. */
export function frozenList(x: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(x) && typedArrayName(x) === undefined) {
    throw new InputError(`${what}: got ${show(x)}, expected a list.`);
  }
  const list = x as ArrayLike<unknown>;
  if (list.length > MAX_SIZE) throw new InputError(`${what}: got ${list.length} items, expected at most ${MAX_SIZE}.`);
  return Object.freeze(Array.from(list));
}

/** Whether two lists hold the same numbers. */
export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number> | undefined): boolean {
  if (a.length !== b?.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
