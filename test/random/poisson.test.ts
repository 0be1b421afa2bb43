import { describe, expect, it } from "vitest";
import { poisson } from "../../src/random/poisson.ts";
import { Rng } from "../../src/random/rng.ts";
import { chiSquareSf, poissonCdf, poissonSf } from "../../src/stats/index.ts";

describe("a Poisson draw", () => {
  it.each([0.3, 4, 9.9, 10.1, 40, 250, 1e5])("follows its law at mean %d", (mean) => {
    const rng = new Rng(11, "poisson");
    const runs = 40_000;
    const draws = Float64Array.from({ length: runs }, () => poisson(rng, mean)).sort();
    expect(draws.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    // Bins into each of which the law puts a 400th of all draws or more.
    const counts: number[] = [];
    const shares: number[] = [];
    const width = Math.max(1, Math.round(Math.sqrt(mean) / 10));
    let [seen, below] = [0, 0];
    for (let upTo = Math.max(0, Math.floor(mean - 8 * Math.sqrt(mean))); below < 1; upTo += width) {
      const share = poissonSf(upTo, mean) < 1 / 400 ? 1 : poissonCdf(upTo, mean);
      if (share - below < 1 / 400) continue;
      const count = share === 1 ? runs : draws.findIndex((value) => value > upTo);
      counts.push(count - seen);
      shares.push(share - below);
      [seen, below] = [count, share];
    }
    expect(counts.length).toBeGreaterThan(2);
    const chi = counts.reduce((sum, count, i) => sum + (count - runs * shares[i]) ** 2 / (runs * shares[i]), 0);
    expect(chiSquareSf(chi, counts.length - 1)).toBeGreaterThan(1e-5); // on fixed streams: it passes or fails for ever
  });

  it("is 0 where nothing happens, and keeps its bits", () => {
    const rng = new Rng(12, "poisson");
    for (const mean of [0, -1, Number.NaN, 1e-300]) expect(poisson(rng, mean)).toBe(0);
    expect([0.5, 5, 50, 5e8].map((mean) => poisson(rng, mean))).toMatchInlineSnapshot(`
      [
        1,
        7,
        51,
        500037865,
      ]
    `);
  });
});
