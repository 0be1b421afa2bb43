import fc from "fast-check";
import { Rng } from "../../src/random/rng.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space, tuple } from "../../src/spaces/index.ts";

/** The fixed seed of the property tests. */
export const SEED = { seed: 20250503, numRuns: 300 };

const size = fc.integer({ min: 1, max: 6 });
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

/** Boxes of one or two dimensions whose bounds are finite, half infinite, infinite or equal. */
export const anyBox = fc
  .array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 })
  .chain((shape) => {
    const numbers = shape.reduce((product, n) => product * n, 1);
    const bounds = fc.tuple(float, float, fc.integer({ min: 0, max: 7 }));
    return fc.tuple(fc.constant(shape), fc.array(bounds, { minLength: numbers, maxLength: numbers }));
  })
  .map(([shape, bounds]) =>
    box(
      shape,
      bounds.map(([a, b, kind]) => (kind & 1 ? Number.NEGATIVE_INFINITY : Math.min(a, b))),
      bounds.map(([a, b, kind]) => (kind & 2 ? Number.POSITIVE_INFINITY : kind & 4 ? Math.max(a, b) : Math.min(a, b))),
    ),
  );

export const anyDiscrete = fc.tuple(size, fc.integer()).map(([n, start]) => discrete(n, { start }));
export const anyMultiDiscrete = fc.array(size, { minLength: 1, maxLength: 4 }).map((nvec) => multiDiscrete(nvec));
export const anyMultiBinary = size.map((n) => multiBinary(n));

const name = fc.oneof(fc.constantFrom("constructor", "toString", "hasOwnProperty", "a.b"), fc.string({ minLength: 1 }));

export const { space: anySpace } = fc.letrec<{ space: Space; tuple: Space; dict: Space }>((tie) => ({
  space: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    anyBox,
    anyDiscrete,
    anyMultiDiscrete,
    anyMultiBinary,
    tie("tuple"),
    tie("dict"),
  ),
  tuple: fc.array(tie("space"), { maxLength: 3 }).map((parts) => tuple(...parts)),
  dict: fc
    .uniqueArray(
      fc.tuple(
        name.filter((key) => key !== "__proto__" && !/^\d+$/.test(key)),
        tie("space"),
      ),
      {
        maxLength: 3,
        selector: ([key]) => key,
      },
    )
    .map((parts) => dict(Object.fromEntries(parts))),
}));

export const anyRng = fc.integer().map((seed) => new Rng(seed, "spaces"));
