import { describe, expect, it } from "vitest";
import { Rng } from "../src/rng.ts";
import { Trials } from "../src/trials.ts";

const start = (seed = 1) => {
  const trials = new Trials();
  trials.seed(new Rng(seed, "trials"));
  return trials;
};
const pick = (trials: Trials, count: number, p: number) => {
  const out = new Int32Array(count);
  return [...out.subarray(0, trials.successes(count, p, out))];
};

describe("Trials", () => {
  it("gives the same bits for ever, goes on where it stopped, and starts anew when seeded", () => {
    const trials = start();
    const first = pick(trials, 100, 0.05);
    const second = pick(trials, 100, 0.05);
    expect([first, second]).toMatchInlineSnapshot(`
      [
        [
          40,
          83,
          91,
        ],
        [
          4,
          64,
        ],
      ]
    `);
    trials.seed(new Rng(1, "trials"));
    expect(pick(trials, 100, 0.05)).toEqual(first);
    expect(pick(start(2), 100, 0.05)).not.toEqual(first);
  });

  it("picks nothing at 0, everything at 1, and no place outside", () => {
    const trials = start();
    for (const p of [0, -1, Number.NaN, 1e-300]) expect(pick(trials, 1000, p)).toEqual([]);
    expect(pick(trials, 5, 1)).toEqual([0, 1, 2, 3, 4]);
    expect(pick(trials, 0, 0.5)).toEqual([]);
    expect(pick(trials, 1000, 1 - 2 ** -40)).toHaveLength(1000);
  });

  // Place by place and pair by pair, so that neither the first, the last nor neighbours are picked too often.
  it.each([0.001, 0.03, 0.2, 0.5, 0.9, 0.999])("picks each of 12 independently with probability %d", (p) => {
    const trials = start(3);
    const runs = 40_000;
    const [single, double] = [new Float64Array(12), new Float64Array(11)];
    for (let n = 0; n < runs; n++) {
      const hits = pick(trials, 12, p);
      for (const [i, at] of hits.entries()) {
        single[at]++;
        if (hits[i + 1] === at + 1) double[at]++;
      }
    }
    const near = (share: number, truth: number, what: string) =>
      expect(Math.abs(share - truth), what).toBeLessThan(4.2 * Math.sqrt((truth * (1 - truth)) / runs) + 1 / runs);
    for (const [i, count] of single.entries()) near(count / runs, p, `place ${i}`);
    for (const [i, count] of double.entries()) near(count / runs, p * p, `places ${i} and ${i + 1}`);
  });

  it("meets small probabilities: gaps are geometric to the far tail", () => {
    const trials = start(4);
    for (const p of [1e-4, 1e-2]) {
      const count = Math.round(2e4 / p);
      const hits = new Int32Array(30_000);
      const n = trials.successes(count, p, hits);
      expect(Math.abs(n - count * p), `p = ${p}: ${n}`).toBeLessThan(4 * Math.sqrt(count * p));
      // Shares of gaps beyond multiples of the mean, far into what the ziggurat's tail draws.
      for (const times of [0.1, 1, 3, 8]) {
        const least = Math.round(times / p);
        let beyond = 0;
        for (let i = 1; i < n; i++) if (hits[i] - hits[i - 1] > least) beyond++;
        const truth = (1 - p) ** least;
        expect(Math.abs(beyond / n - truth), `p = ${p}, gap ${least}`).toBeLessThan(4 * Math.sqrt(truth / n));
      }
    }
  });

  it("draws uniforms inside (0, 1)", () => {
    const trials = start(5);
    const bins = new Float64Array(20);
    for (let i = 0; i < 200_000; i++) {
      const x = trials.uniform();
      bins[Math.floor(x * 20)]++;
    }
    // A uniform outside (0, 1) would leave the bins short, or make a NaN of them.
    const chi = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(45); // 19 degrees of freedom: one in a thousand is above 43.8
  });
});
