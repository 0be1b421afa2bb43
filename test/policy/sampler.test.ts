import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logProbability } from "../../src/policy/network/categorical.ts";
import { createSampler } from "../../src/policy/network/sampler.ts";
import { Rng } from "../../src/random/rng.ts";

/** Random logits with extra columns, a mask that always allows something, and uniforms. */
function problem(heads: number[], rows: number, extra: number, seed: number) {
  const rng = new Rng(seed, "sampler");
  const width = heads.reduce((sum, size) => sum + size, 0);
  const stride = width + extra;
  const logits = Float32Array.from({ length: rows * stride }, () => 3 * rng.normal());
  const mask = Uint8Array.from({ length: rows * width }, () => Number(rng.bernoulli(0.6)));
  for (let row = 0; row < rows; row++) {
    let offset = row * width;
    for (const size of heads) {
      mask[offset + rng.int(0, size)] = 1;
      offset += size;
    }
  }
  const uniforms = Float32Array.from({ length: rows * heads.length }, () => rng.float());
  return { width, stride, logits, mask, uniforms, rng };
}

describe("createSampler", () => {
  it("takes the choice whose share of the cumulated probability holds the uniform number", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 2 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer(),
        (heads, rows, extra, masked, inTurn, seed) => {
          const { width, stride, logits, mask, uniforms, rng } = problem(heads, rows, extra, seed);
          const earlier = inTurn ? Float32Array.from({ length: width * width }, () => rng.normal()) : undefined;
          const sampler = createSampler({ heads, maxRows: rows, earlier });
          sampler.uniforms.set(uniforms);
          sampler.sample(logits, stride, rows, masked ? mask : null);
          for (let row = 0; row < rows; row++) {
            let offset = 0;
            let logp = 0;
            heads.forEach((size, h) => {
              const choice = sampler.actions[row * heads.length + h];
              const lnp = (j: number) =>
                logProbability(logits, row * stride + offset, size, masked ? mask : null, row * width + offset, j);
              let below = 0;
              for (let j = 0; j < choice; j++) below += Math.exp(lnp(j));
              const u = uniforms[row * heads.length + h];
              expect(u).toBeGreaterThan(below - 1e-6);
              expect(u).toBeLessThan(below + Math.exp(lnp(choice)) + 1e-6);
              expect(lnp(choice)).toBeGreaterThan(Number.NEGATIVE_INFINITY);
              logp += lnp(choice);
              const taken = (offset + choice) * width;
              offset += size;
              if (!earlier) return;
              for (let k = offset; k < width; k++) logits[row * stride + k] += earlier[taken + k];
            });
            expect(Math.abs(sampler.logProbabilities[row] - logp)).toBeLessThan(2e-6 * (1 + Math.abs(logp)));
          }
        },
      ),
      { seed: 1, numRuns: 150 },
    );
  });

  it("draws the same bits in turn, where what was drawn says nothing of the rest", () => {
    const heads = [5, 2, 3];
    const { stride, width, logits, mask, uniforms } = problem(heads, 37, 1, 5);
    // Read anew at every draw; what a choice says of its own component and of earlier ones never is.
    const earlier = new Float32Array(width * width).fill(1);
    const [apart, inTurn] = [undefined, earlier].map((earlier) => createSampler({ heads, maxRows: 40, earlier }));
    earlier.fill(0).fill(Number.NaN, 9 * width, 9 * width + 7);
    for (const sampler of [apart, inTurn]) {
      sampler.uniforms.set(uniforms);
      sampler.sample(logits, stride, 37, mask);
    }
    const drawn = [apart, inTurn].map((sampler) => [
      ...sampler.actions.subarray(0, 3 * 37),
      ...sampler.logProbabilities.subarray(0, 37),
    ]);
    expect(drawn[1]).toEqual(drawn[0]);
    expect(() => createSampler({ heads, maxRows: 1, earlier: new Float32Array(99) })).toThrow(/99 numbers .* 10²/);
  });

  it("never takes what is forbidden, at the ends of the unit interval either", () => {
    const sampler = createSampler({ heads: [4], maxRows: 3 });
    const mask = [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0];
    // 1 is what a float64 just below it becomes in float32.
    for (const [u, expected] of [
      [0, [1, 1, 2]],
      [1, [2, 2, 2]],
    ] as const) {
      sampler.uniforms.fill(u);
      sampler.sample(new Float32Array(12).fill(5), 4, 3, mask);
      expect([...sampler.actions]).toEqual(expected);
    }
    expect(sampler.logProbabilities[0]).toBeCloseTo(-Math.LN2, 6);
    expect(sampler.logProbabilities[2]).toBe(0);
  });

  it("leaves dead rows at zero, and names the living row that cannot choose", () => {
    const sampler = createSampler({ heads: [2], maxRows: 3 });
    const logits = new Float32Array([0, 0, Number.NaN, 0, 0, 0]);
    sampler.uniforms.fill(0.9);
    sampler.sample(logits, 2, 3, [1, 1, 0, 0, 1, 1], [1, 0, 1]);
    expect([...sampler.actions]).toEqual([1, 0, 1]);
    expect(sampler.logProbabilities[1]).toBe(0);
    expect(() => sampler.sample(logits, 2, 3, null)).toThrow(/row 1: /);
    expect(() => sampler.sample(new Float32Array(6), 2, 3, [1, 1, 1, 1, 0, 0])).toThrow(/row 2: the mask/);
    expect(() => sampler.sample(logits, 2, 4, null)).toThrow(/4 rows/);
    expect(() => sampler.sample(logits, 1, 3, null)).toThrow(/stride 1/);
    expect(() => createSampler({ heads: [2, 0], maxRows: 1 })).toThrow(/heads \[2,0\]/);
  });

  it("has the same bits on every machine", () => {
    const heads = [5, 2];
    const { stride, logits, mask, uniforms } = problem(heads, 1000, 1, 42);
    const sampler = createSampler({ heads, maxRows: 1000 });
    sampler.uniforms.set(uniforms);
    sampler.sample(logits, stride, 1000, mask);
    let hash = 0x811c9dc5;
    for (const byte of new Uint8Array(sampler.logProbabilities.slice().buffer))
      hash = Math.imul(hash ^ byte, 0x01000193);
    for (const action of sampler.actions) hash = Math.imul(hash ^ action, 0x01000193);
    expect(hash >>> 0).toBe(3654843500);
  });
});
