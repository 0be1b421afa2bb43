import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  box,
  dict,
  discrete,
  explain,
  flatdim,
  flatten,
  fromJSON,
  multiBinary,
  multiDiscrete,
  type Space,
  tuple,
  unflatten,
} from "../../src/spaces/index.ts";
import { anyRng, anySpace, SEED } from "./arbitrary.ts";

describe("every space", () => {
  it("contains what it samples, and says so twice", () => {
    fc.assert(
      fc.property(anySpace, anyRng, (space, rng) => {
        const x = space.sample(rng);
        expect(explain(space, x)).toBeNull();
        expect(space.contains(x)).toBe(true);
      }),
      SEED,
    );
  });

  it("samples the same member from the same stream", () => {
    fc.assert(
      fc.property(anySpace, fc.integer(), (space, seed) => {
        expect(space.sample(new Rng(seed))).toEqual(space.sample(new Rng(seed)));
      }),
      SEED,
    );
  });

  it("comes back from JSON equal, and writes the same JSON again", () => {
    fc.assert(
      fc.property(anySpace, (space) => {
        const text = JSON.stringify(space);
        const back = fromJSON(JSON.parse(text));
        expect(back.equals(space)).toBe(true);
        expect(space.equals(back)).toBe(true);
        expect(JSON.stringify(back)).toBe(text);
      }),
      SEED,
    );
  });

  it("gets its members back from flat vectors", () => {
    fc.assert(
      fc.property(anySpace, anyRng, fc.nat(3), (space, rng, offset) => {
        const x = space.sample(rng);
        const size = flatdim(space);
        const flat = new Float32Array(size + offset + 2).fill(7);
        expect(flatten(space, x, flat, offset)).toBe(flat);
        expect(unflatten(space, flat, offset)).toEqual(x);
        const outside = [...flat.subarray(0, offset), ...flat.subarray(offset + size)];
        expect(outside).toEqual(new Array(offset + 2).fill(7));
        expect(flatten(space, x)).toEqual(flat.slice(offset, offset + size));
      }),
      SEED,
    );
  });

  it("equals itself, and another only if JSON agrees", () => {
    fc.assert(
      fc.property(anySpace, anySpace, (space, other) => {
        expect(space.equals(space)).toBe(true);
        expect(space.equals(other)).toBe(JSON.stringify(space) === JSON.stringify(other));
      }),
      SEED,
    );
  });

  it("is frozen, with everything in it", () => {
    const check = (x: unknown): void => {
      if (typeof x !== "object" || x === null) return;
      expect(Object.isFrozen(x)).toBe(true);
      for (const value of Object.values(x)) check(value);
    };
    fc.assert(fc.property(anySpace, check), SEED);
    const shape = [2];
    const low = new Float32Array([0, 0]);
    const space = box(shape, low, 1);
    shape[0] = 9;
    low[0] = 9;
    expect(space).toMatchObject({ shape: [2], low: [0, 0], high: [1, 1] });
  });

  it("refuses arbitrary values without an exception, and says why", () => {
    fc.assert(
      fc.property(anySpace, fc.anything({ withBigInt: true, withTypedArray: true, withMap: true }), (space, x) => {
        expect(explain(space, x) === null).toBe(space.contains(x));
        if (!space.contains(x)) expect(explain(space, x)).toMatch(/expected/);
        // What it does contain, flattens and comes back.
        else
          expect(flatten(space, unflatten(space, flatten(space, x as never)) as never)).toEqual(
            flatten(space, x as never),
          );
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  const spaces: Space[] = [
    box([1], 0, 1),
    box([1], 0, 2),
    box([1], -1, 1),
    box([1], 0, Number.POSITIVE_INFINITY),
    box([1, 1], 0, 1),
    box([], 0, 1),
    box([2], 0, 1),
    box([2], 0, [1, 2]),
    discrete(1),
    discrete(2),
    discrete(2, { start: 1 }),
    multiDiscrete([1]),
    multiDiscrete([2]),
    multiDiscrete([2, 2]),
    multiBinary(1),
    multiBinary(2),
    tuple(),
    tuple(discrete(2)),
    tuple(discrete(2), discrete(2)),
    tuple(tuple(discrete(2))),
    dict({}),
    dict({ a: discrete(2) }),
    dict({ b: discrete(2) }),
    dict({ a: discrete(2), b: discrete(3) }),
    dict({ b: discrete(3), a: discrete(2) }),
  ];
  it("differs from every space with other members", () => {
    for (const [i, one] of spaces.entries()) {
      for (const [j, other] of spaces.entries()) expect(one.equals(other), `${i} and ${j}`).toBe(i === j);
      for (const other of [null, undefined, 5, "box", {}, [], one.toJSON(), { ...one, kind: "text" }]) {
        expect(one.equals(other)).toBe(false);
      }
    }
  });
});
