import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Activation, createForward, weightLengths } from "../../src/policy/network/forward.ts";
import { Rng } from "../../src/random/rng.ts";

// The same network written out with Math.fround, which rounds every operation to float32 as IEEE 754 says: if the kernels
// reorder a sum, fuse a product into it or use another tanh, some bit differs.
const f = Math.fround;
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

function tanhTwin(x: number): number {
  const a = Math.min(Math.abs(x), 10);
  const y = f(a + a);
  const n = f(f(y * f(Math.LOG2E)) + 12582912);
  const r = f(y - f(f(n - 12582912) * f(Math.LN2)));
  let q = f(f(f(0.0013882520142942667) * r) + f(0.008366528898477554));
  q = f(f(q * r) + f(0.04166720062494278));
  q = f(f(q * r) + f(0.1666654348373413));
  q = f(f(q * r) + f(0.4999999701976776));
  float[0] = n;
  bits[0] = (bits[0] << 23) + 0x3f800000;
  const s = float[0];
  const e = f(f(s * f(r + f(f(r * r) * q))) + f(s - 1));
  const t = f(e / f(e + 2));
  return x < 0 || Object.is(x, -0) ? -t : t;
}

const activations: Record<Activation, (x: number) => number> = {
  linear: (x) => x,
  tanh: tanhTwin,
  relu: (x) => Math.max(x, 0),
};

function forwardTwin(
  sizes: number[],
  activation: Activation,
  weights: Float32Array[],
  input: Float32Array,
  rows: number,
) {
  let x = input.slice(0, rows * sizes[0]);
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [inputs, outputs] = [sizes[layer], sizes[layer + 1]];
    const act = layer + 2 < sizes.length ? activations[activation] : activations.linear;
    const y = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < outputs; j++) {
        let sum = weights[2 * layer + 1][j];
        for (let k = 0; k < inputs; k++) sum = f(sum + f(x[row * inputs + k] * weights[2 * layer][k * outputs + j]));
        y[row * outputs + j] = act(sum);
      }
    }
    x = y;
  }
  return x;
}

function randomWeights(sizes: number[], rng: Rng): Float32Array[] {
  return weightLengths({ sizes }).map((length) => Float32Array.from({ length }, () => 0.5 * rng.normal()));
}

const asBits = (x: Float32Array) => new Uint32Array(x.slice().buffer);

describe("createForward", () => {
  it("has the bits of the stated order of operations, for any shape", () => {
    const size = fc.integer({ min: 1, max: 21 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 2, maxLength: 4 }),
        fc.constantFrom<Activation>("linear", "tanh", "relu"),
        fc.integer({ min: 1, max: 150 }),
        fc.integer(),
        (sizes, activation, rows, seed) => {
          const rng = new Rng(seed, "forward");
          const weights = randomWeights(sizes, rng);
          const net = createForward({ sizes, activation, weights, maxRows: rows });
          for (let i = 0; i < net.input.length; i++) net.input[i] = 2 * rng.normal();
          const expected = forwardTwin(sizes, activation, weights, net.input, rows);
          expect(asBits(net.run(rows))).toEqual(asBits(expected));
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it("gives a row the same bits alone and among others", () => {
    const rng = new Rng(2, "rows");
    const sizes = [5, 13, 3];
    const net = createForward({ sizes, activation: "tanh", weights: randomWeights(sizes, rng), maxRows: 71 });
    for (let i = 0; i < net.input.length; i++) net.input[i] = rng.normal();
    const all = net.run(71).slice();
    for (const row of [0, 3, 63, 64, 70]) {
      const one = createForward({
        sizes,
        activation: "tanh",
        weights: randomWeights(sizes, new Rng(2, "rows")),
        maxRows: 1,
      });
      one.input.set(net.input.subarray(row * 5, row * 5 + 5));
      expect(asBits(one.run(1))).toEqual(asBits(all.slice(row * 3, row * 3 + 3)));
    }
  });

  it("leaves rows beyond the asked number alone", () => {
    const net = createForward({
      sizes: [1, 1],
      activation: "linear",
      weights: [new Float32Array([2]), new Float32Array([1])],
      maxRows: 7,
    });
    net.input.fill(3);
    net.output.fill(-1);
    expect([...net.run(5)]).toEqual([7, 7, 7, 7, 7, -1, -1]);
    expect(net.run(0)).toBe(net.output);
  });

  it("knows tanh to 1e-7, and its limits", () => {
    const count = 40_000;
    const net = createForward({
      sizes: [1, 1, 1],
      activation: "tanh",
      weights: [1, 0, 1, 0].map((x) => new Float32Array([x])),
      maxRows: count,
    });
    for (let i = 0; i < count; i++) net.input[i] = i % 2 === 0 ? (i / count) * 12 - 6 : 10 ** ((-8 * i) / count);
    net.run(count);
    let absolute = 0;
    let relative = 0;
    for (let i = 0; i < count; i++) {
      const truth = Math.tanh(net.input[i]);
      absolute = Math.max(absolute, Math.abs(net.output[i] - truth));
      if (truth !== 0) relative = Math.max(relative, Math.abs(net.output[i] / truth - 1));
    }
    expect(absolute).toBeLessThan(1e-7);
    expect(relative).toBeLessThan(2e-7);
    net.input.set([0, -0, 1e-30, 9.5, -12, 1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
    expect([...net.run(9).subarray(0, 9)]).toEqual([0, 0, f(1e-30), 1, -1, 1, 1, -1, Number.NaN]);
  });

  it("takes new weights, and refuses wrong ones without changing anything", () => {
    const weights = () => [new Float32Array([1, 2]), new Float32Array([3])];
    const net = createForward({ sizes: [2, 1], activation: "tanh", weights: weights(), maxRows: 1 });
    net.input.set([10, 100]);
    expect(net.run(1)[0]).toBe(213);
    expect(() => net.setWeights([new Float32Array([5, Number.NaN]), new Float32Array([3])])).toThrow(/W0\[1\] is NaN/);
    expect(() => net.setWeights([new Float32Array(3), new Float32Array(1)])).toThrow(
      /arrays of \[3, 1\].*expected \[2, 1\]/,
    );
    expect(() => net.setWeights([new Float32Array(2)])).toThrow(RangeError);
    expect(net.run(1)[0]).toBe(213);
    const given = [new Float32Array([0, 1]), new Float32Array([0])];
    net.setWeights(given);
    given[0].fill(7);
    expect(net.run(1)[0]).toBe(100);
  });

  it("refuses impossible shapes", () => {
    const weights = [new Float32Array(2), new Float32Array(1)];
    expect(() => createForward({ sizes: [2], activation: "tanh", weights, maxRows: 1 })).toThrow(/sizes \[2\]/);
    expect(() => createForward({ sizes: [2, 0], activation: "tanh", weights, maxRows: 1 })).toThrow(RangeError);
    expect(() => createForward({ sizes: [2, 1], activation: "tanh", weights, maxRows: 0 })).toThrow(/maxRows 0/);
    expect(() => createForward({ sizes: [2, 1], activation: "gelu" as "tanh", weights, maxRows: 1 })).toThrow(/gelu/);
    const net = createForward({ sizes: [2, 1], activation: "tanh", weights, maxRows: 4 });
    for (const rows of [5, -1, 1.5, Number.NaN]) expect(() => net.run(rows)).toThrow(/maxRows = 4/);
  });
});
