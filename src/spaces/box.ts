import { InputError, show } from "../data/errors.ts";
import { log } from "../numeric/index.ts";
import type { Draws } from "../random/draws.ts";
import { checkWhole, frozenList, isList, MAX_SIZE, sameNumbers } from "./check.ts";
import { type BoundJSON, isSpace, type Space } from "./space.ts";

/**
 * Finite float32 numbers within bounds, row-major over `shape`. Members are flat: `size` numbers. Has no masks.
 */
export interface BoxSpace extends Space<Float32Array, Float32Array | readonly number[], never> {
  readonly kind: "box";
  readonly dtype: "float32";
  readonly shape: readonly number[];
  /** How many numbers a member has: the product of `shape`. */
  readonly size: number;
  /** Inclusive bounds, one for each number, rounded to float32; ±Infinity where there is none. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** What each number means, where that was said. Documentation: plays no part in `equals`. */
  readonly names?: readonly string[];
  /** What it is, with its unit, where that was said. Documentation too. */
  readonly says?: string;
}

/**
 * A box. Each bound is one number for all, or a list with one for each of the `size` numbers.
 *
 * Drawing follows Gymnasium: uniform between two finite bounds, exponential (mean 1) away from a single one, standard
 * normal without any. Plain lists of numbers are members if they would be after rounding to float32.
 * @throws InputError if a dimension is no whole number ≥ 1, the size passes 2²⁴, a bound is NaN or out of float32's
 *   range, a low bound is above its high one, or `names` are not `size` strings.
 */
export function box(
  shape: readonly number[],
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  options: { readonly names?: readonly string[]; readonly says?: string } = {},
): BoxSpace {
  const dimensions = frozenList(shape, "box: shape") as readonly number[];
  let size = 1;
  dimensions.forEach((dimension, i) => {
    checkWhole(dimension, 1, MAX_SIZE, `box: shape[${i}]`);
    size *= dimension;
    if (size > MAX_SIZE) throw new InputError(`box: shape [${dimensions}] holds more than ${MAX_SIZE} numbers.`);
  });
  const lows = bounds(low, size, "low");
  const highs = bounds(high, size, "high");
  // The public bounds are frozen lists, because typed arrays cannot be frozen; these are for the loops.
  const least = Float32Array.from(lows);
  const most = Float32Array.from(highs);
  for (let i = 0; i < size; i++) {
    if (!(lows[i] <= highs[i] && lows[i] < Number.POSITIVE_INFINITY && highs[i] > Number.NEGATIVE_INFINITY)) {
      throw new InputError(`box: at index ${i} got low ${lows[i]} and high ${highs[i]}, expected low ≤ high.`);
    }
  }
  const { says } = options;
  if (says !== undefined && (typeof says !== "string" || says === "")) {
    throw new InputError(`box: says: got ${show(says)}, expected words.`);
  }
  const names = options.names === undefined ? undefined : checkNames(options.names, size);
  const explain = (x: unknown): string | null => {
    if (!isList(x, "Float32Array")) return `got ${show(x)}, expected a Float32Array or list of ${size} numbers`;
    if (x.length !== size)
      return `got ${x.length} numbers, expected ${size}${size > 1 ? ` (shape ${dimensions})` : ""}`;
    for (let i = 0; i < size; i++) {
      const value = x[i];
      const single = typeof value === "number" ? Math.fround(value) : Number.NaN;
      if (!(single >= least[i] && single <= most[i] && single - single === 0)) {
        const label = names === undefined ? "" : ` (${names[i]})`;
        return `got ${show(value)} at index ${i}${label}, expected ${range(lows[i], highs[i])}`;
      }
    }
    return null;
  };
  return Object.freeze<BoxSpace>({
    kind: "box",
    dtype: "float32",
    shape: dimensions,
    size,
    low: lows,
    high: highs,
    ...(names && { names }),
    ...(says !== undefined && { says }),
    sample(rng, mask?: unknown) {
      if (mask !== null && mask !== undefined) {
        throw new InputError(`box.sample: got mask ${show(mask)}, expected none: a Box cannot be masked.`);
      }
      const sampled = new Float32Array(size);
      for (let i = 0; i < size; i++) sampled[i] = draw(rng, least[i], most[i]);
      return sampled;
    },
    contains: (x): x is Float32Array | readonly number[] => explain(x) === null,
    explain,
    equals: (other) =>
      isSpace<BoxSpace>(other, "box") &&
      sameNumbers(other.shape, dimensions) &&
      sameNumbers(other.low, lows) &&
      sameNumbers(other.high, highs),
    toJSON: () => ({
      kind: "box",
      shape: [...dimensions],
      low: boundJSON(lows),
      high: boundJSON(highs),
      ...(names && { names: [...names] }),
    }),
  });
}

function range(low: number, high: number): string {
  if (low !== Number.NEGATIVE_INFINITY && high !== Number.POSITIVE_INFINITY) return `a number from ${low} to ${high}`;
  if (low !== Number.NEGATIVE_INFINITY) return `a finite number, at least ${low}`;
  return high === Number.POSITIVE_INFINITY ? "a finite number" : `a finite number, at most ${high}`;
}

function draw(rng: Draws, low: number, high: number): number {
  const below = low !== Number.NEGATIVE_INFINITY;
  const above = high !== Number.POSITIVE_INFINITY;
  if (!below && !above) return rng.normal();
  const u = rng.float();
  if (below && above) return Math.min(high, low + (high - low) * u);
  return below ? low - log(1 - u) : high + log(1 - u);
}

function bounds(bound: number | ArrayLike<number>, size: number, what: "low" | "high"): readonly number[] {
  const list = typeof bound === "number" ? [bound] : frozenList(bound, `box: ${what}`);
  if (typeof bound !== "number" && list.length !== size) {
    throw new InputError(`box: got ${list.length} ${what} bounds, expected one number or a list of ${size}.`);
  }
  const rounded = list.map((value, i) => {
    const single = typeof value === "number" ? Math.fround(value) : Number.NaN;
    if (Number.isNaN(single) || (!Number.isFinite(single) && single !== value)) {
      throw new InputError(`box: got ${show(value)} as ${what} bound ${i}, expected a float32 number or ±Infinity.`);
    }
    return single;
  });
  return Object.freeze(typeof bound === "number" ? new Array<number>(size).fill(rounded[0]) : rounded);
}

function boundJSON(bound: readonly number[]): BoundJSON {
  const encode = (x: number) => (Number.isFinite(x) ? x : x > 0 ? "Infinity" : "-Infinity");
  return bound.every((x) => x === bound[0]) ? encode(bound[0]) : bound.map(encode);
}

function checkNames(names: readonly string[], size: number): readonly string[] {
  const list = frozenList(names, "box: names");
  if (list.length !== size || !list.every((name) => typeof name === "string")) {
    throw new InputError(`box: got names ${show(names)}, expected ${size} strings.`);
  }
  return list as readonly string[];
}
