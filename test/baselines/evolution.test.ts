import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Covariance, cma } from "../../baselines/evolution/cma.ts";
import { symmetricEigen } from "../../baselines/evolution/eigen.ts";
import { makeJudge } from "../../baselines/evolution/judge.ts";
import { evolve, type Found, type Search } from "../../baselines/evolution/search.ts";
import { constant } from "../../src/policy/policy.ts";
import { Rng } from "../../src/random/rng.ts";
import { meeting } from "./games.ts";

const FUNCTIONS = {
  sphere: (x: Float64Array) => x.reduce((sum, v) => sum + v * v, 0),
  ellipsoid: (x: Float64Array) => x.reduce((sum, v, i) => sum + 1e6 ** (i / (x.length - 1)) * v * v, 0),
  rosenbrock: (x: Float64Array) =>
    x.slice(1).reduce((sum, v, i) => sum + 100 * (v - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, 0),
};

/** Evaluations until a value is below `target`, the median over seeds. */
function evaluations(
  name: keyof typeof FUNCTIONS,
  n: number,
  covariance: Covariance,
  { target = 1e-10, seeds = 11 } = {},
): number {
  const counts = Array.from({ length: seeds }, (_, seed) => {
    const mean = new Float64Array(n).fill(name === "rosenbrock" ? 0 : 1);
    const es = cma({ mean, sigma: 0.5, covariance, rng: new Rng(seed, "evaluations") });
    for (let count = es.population; count < 100_000; count += es.population) {
      const values = es.ask().map(FUNCTIONS[name]);
      if (Math.min(...values) < target) return count;
      es.tell(values);
    }
    return Number.POSITIVE_INFINITY;
  });
  return counts.sort((a, b) => a - b)[seeds >> 1];
}

/** Its evaluations of the sphere in 300 dimensions, separable. */
const PYCMA_300 = 6741;

describe("CMA-ES", () => {
  // Medians of 21 seeds of PyPI's cma 4.5.0, population by default, tolerances off, start 1 (Rosenbrock 0), σ = .5:
  //   es = cma.CMAEvolutionStrategy(n * [1.], .5, {"seed": seed, "ftarget": 1e-10, "CMA_diagonal": separable, …})
  // Ours, npm run evidence -- tuning strategy: 816, 1670, 1480, 4280, 1776, 1370, 2210.
  it.each<[keyof typeof FUNCTIONS, number, Covariance, number]>([
    ["sphere", 5, "full", 776],
    ["sphere", 10, "full", 1660],
    ["ellipsoid", 5, "full", 1600],
    ["ellipsoid", 10, "full", 4240],
    ["rosenbrock", 5, "full", 1760],
    ["sphere", 10, "separable", 1340],
    ["ellipsoid", 10, "separable", 2370],
  ])(
    "finds the minimum of the %s in %i dimensions (%s) in about as many evaluations as pycma",
    (name, n, covariance, theirs) => {
      const ours = evaluations(name, n, covariance);
      expect(ours / theirs).toBeGreaterThan(0.85);
      expect(ours / theirs).toBeLessThan(1.15);
    },
  );

  it("learns a diagonal in hundreds of dimensions", () => {
    // pycma with CMA_diagonal and CMAAdaptSigmaCSA (by default it adapts σ by two points there), n = 300, to 1: 5 seeds.
    const count = evaluations("sphere", 300, "separable", { target: 1, seeds: 1 });
    expect(count / PYCMA_300).toBeGreaterThan(0.9);
    expect(count / PYCMA_300).toBeLessThan(1.1);
  });

  it("repeats itself from its seed, bit for bit, and does otherwise from another", () => {
    const end = (seed: number) => {
      const es = cma({ mean: [1, 2, 3], sigma: 1, rng: new Rng(seed) });
      for (let i = 0; i < 40; i++) es.tell(es.ask().map(FUNCTIONS.rosenbrock));
      return [...es.mean, es.sigma];
    };
    expect(end(7)).toEqual(end(7));
    expect(end(7)).not.toEqual(end(8));
  });

  it("sees ranks only: any increasing function of the values gives the same run", () => {
    const end = (of: (value: number) => number) => {
      const es = cma({ mean: [1, 2, 3], sigma: 1, rng: new Rng(1) });
      for (let i = 0; i < 20; i++) es.tell(es.ask().map((x) => of(FUNCTIONS.ellipsoid(x))));
      return [...es.mean];
    };
    expect(end((v) => Math.sqrt(v) - 5)).toEqual(end((v) => v));
  });

  it("takes NaN for the worst", () => {
    const es = cma({ mean: [3, 3], sigma: 1, rng: new Rng(1) });
    for (let i = 0; i < 100; i++) es.tell(es.ask().map((x) => (x[0] < 0 ? Number.NaN : FUNCTIONS.sphere(x))));
    expect(Math.abs(es.mean[0])).toBeLessThan(1e-2);
    expect(Math.abs(es.mean[1])).toBeLessThan(1e-2);
  });

  it("says when it goes nowhere", () => {
    const until = (of: (x: Float64Array) => number, most = 2000) => {
      const es = cma({ mean: [1, 1], sigma: 0.5, rng: new Rng(1), tolerance: 1e-6 });
      for (let i = 0; i < most && es.stopped() === null; i++) es.tell(es.ask().map(of));
      return es.stopped();
    };
    expect(until(FUNCTIONS.sphere)).toMatch(/below the tolerance/);
    expect(until(() => 0)).toMatch(/flat/);
    const noise = new Rng(3);
    expect(until(() => noise.float())).not.toBeNull();
    expect(until(FUNCTIONS.sphere, 5)).toBeNull();
  });
});

it("Jacobi's rotations give orthonormal vectors that make up the matrix again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (n, seed) => {
      const rng = new Rng(Math.abs(seed));
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = rng.normal() * 10 ** rng.int(-3, 4);
      const { values, vectors: v } = symmetricEigen(a, n);
      const scale = Math.max(...a.map(Math.abs), 1e-9);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let [again, dot] = [0, 0];
          for (let k = 0; k < n; k++) {
            again += v[i * n + k] * values[k] * v[j * n + k];
            dot += v[k * n + i] * v[k * n + j];
          }
          expect(Math.abs(again - a[i * n + j])).toBeLessThan(1e-12 * n * scale);
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-12 * n);
        }
      }
    }),
    { numRuns: 60 },
  );
});

