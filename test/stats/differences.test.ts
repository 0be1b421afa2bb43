import { describe, expect, it } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  bootstrapErrorInterval,
  improvementInterval,
  mean,
  pairedInterval,
  probabilityOfImprovement,
  studentInterval,
  welchInterval,
} from "../../src/stats/index.ts";

describe("intervals of differences", () => {
  it("equal R's t.test, paired and Welch", () => {
    // t.test(b, a, paired = TRUE); t.test(b, a) of R's sleep data.
    const a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const paired = pairedInterval(a, b);
    expect([paired.low, paired.high]).toEqual([expect.closeTo(0.7001142, 6), expect.closeTo(2.4598858, 6)]);
    const welch = welchInterval(a, b);
    expect([welch.low, welch.high]).toEqual([expect.closeTo(-0.2054832, 6), expect.closeTo(3.3654832, 6)]);
    expect(welchInterval([1, 1], [2, 2])).toEqual({ low: 1, high: 1 });
    expect(() => pairedInterval([1, 2], [1, 2, 3])).toThrow("got 2 and 3 values");
    expect(() => welchInterval([1], [1, 2])).toThrow("got 1 values");
  });

  it("of a probability of improvement are mirror images, hold it, and do not end at a point", () => {
    for (const p of [0, 0.2, 0.5, 0.96, 1]) {
      const { low, high } = improvementInterval(p, 5, 7);
      const mirrored = improvementInterval(1 - p, 5, 7);
      expect(low).toBeCloseTo(1 - mirrored.high, 12);
      expect(high).toBeCloseTo(1 - mirrored.low, 12);
      expect(low).toBeLessThanOrEqual(p);
      expect(high).toBeGreaterThanOrEqual(p);
    }
    // (1 − L)² = z² L (1 − L) (1 + 4 ((1 − L)/(2 − L) + L/(1 + L))) / 25 has the root 0.6427.
    expect(improvementInterval(1, 5, 5)).toEqual({ low: expect.closeTo(0.6427, 3), high: 1 });
  });

  it("of a probability of improvement cover it at 5 runs each", () => {
    const rng = new Rng(3);
    let covered = 0;
    const trials = 2000;
    for (let i = 0; i < trials; i++) {
      // P(X > Y) for normals 1 apart: Φ(1/√2) = 0.7602.
      const [x, y] = [1, 0].map((centre) => Array.from({ length: 5 }, () => centre + rng.normal()));
      const { low, high } = improvementInterval(probabilityOfImprovement(x, y), 5, 5);
      if (low <= 0.7602 && high >= 0.7602) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.93);
    expect(covered / trials).toBeLessThan(0.99);
  });
});

it("Student's t with the bootstrap's error is, for a mean, Student's own interval", () => {
  const rng = new Rng(4);
  const ratios = Array.from({ length: 300 }, () => {
    const runs = Array.from({ length: 5 }, () => rng.normal());
    const centre = mean(runs);
    const samples = Float64Array.from({ length: 500 }, () => {
      let sum = 0;
      for (let j = 0; j < 5; j++) sum += runs[rng.int(0, 5)];
      return sum / 5;
    });
    const [own, student] = [bootstrapErrorInterval(centre, samples, 5), studentInterval(runs)];
    expect((own.low + own.high) / 2).toBeCloseTo(centre, 12);
    return (own.high - own.low) / (student.high - student.low);
  });
  // Each ratio is 1 up to the bootstrap's noise, about 3 %. Without √(5/4) they would be 0.894.
  expect(Math.abs(mean(ratios) - 1)).toBeLessThan(0.01);
});
