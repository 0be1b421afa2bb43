import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import { Normals } from "../../src/random/ziggurat.ts";
import { normalCdf, normalQuantile, normalSf } from "../../src/stats/index.ts";

const draw = (n: number, seed = 1) => {
  const normals = new Normals();
  normals.seed(new Rng(seed, "ziggurat"));
  const out = new Float64Array(n);
  normals.fill(out, n);
  return out;
};

describe("Normals", () => {
  it("gives the same bits for ever", () => {
    expect([...draw(4)]).toMatchInlineSnapshot(`
      [
        1.26094375695629,
        1.2337597073459579,
        -0.6172545449562059,
        1.1078019181310146,
      ]
    `);
  });

  it("goes on where it stopped, and starts anew when seeded", () => {
    const normals = new Normals();
    normals.seed(new Rng(1, "ziggurat"));
    const whole = new Float64Array(5000);
    const part = new Float64Array(50);
    for (let from = 0; from < 5000; from += 50) {
      normals.fill(part, 50);
      whole.set(part, from);
    }
    expect(whole).toEqual(draw(5000));
    normals.seed(new Rng(1, "ziggurat"));
    normals.fill(part, 50);
    expect(part).toEqual(draw(50));
    expect(draw(50, 2)).not.toEqual(part);
  });

  it("leaves what lies beyond the count alone", () => {
    const out = new Float64Array(4).fill(9);
    new Normals().fill(out, 0);
    const normals = new Normals();
    normals.seed(new Rng(1));
    normals.fill(out, 3);
    expect(out[3]).toBe(9);
    expect(out[2]).not.toBe(9);
  });

  it("has the shape, the moments and the tails of a normal", () => {
    const n = 1_000_000;
    const x = draw(n);
    const powers = [0, 0, 0, 0, 0];
    const cells = new Float64Array(64);
    const tails = { "3.5": 0, "-3.5": 0, "4": 0 };
    let lag = 0;
    for (let i = 0; i < n; i++) {
      for (let k = 1, power = x[i]; k <= 4; k++, power *= x[i]) powers[k] += power / n;
      cells[Math.floor(normalCdf(x[i]) * 64)]++;
      if (x[i] > 3.5) tails["3.5"]++;
      if (x[i] < -3.5) tails["-3.5"]++;
      if (Math.abs(x[i]) > 4) tails["4"]++;
      if (i > 0) lag += x[i] * x[i - 1];
    }
    // Standard errors of the moments of a normal: 1, √2, √15, √96 over √n.
    expect(Math.abs(powers[1]) * Math.sqrt(n)).toBeLessThan(4);
    expect(Math.abs(powers[2] - 1) * Math.sqrt(n / 2)).toBeLessThan(4);
    expect(Math.abs(powers[3]) * Math.sqrt(n / 15)).toBeLessThan(4);
    expect(Math.abs(powers[4] - 3) * Math.sqrt(n / 96)).toBeLessThan(4);
    expect(Math.abs(lag) / Math.sqrt(n)).toBeLessThan(4);
    const chi = cells.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0);
    expect(chi).toBeLessThan(63 + 4 * Math.sqrt(126));
    // Beyond 3.44 a different algorithm draws.
    const far = (count: number, p: number) => Math.abs(count - n * p) / Math.sqrt(n * p);
    expect(far(tails["3.5"], normalSf(3.5))).toBeLessThan(4);
    expect(far(tails["-3.5"], normalSf(3.5))).toBeLessThan(4);
    expect(far(tails["4"], 2 * normalSf(4))).toBeLessThan(4);
    expect(Math.max(...x.slice(0, 100_000))).toBeGreaterThan(normalQuantile(1 - 1e-4));
  });
});
