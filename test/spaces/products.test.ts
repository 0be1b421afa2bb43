import { describe, expect, expectTypeOf, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  box,
  dict,
  discrete,
  explain,
  type Mask,
  type Member,
  multiBinary,
  multiDiscrete,
  type Sample,
  tuple,
} from "../../src/spaces/index.ts";

const pair = tuple(discrete(3), box([2], 0, 1));
const named = dict({ door: discrete(3), lamps: multiBinary(2), inner: dict({ constructor: multiDiscrete([2, 2]) }) });

describe("tuple", () => {
  it("accepts one member of each part", () => {
    expect(pair.contains([2, [0, 1]])).toBe(true);
    expect(pair.contains([2, new Float32Array(2)])).toBe(true);
    expect(tuple().contains([])).toBe(true);
  });

  it.each([
    [[2], "got 1 members, expected 2"],
    [[2, [0, 1], 0], "got 3 members, expected 2"],
    [[3, [0, 1]], "in part 0: got 3, expected a whole number from 0 to 2"],
    [[2, [0, 2]], "in part 1: got 2 at index 1, expected a number from 0 to 1"],
    [new Array(2), "in part 0: got undefined"],
    [{ 0: 2, 1: [0, 1], length: 2 }, "expected a list of 2 members"],
    [new Float32Array(2), "expected a list of 2 members"],
    [null, "got null"],
  ])("refuses %j", (x, why) => {
    expect(pair.contains(x)).toBe(false);
    expect(explain(pair, x)).toContain(why);
  });

  it("passes masks on by position", () => {
    const rng = new Rng(1, "tuple");
    for (let i = 0; i < 50; i++) expect(pair.sample(rng, [[0, 0, 1], null])[0]).toBe(2);
    expect(() => pair.sample(rng, [[0, 1], null])).toThrow("got a mask of 2 values, expected 3");
    expect(() => pair.sample(rng, [[0, 0, 1]] as never)).toThrow("expected a list of 2 masks");
    expect(() => pair.sample(rng, { 0: null } as never)).toThrow("expected a list of 2 masks");
  });

  it("refuses what is no space", () => {
    expect(() => tuple(discrete(2), 5 as never)).toThrow("argument 1 is 5, expected a space");
    expect(() => tuple(discrete(2).toJSON() as never)).toThrow("argument 0 is");
  });
});

describe("dict", () => {
  const member = { door: 1, lamps: [0, 1], inner: { constructor: [1, 1] } };

  it("accepts records with exactly its keys, in any order", () => {
    expect(explain(named, member)).toBeNull();
    expect(named.contains({ inner: member.inner, lamps: new Uint8Array(2), door: 0 })).toBe(true);
    expect(dict({}).contains({})).toBe(true);
  });

  it.each([
    [{ ...member, door: 7 }, 'in "door": got 7, expected a whole number from 0 to 2'],
    [{ door: 1, lamps: [0, 1] }, '"inner" is missing, expected the keys door, lamps, inner'],
    [{ ...member, window: 1 }, 'got the key "window", expected only door, lamps, inner'],
    [{ ...member, [Symbol("s")]: 1 }, "got the key"],
    [JSON.parse('{"door":1,"lamps":[0,1],"inner":{"constructor":[1,1]},"__proto__":{}}'), 'got the key "__proto__"'],
    [Object.create(member), '"door" is missing'],
    [{ ...member, inner: {} }, 'in "inner": "constructor" is missing'],
    [[member], "expected an object with the keys door, lamps, inner"],
    ["door", 'got "door"'],
    [null, "got null"],
  ])("refuses %j", (x, why) => {
    expect(named.contains(x)).toBe(false);
    expect(explain(named, x)).toContain(why);
  });

  it("keeps the order of declaration", () => {
    expect(Object.keys(named.sample(new Rng(1)))).toEqual(["door", "lamps", "inner"]);
    expect(Object.keys(dict({ b: discrete(2), a: discrete(2) }).spaces)).toEqual(["b", "a"]);
  });

  it("passes masks on by name", () => {
    const rng = new Rng(1, "dict");
    for (let i = 0; i < 50; i++) {
      const x = named.sample(rng, { door: [0, 0, 1], inner: { constructor: [[0, 1], null] } });
      expect([x.door, x.inner.constructor[0]]).toEqual([2, 1]);
    }
    expect(named.contains(named.sample(rng, {}))).toBe(true);
    expect(dict({ toString: discrete(2) }).sample(rng, {}).toString).toBeLessThan(2);
    expect(() => named.sample(rng, { window: [1] } as never)).toThrow("got masks an object { window }");
    expect(() => named.sample(rng, 5 as never)).toThrow("got masks 5");
    expect(() => named.sample(rng, { lamps: [3, 3] })).toThrow("got 3 at index 0 of the mask");
  });

  it.each(["", "0", "17", "__proto__"])("refuses the name %j", (name) => {
    const spaces = Object.defineProperty({}, name, { value: discrete(2), enumerable: true });
    expect(() => dict(spaces)).toThrow(`dict: got the name ${JSON.stringify(name)}`);
  });

  it("refuses what is no space, and is not changed from outside", () => {
    expect(() => dict({ a: 5 as never })).toThrow('dict: "a" is 5, expected a space');
    expect(() => dict([discrete(2)] as never)).toThrow("expected an object of spaces by name");
    expect(() => dict(null as never)).toThrow("expected an object of spaces by name");
    const parts: Record<string, ReturnType<typeof discrete>> = { a: discrete(2) };
    const space = dict(parts);
    parts.b = discrete(2);
    expect(Object.keys(space.spaces)).toEqual(["a"]);
  });
});

describe("types", () => {
  it("of samples follow the spaces", () => {
    const rng = new Rng(1);
    const whole = dict({
      position: box([2], 0, 1),
      choice: tuple(discrete(3), multiDiscrete([2])),
      bits: multiBinary(2),
    });
    expectTypeOf(whole.sample(rng)).toEqualTypeOf<{
      position: Float32Array;
      choice: [number, Int32Array];
      bits: Uint8Array;
    }>();
    expectTypeOf<Sample<typeof pair>>().toEqualTypeOf<[number, Float32Array]>();
    expectTypeOf<Member<typeof pair>>().toEqualTypeOf<readonly [number, Float32Array | readonly number[]]>();
    expectTypeOf<Mask<typeof pair>>().toEqualTypeOf<readonly [ArrayLike<number> | null, null]>();
    expectTypeOf(whole.spaces.choice.spaces[0].n).toEqualTypeOf<number>();
    const x: unknown = whole.sample(rng);
    if (whole.contains(x)) expectTypeOf(x.choice[0]).toEqualTypeOf<number>();
    // @ts-expect-error: no such part
    expect(() => whole.sample(rng, { window: [1] })).toThrow();
    // @ts-expect-error: a Box has no masks
    expect(() => whole.sample(rng, { position: [1, 1] })).toThrow();
  });
});
