import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { canonical, digest, pretty, restoreInfinity, sha256, toJson } from "../../src/data/canonical.ts";
import { InputError } from "../../src/data/errors.ts";

describe("canonical JSON", () => {
  it("is that of RFC 8785", () => {
    // Its examples for numbers and for the order of keys (section 3.2).
    expect(canonical([Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0])).toBe(
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
    const keys = { "€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, ö: 7 };
    expect([...canonical(keys).matchAll(/:(\d)/g)].map(([, value]) => Number(value))).toEqual([2, 4, 6, 7, 1, 5, 3]);
    expect(canonical({ b: [true, null, "€\n"], a: {} })).toBe('{"a":{},"b":[true,null,"€\\n"]}');
  });

  it("does not depend on the order in which keys were set, and says everything", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const reversed = JSON.parse(JSON.stringify(value), (_, part) =>
          typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).reverse())
            : part,
        );
        expect(canonical(reversed)).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(pretty(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("keeps infinities, refuses NaN and code", () => {
    expect(toJson({ a: [Number.POSITIVE_INFINITY], b: undefined })).toEqual({ a: ["Infinity"] });
    expect(restoreInfinity(["-Infinity", { a: "Infinity" }, "x"])).toEqual([-Infinity, { a: Infinity }, "x"]);
    expect(() => canonical({ a: Number.NaN })).toThrow(InputError);
    expect(() => canonical(() => 1)).toThrow(InputError);
  });

  it("is hashed by SHA-256", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(digest({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
  });

  it("is hashed to the same where Node is not, as in a browser", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    vi.resetModules();
    const elsewhere = await import("../../src/data/canonical.ts");
    vi.restoreAllMocks();
    for (const data of ["", "€ and 😀", "\ud800", new Uint8Array(1000).map((_, i) => i).subarray(3, 777)])
      expect(elsewhere.sha256(data)).toBe(sha256(data));
    expect(elsewhere.sha256).not.toBe(sha256);
  });
});
