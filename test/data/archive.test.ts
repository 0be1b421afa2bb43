import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packArchive, unpackArchive } from "../../src/data/archive.ts";

const LIMIT = 1 << 20;
const name = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,20}$/).filter((text) => text !== "__proto__");
const files = fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 40 })), { maxLength: 6 }).map((list) => new Map(list));
/** The bytes inside, changed, and packed again. */
const repack = (archive: Uint8Array, change: (bytes: Buffer) => Uint8Array) =>
  brotliCompressSync(change(brotliDecompressSync(archive)));
const withHeader = (header: unknown, body = "") => {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return brotliCompressSync(Buffer.concat([length, text, Buffer.from(body)]));
};

describe("archives", () => {
  it("give back what was put in, and are the same bytes for the same files", () => {
    fc.assert(
      fc.property(files, (given) => {
        const packed = packArchive(given);
        const back = unpackArchive(packed, LIMIT, "it");
        expect(new Map([...back].map(([key, bytes]) => [key, Uint8Array.from(bytes)]))).toEqual(
          new Map([...given].sort(([a], [b]) => (a < b ? -1 : 1))),
        );
        expect(packArchive(new Map([...given].reverse()))).toEqual(packed);
      }),
    );
  });

  it("are refused, whatever byte of them is cut off or added", () => {
    const packed = packArchive(new Map([["a.json", Uint8Array.of(1, 2, 3)]]));
    for (let length = 0; length < packed.length; length++) {
      expect(() => unpackArchive(packed.subarray(0, length), LIMIT, "it")).toThrow(/does not unpack/);
    }
    expect(() =>
      unpackArchive(
        repack(packed, (b) => b.subarray(0, -1)),
        LIMIT,
        "it",
      ),
    ).toThrow(/accounts for/);
    expect(() =>
      unpackArchive(
        repack(packed, (b) => Buffer.concat([b, b])),
        LIMIT,
        "it",
      ),
    ).toThrow(/accounts for/);
    expect(() =>
      unpackArchive(
        repack(packed, () => Buffer.of(1, 2)),
        LIMIT,
        "it",
      ),
    ).toThrow(/no archive/);
  });

  it("unpack to no more than is allowed", () => {
    const packed = packArchive(new Map([["zeros", new Uint8Array(1000)]]));
    expect(() => unpackArchive(packed, 1000, "it")).toThrow("it unpacks to more than 1000 bytes.");
  });

  it("hold files one after another, each once, under plain names", () => {
    expect(
      unpackArchive(
        withHeader(
          [
            ["a", 1],
            ["b", 1],
          ],
          "xy",
        ),
        LIMIT,
        "it",
      ).size,
    ).toBe(2);
    const bad = [
      [["a", -1]],
      [["a", 0.5]],
      [["a"]],
      [0],
      [["../a", 2]],
      [
        ["a", 1],
        ["a", 1],
      ],
      [["__proto__", 2]],
      [[{}, 2]],
    ];
    for (const header of bad) {
      expect(() => unpackArchive(withHeader(header, "xy"), LIMIT, "it"), JSON.stringify(header)).toThrow(
        /expected a new/,
      );
    }
    expect(() => unpackArchive(withHeader({ a: 2 }, "xy"), LIMIT, "it")).toThrow(/no list/);
    expect(() => unpackArchive(withHeader([["a", 3]], "xy"), LIMIT, "it")).toThrow(/accounts for/);
    expect(() => packArchive(new Map([["../a", new Uint8Array()]]))).toThrow(/no name of a file/);
  });
});
