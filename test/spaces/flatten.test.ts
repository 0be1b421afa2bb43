import { describe, expect, it } from "vitest";
import {
  box,
  dict,
  discrete,
  flatdim,
  flatten,
  multiBinary,
  multiDiscrete,
  tuple,
  unflatten,
} from "../../src/spaces/index.ts";

const space = dict({
  b: discrete(3, { start: 5 }),
  a: tuple(multiDiscrete([2, 3]), multiBinary(2)),
  c: box([1, 2], -1, 1),
});
const member = {
  b: 6,
  a: [
    [1, 0],
    [0, 1],
  ],
  c: [0.5, -1],
} as const;
const flat = [0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0.5, -1];

describe("flatten", () => {
  it("lays parts end to end in order of declaration, choices one-hot", () => {
    expect(flatdim(space)).toBe(12);
    expect([...flatten(space, member)]).toEqual(flat);
    expect([flatdim(tuple()), flatdim(box([2, 3], 0, 1)), flatdim(discrete(4))]).toEqual([0, 6, 4]);
  });

  it("overwrites what was there, and only that", () => {
    const out = new Float32Array(14).fill(9);
    flatten(space, member, out, 1);
    expect([...out]).toEqual([9, ...flat, 9]);
  });

  it("refuses what is no member, or no room, and writes nothing", () => {
    const out = new Float32Array(12).fill(9);
    expect(() => flatten(space, { ...member, b: 8 }, out)).toThrow('flatten: in "b": got 8, expected a whole number');
    expect(() => flatten(space, { ...member, c: [0, Number.NaN] }, out)).toThrow("got NaN");
    expect(() => flatten(space, member, out, 1)).toThrow("got offset 1 in 12 numbers, expected room for 12");
    expect(() => flatten(space, member, out, -1)).toThrow(RangeError);
    expect(() => flatten(space, member, out, Number.NaN)).toThrow(RangeError);
    expect([...out]).toEqual(new Array(12).fill(9));
  });
});

describe("unflatten", () => {
  it("gives the member back, with the types of samples", () => {
    expect(unflatten(space, [7, ...flat], 1)).toEqual({
      b: 6,
      a: [new Int32Array([1, 0]), new Uint8Array([0, 1])],
      c: new Float32Array([0.5, -1]),
    });
  });

  const changed = (index: number, value: number) => flat.map((x, i) => (i === index ? value : x));
  it.each([
    ["no hot one", changed(1, 0), "got zeros at index 0 and after, expected one 1 among 3"],
    ["two hot ones", changed(0, 1), "got 1 at index 1, expected one 1 among 3 numbers, else 0"],
    ["half a hot one", changed(1, 0.5), "got 0.5 at index 1"],
    ["NaN", changed(4, Number.NaN), "got NaN at index 4"],
    ["half a bit", changed(8, 0.5), 'in "a": in part 1: got 0.5 at index 0, expected 0 or 1'],
    ["a number out of bounds", changed(11, 2), 'in "c": got 2 at index 1'],
    ["too few numbers", flat.slice(1), "got offset 0 in 11 numbers, expected room for 12"],
  ])("refuses %s", (_, numbers, why) => {
    expect(() => unflatten(space, numbers)).toThrow(why);
  });
});
