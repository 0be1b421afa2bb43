import * as fc from "fast-check";
import { expect, test } from "vitest";
import { log } from "../../src/numeric/index.ts";
import { Rng } from "../../src/random/rng.ts";
import {
  binomialCdf,
  binomialPmfTable,
  binomialSf,
  clopperPearsonInterval,
  expandedPercentileInterval,
  expandedTail,
  hierarchicalBootstrap,
  type Interval,
  percentileInterval,
  studentInterval,
  wilsonInterval,
} from "../../src/stats/index.ts";

const settings = { seed: 20267, numRuns: 200 };

function expectInterval(actual: Interval, low: number, high: number): void {
  expect(actual.low).toBeCloseTo(low, 11);
  expect(actual.high).toBeCloseTo(high, 11);
}

test("Student's interval agrees with SciPy 1.17", () => {
  const x = [0.2, 0.9, 0.4, 0.55, 0.7, 0.1, 0.35, 0.8, 0.65, 0.45, 0.95];
  expectInterval(studentInterval(x), 0.3629762502589748, 0.7370237497410252);
  expectInterval(studentInterval([0.5, 0.5, 0.5]), 0.5, 0.5);
  expect(studentInterval(x, 0.5).high).toBeLessThan(studentInterval(x, 0.99).high);
});

test("Clopper–Pearson and Wilson agree with SciPy 1.17", () => {
  // biome-ignore format: one case a line
  const cases = [
    [0, 10, 0, 0.30849710781876294, 0, 0.27753279986288926],
    [1, 10, 0.0025285785444625728, 0.44501611702819543, 0.017876213095072896, 0.4041500267952385],
    [3, 16, 0.04047373390594589, 0.45645654623161164, 0.06591599071428142, 0.4300888096197414],
    [8, 16, 0.24651011149050545, 0.7534898885094946, 0.27999563610326017, 0.7200043638967398],
    [16, 16, 0.7940927857921769, 1, 0.8063923194655637, 1],
    [50, 10000, 0.0037133061795554803, 0.006586626429079917, 0.0037949010708382257, 0.006585257316131604],
  ];
  for (const [successes, trials, exactLow, exactHigh, wilsonLow, wilsonHigh] of cases) {
    expectInterval(clopperPearsonInterval(successes, trials), exactLow, exactHigh);
    expectInterval(wilsonInterval(successes, trials), wilsonLow, wilsonHigh);
  }
});

test("Clopper–Pearson ends are where the tails hold exactly α/2", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
      const successes = Math.round(share * trials);
      const { low, high } = clopperPearsonInterval(successes, trials, 0.9);
      if (successes > 0) expect(binomialSf(successes - 1, trials, low)).toBeCloseTo(0.05, 10);
      if (successes < trials) expect(binomialCdf(successes, trials, high)).toBeCloseTo(0.05, 10);
    }),
    settings,
  );
});

test("exact coverage: Clopper–Pearson never below 95 %, Wilson about 95 % on average", () => {
  const trials = 20;
  let total = 0;
  const grid = 199;
  const exact = Array.from({ length: trials + 1 }, (_, k) => clopperPearsonInterval(k, trials));
  const wilson = Array.from({ length: trials + 1 }, (_, k) => wilsonInterval(k, trials));
  for (let i = 1; i <= grid; i++) {
    const p = i / (grid + 1);
    const pmf = binomialPmfTable(trials, p);
    const coverage = (intervals: Interval[]) =>
      pmf.reduce((sum, weight, k) => sum + (intervals[k].low <= p && p <= intervals[k].high ? weight : 0), 0);
    expect(coverage(exact)).toBeGreaterThanOrEqual(0.95 - 1e-12);
    total += coverage(wilson);
  }
  expect(total / grid).toBeGreaterThan(0.945);
  expect(total / grid).toBeLessThan(0.96);
});

test("percentile intervals are quantiles of the samples, expanded ones of the tails that Hesterberg gives", () => {
  const samples = Float64Array.from({ length: 1001 }, (_, i) => (i * 5) % 1001);
  expectInterval(percentileInterval(samples, 0.9), 50, 950);
  // Φ(−√(n/(n−1)) t) by SciPy 1.17.
  const tails = [6.834137311941214e-8, 0.0009541005518824885, 0.00855063902440636, 0.018753900278220513];
  for (const [i, runs] of [3, 5, 10, 30].entries()) expect(expandedTail(runs) / tails[i]).toBeCloseTo(1, 12);
  expectInterval(expandedPercentileInterval(samples, 10), 1000 * tails[2], 1000 * (1 - tails[2]));
});

test("inputs out of range are refused", () => {
  expect(() => studentInterval([1])).toThrow("studentInterval: got 1 values, expected at least 2");
  expect(() => studentInterval([1, 2], 95)).toThrow("got confidence 95");
  expect(() => clopperPearsonInterval(3, 2)).toThrow("got 3 successes in 2 trials");
  expect(() => wilsonInterval(0, 0)).toThrow("trials: got 0");
  expect(() => expandedTail(1)).toThrow("runs: got 1, expected a whole number, at least 2");
  expect(() => percentileInterval([1, Number.NaN])).toThrow("value 1 is NaN");
});

/** Share of data sets whose nominal 95 % interval for the mean holds the true mean. */
function coverage(runs: number, draw: (rng: Rng) => number, truth: number) {
  const rng = new Rng(12, "coverage", runs);
  const sets = 2000;
  const hits = { student: 0, percentile: 0, expanded: 0 };
  const holds = ({ low, high }: Interval) => (low <= truth && truth <= high ? 1 : 0);
  for (let i = 0; i < sets; i++) {
    const values = Float64Array.from({ length: runs }, () => draw(rng));
    const means = hierarchicalBootstrap(
      { runs, episodes: {} },
      (sample, out) => {
        let total = 0;
        for (const run of sample.runs) total += values[run];
        out[0] = total / runs;
      },
      { resamples: 400, outputs: 1, rng },
    );
    hits.student += holds(studentInterval(values));
    hits.percentile += holds(percentileInterval(means));
    hits.expanded += holds(expandedPercentileInterval(means, runs));
  }
  return { student: hits.student / sets, percentile: hits.percentile / sets, expanded: hits.expanded / sets };
}

/** Three standard errors of a share near 0.88 over 2000 data sets. */
const NOISE = 0.022;

// Expected shares: a separate simulation in NumPy 2 (20 000 data sets, 400 resamples each, standard error below .0035).
test.each([
  ["normal", 3, 0.95, 0.735, 0.751],
  ["normal", 5, 0.95, 0.838, 0.914],
  ["normal", 10, 0.95, 0.898, 0.941],
  ["exponential", 3, 0.882, 0.678, 0.6929],
  ["exponential", 5, 0.882, 0.786, 0.861],
  ["exponential", 10, 0.899, 0.858, 0.902],
])("nominally .95, over %s data at %i runs: t covers %d, percentile %d, expanded %d", (law, runs, ...expected) => {
  const [student, percentile, expanded] = expected;
  const shares =
    law === "normal" ? coverage(runs, (rng) => rng.normal(), 0) : coverage(runs, (rng) => -log(1 - rng.float()), 1);
  expect(Math.abs(shares.student - student)).toBeLessThan(NOISE);
  expect(Math.abs(shares.percentile - percentile)).toBeLessThan(NOISE);
  expect(Math.abs(shares.expanded - expanded)).toBeLessThan(NOISE);
  // The order that the choice of intervals rests on.
  expect(shares.percentile).toBeLessThan(0.92);
  expect(shares.expanded).toBeGreaterThan(shares.percentile);
});
