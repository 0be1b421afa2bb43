import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import { decodeTensors, encodeTensors } from "../../src/data/safetensors.ts";
import { encodePolicy, loadPolicies, loadPolicy, policyDigest, savePolicy } from "../../src/policy/checkpoint.ts";
import type { PolicyData } from "../../src/policy/data.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-checkpoint-"));
const base = join(scratch, "bot");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const tensor = (shape: number[], fill = 0.5) => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
});
const data: PolicyData = {
  format: 1,
  kind: "mlp",
  environment: "toy-v0",
  role: "bot",
  baseline: "test",
  obsSize: 3,
  action: { kind: "discrete", n: 4, start: 0 },
  hidden: [5],
  activation: "tanh",
  conditioned: true,
  joint: false,
  greedy: false,
  extra: {},
  tensors: { w0: tensor([4, 5]), b0: tensor([5]), w1: tensor([5, 4], -0.25), b1: tensor([4]) },
};
beforeEach(() => savePolicy(base, data));

describe("a saved policy", () => {
  it("is read back as it was, from the same bytes for the same data", () => {
    expect(loadPolicy(base)).toEqual(data);
    const shuffled = { ...data, tensors: Object.fromEntries(Object.entries(data.tensors).reverse()) };
    expect(encodePolicy(shuffled)).toEqual(encodePolicy(data));
    expect(policyDigest(loadPolicy(base))).toBe(policyDigest(data));
    expect(policyDigest({ ...data, greedy: true })).not.toBe(policyDigest(data));
  });

  it("is found by file or by folder", () => {
    const folder = join(scratch, "side");
    mkdirSync(folder, { recursive: true });
    for (const end of ["json", "safetensors"]) copyFileSync(`${base}.${end}`, join(folder, `bot.${end}`));
    for (const path of [base, `${base}.json`, `${base}.safetensors`, folder]) {
      expect(Object.keys(loadPolicies(path, ["bot", "other"]))).toEqual(["bot"]);
    }
    expect(() => loadPolicies(folder, ["other"])).toThrow(/holds no policy: expected other\.json/);
    expect(() => loadPolicies(join(scratch, "nowhere"), ["bot"])).toThrow(/there is no policy/);
  });

  it("is refused when its description was changed", () => {
    const good = JSON.parse(readFileSync(`${base}.json`, "utf8"));
    const wrong: [unknown, RegExp][] = [
      [{ ...good, hidden: [6] }, /tensor "w0" has shape \[4,5\], expected/],
      [{ ...good, obsSize: 5 }, /tensor "w0" has shape \[4,5\], expected \[≥ 5/],
      [{ ...good, hidden: [] }, /tensor "w0"/],
      [{ ...good, action: { kind: "discrete", n: 3, start: 0 } }, /tensor "w1" has shape \[5,4\], expected \[5, 3\]/],
      [{ ...good, action: { kind: "tuple", spaces: [] } }, /tuple/],
      [{ ...good, action: "run me" }, /./],
      [{ ...good, kind: "code" }, /kind/],
      [{ ...good, code: "x" }, /unknown key "code"/],
      [{ ...good, script: "x" }, /script: got "x"/],
      [{ ...good, script: { name: "x" } }, /`script` belongs to policies of that kind/],
      [{ ...good, format: 2 }, /format/],
      [{ ...good, hidden: [1e9] }, /hidden/],
      [{ ...good, extra: { x: "y" } }, /extra/],
      [{ ...good, weights: "00" }, /SHA-256/],
      [[], /SHA-256/],
      [null, /SHA-256/],
    ];
    for (const [json, message] of wrong) {
      writeFileSync(`${base}.json`, JSON.stringify(json));
      expect(() => loadPolicy(base)).toThrow(InputError);
      expect(() => loadPolicy(base)).toThrow(message);
    }
    writeFileSync(`${base}.json`, '{"__proto__": {"polluted": 1}}');
    expect(() => loadPolicy(base)).toThrow(InputError);
    writeFileSync(`${base}.json`, "{".repeat(1000));
    expect(() => loadPolicy(base)).toThrow(/nested more than 64/);
    writeFileSync(`${base}.json`, "{".repeat(10));
    expect(() => loadPolicy(base)).toThrow(/no JSON/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("is refused when a tensor is missing, too many, or not finite", () => {
    const { b1: _, ...without } = data.tensors;
    expect(() => encodePolicy({ ...data, tensors: without })).toThrow(/tensor "b1" has shape none/);
    expect(() => encodePolicy({ ...data, tensors: { ...data.tensors, w9: tensor([1]) } })).toThrow(/"w9" is no part/);
    expect(() => encodePolicy({ ...data, tensors: { ...data.tensors, b1: tensor([4], Number.NaN) } })).toThrow(
      /number 0 is NaN/,
    );
    const more = (earlier: ReturnType<typeof tensor>, action: unknown = data.action, logStd = {}) =>
      encodePolicy({ ...data, action, tensors: { ...data.tensors, earlier, ...logStd } });
    expect(() => more(tensor([4, 4]))).not.toThrow();
    expect(() => more(tensor([4, 3]))).toThrow(/tensor "earlier" has shape \[4,3\], expected \[4, 4\]/);
    expect(() => more(tensor([4, 4], Number.POSITIVE_INFINITY))).toThrow(/number 0 is Infinity/);
    const box = { kind: "box", shape: [4], low: -1, high: 1 };
    expect(() => more(tensor([4, 4]), box, { logStd: tensor([4]) })).toThrow(/"earlier" belongs to choices/);
    const moments = { mean: tensor([3]), std: tensor([3], 0) };
    expect(() => encodePolicy({ ...data, tensors: { ...data.tensors, ...moments } })).toThrow(/std is not positive/);
  });
});

describe("safetensors", () => {
  const names = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 12 });

  it("holds any tensors exactly", () => {
    fc.assert(
      fc.property(fc.dictionary(names, values), (lists) => {
        const tensors = Object.fromEntries(
          Object.entries(lists).map(([name, list]) => [name, { shape: [list.length], data: Float32Array.from(list) }]),
        );
        expect(decodeTensors(encodeTensors(tensors), "x")).toEqual(tensors);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("has the layout that others read: length, JSON header, float32 little-endian", () => {
    const bytes = encodeTensors({ b: { shape: [1, 2], data: Float32Array.of(1, -2) } });
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString())).toEqual({
      b: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
    });
    expect([view.getFloat32(8 + length, true), view.getFloat32(12 + length, true)]).toEqual([1, -2]);
  });

  it("refuses every flipped byte in the header and every cut, without trying to allocate what is claimed", () => {
    const good = encodeTensors({ a: tensor([2]), b: tensor([1]) });
    const header = Number(new DataView(good.buffer).getBigUint64(0, true));
    for (let at = 0; at < 8 + header; at++) {
      for (const flip of [1, 64, 128]) {
        const bad = Uint8Array.from(good);
        bad[at] ^= flip;
        // A name's letter may turn into another letter: then these are other tensors, no longer in a refused file.
        let read: Record<string, unknown>;
        try {
          read = decodeTensors(bad, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          continue;
        }
        expect(Object.keys(read)).not.toEqual(["a", "b"]);
      }
    }
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeTensors(good.subarray(0, length), "x")).toThrow(InputError);
    }
    const forged = (header: unknown, data = 0) => {
      const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
      const bytes = new Uint8Array(8 + json.length + data);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
      bytes.set(json, 8);
      return bytes;
    };
    const entry = (shape: unknown, offsets: unknown) =>
      forged({ a: { dtype: "F32", shape, data_offsets: offsets } }, 8);
    for (const bad of [
      entry([1e9], [0, 4e9]),
      entry([1 << 26, 1 << 26], [0, 8]),
      entry([-1], [0, -4]),
      entry([2], [4, 12]),
      entry([2.5], [0, 10]),
      entry("2", [0, 8]),
      forged([1]),
      forged("null"),
      forged('{"__proto__": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}'),
      forged({ "../x": { dtype: "F32", shape: [0], data_offsets: [0, 0] } }),
      forged({ a: { dtype: "F64", shape: [1], data_offsets: [0, 8] } }, 8),
    ]) {
      expect(() => decodeTensors(bad, "x")).toThrow(InputError);
    }
  });
});