describe("a search by play", () => {
  const task = (total: number, candidate: Search["candidate"]): Search => ({
    start: [0.2],
    sigma: 0.3,
    tolerance: 1e-3,
    covariance: "full",
    population: 6,
    again: (_, rng) => [rng.float()],
    candidate,
    episodes: 8,
    longest: 4,
    total,
    rng: new Rng(5),
  });
  const judge = () =>
    makeJudge({
      env: meeting,
      levels: [{}],
      conditioned: false,
      roles: ["row", "column"],
      policies: {},
      budget: 1,
      seed: 1,
      split: ["t"],
    } as never);
  const meet = (at: Float64Array) => {
    const place = Math.min(2, Math.max(0, Math.floor(3 * at[0])));
    return { name: String(place), policies: { row: constant(place), column: constant(place) } };
  };
  function run(total: number): { found: Found; lines: number; steps: number } {
    const referee = judge();
    const search = evolve(referee, task(total, meet));
    for (let lines = 0; ; lines++) {
      const next = search.next();
      if (next.done) return { found: next.value, lines, steps: referee.steps };
      expect(next.value.steps).toBeLessThanOrEqual(total);
    }
  }

  it("leaves the good meeting for the best, within its budget, and says what the start came to", () => {
    const { found, steps } = run(4000);
    // Place 0, where it begins, pays .5 in each of four steps; place 2 pays 1.
    expect(found.start.value).toBe(-2);
    expect(found.verdict.value).toBe(-4);
    expect(meet(found.at).name).toBe("2");
    expect(steps).toBeLessThanOrEqual(4000);
    expect(steps).toBeGreaterThan(3000);
  });

  it("is never worse than where it began, on the episodes of its last comparison", () => {
    for (const total of [300, 600, 1200]) {
      const { found, steps } = run(total);
      expect(found.verdict.value).toBeLessThanOrEqual(found.start.value);
      expect(steps).toBeLessThanOrEqual(total);
    }
  });

  it("plays a generation's candidates on the same episodes, and other generations on others", () => {
    const referee = makeJudge({
      env: noisy,
      levels: [{}],
      conditioned: false,
      roles: ["row"],
      policies: {},
      budget: 1,
      seed: 1,
      split: ["t"],
    } as never);
    const value = (labels: (string | number)[]) => referee({ row: constant(1) }, labels, 4).value;
    expect(value(["generation", 1])).toBe(value(["generation", 1]));
    expect(value(["generation", 1])).not.toBe(value(["generation", 2]));
  });
});

/** Rewards are noise. */
const noisy = {
  ...meeting,
  roles: () => ({ row: meeting.roles({ steps: 4, bonus: 0 }).row }),
  create: ({ slots, rng }: { slots: { row: { reward: number; obs: Float32Array }[] }; rng: Rng }) => ({
    reset() {},
    step() {
      slots.row[0].reward = rng.float();
    },
  }),
};
