import { expect, test } from "vitest";
import { Rng } from "../../src/random/rng.ts";
import {
  addCounters,
  type EpisodeTable,
  episodeTable,
  hierarchicalBootstrap,
  mean,
  observedSample,
  outputSamples,
  type Resample,
  standardDeviation,
} from "../../src/stats/index.ts";

type Split = "select" | "test";

function randomTable(runs: number, episodes: number, counters: number, rng: Rng): EpisodeTable {
  return episodeTable(
    runs,
    episodes,
    counters,
    Float64Array.from({ length: runs * episodes * counters }, () => rng.float()),
  );
}

/** The same sums by the plainest of loops. */
function plainSums(table: EpisodeTable, sample: Resample<Split>, split: Split, slot: number): number[] {
  const sums = new Array<number>(table.counters).fill(0);
  for (let e = 0; e < table.episodes; e++) {
    for (let times = 0; times < sample.weights[split][slot * table.episodes + e]; times++) {
      for (let c = 0; c < table.counters; c++) {
        sums[c] += table.values[(sample.runs[slot] * table.episodes + e) * table.counters + c];
      }
    }
  }
  return sums;
}

/** Attacks whose security is a ratio of summed counters; the worst on "select" is scored on "test". */
function worstAttack(select: EpisodeTable[], tested: EpisodeTable[], chosen?: number[]) {
  const sums = new Float64Array(select[0].counters);
  const ratio = (table: EpisodeTable, sample: Resample<Split>, split: Split, slot: number) => {
    addCounters(table, sample, split, slot, sums);
    return sums[0] / sums[1];
  };
  return (sample: Resample<Split>, out: Float64Array) => {
    let total = 0;
    for (let slot = 0; slot < sample.runs.length; slot++) {
      const scores = select.map((table) => ratio(table, sample, "select", slot));
      const worst = scores.indexOf(Math.min(...scores));
      chosen?.push(worst);
      total += ratio(tested[worst], sample, "test", slot);
    }
    out[0] = total / sample.runs.length;
  };
}

test("a resample has as many runs and episodes as the data, and leaves some out", () => {
  const shape = { runs: 6, episodes: { select: 20, test: 50 } };
  const seen = { runs: new Set<number>(), leftOut: 0, weights: 0 };
  hierarchicalBootstrap(
    shape,
    (sample, out) => {
      expect(sample.runs.length).toBe(6);
      for (const run of sample.runs) seen.runs.add(run);
      for (const split of ["select", "test"] as const) {
        const episodes = shape.episodes[split];
        for (let slot = 0; slot < 6; slot++) {
          const weights = sample.weights[split].subarray(slot * episodes, (slot + 1) * episodes);
          expect(weights.reduce((a, b) => a + b)).toBe(episodes);
          seen.leftOut += weights.filter((weight) => weight === 0).length;
          seen.weights += episodes;
        }
      }
      out[0] = 0;
    },
    { resamples: 50, outputs: 1, rng: new Rng(1) },
  );
  expect([...seen.runs].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  // (1 − 1/20)²⁰ = .358 and (1 − 1/50)⁵⁰ = .364 of the episodes are not drawn.
  expect(seen.leftOut / seen.weights).toBeCloseTo(0.3625, 1);
});

test("a run drawn twice gets fresh episodes", () => {
  let twins = 0;
  hierarchicalBootstrap(
    { runs: 2, episodes: { test: 30 } },
    (sample, out) => {
      if (sample.runs[0] === sample.runs[1]) {
        twins++;
        expect(sample.weights.test.subarray(0, 30)).not.toEqual(sample.weights.test.subarray(30));
      }
      out[0] = 0;
    },
    { resamples: 40, outputs: 1, rng: new Rng(2) },
  );
  expect(twins).toBeGreaterThan(5);
});

test("sums equal the plain loop, for any number of counters", () => {
  for (const counters of [1, 3, 4, 7, 8]) {
    const table = randomTable(4, 9, counters, new Rng(counters));
    const sums = new Float64Array(counters);
    hierarchicalBootstrap<Split>(
      { runs: 4, episodes: { select: 9, test: 9 } },
      (sample, out) => {
        for (let slot = 0; slot < 4; slot++) {
          addCounters(table, sample, "test", slot, sums);
          for (const [c, expected] of plainSums(table, sample, "test", slot).entries())
            expect(sums[c]).toBeCloseTo(expected, 12);
        }
        out[0] = 0;
      },
      { resamples: 10, outputs: 1, rng: new Rng(9) },
    );
  }
});

test("the observed sample gives the plain totals", () => {
  const table = episodeTable(2, 2, 2, new Float64Array([1, 2, 3, 4, 5, 6, 7, 8]));
  const sample = observedSample({ runs: 2, episodes: { test: 2 } });
  const sums = new Float64Array(2);
  addCounters(table, sample, "test", 0, sums);
  expect([...sums]).toEqual([4, 6]);
  addCounters(table, sample, "test", 1, sums);
  expect([...sums]).toEqual([12, 14]);
});

test("the seed is used: the same one gives the same numbers, another gives others", () => {
  const rng = new Rng(4);
  const attacks = Array.from({ length: 3 }, () => randomTable(5, 32, 4, rng));
  const shape = { runs: 5, episodes: { select: 32, test: 32 } };
  const samples = (seed: number, resamples = 200) =>
    hierarchicalBootstrap(shape, worstAttack(attacks, attacks), {
      resamples,
      outputs: 1,
      rng: new Rng(seed, "bootstrap"),
    });
  expect(samples(1)).toEqual(samples(1));
  expect(samples(1)).not.toEqual(samples(2));
  expect(samples(1, 50)).toEqual(samples(1).subarray(0, 50));
  expect(standardDeviation(samples(1))).toBeGreaterThan(0);
});

test("the spread is that of a two-level mean: between runs, and within them over episodes", () => {
  const rng = new Rng(6);
  const [runs, episodes] = [30, 20];
  const values = new Float64Array(runs * episodes);
  for (let run = 0; run < runs; run++) {
    const level = rng.normal();
    for (let e = 0; e < episodes; e++) values[run * episodes + e] = level + 2 * rng.normal();
  }
  const table = episodeTable(runs, episodes, 1, values);
  const sums = new Float64Array(1);
  const results = hierarchicalBootstrap(
    { runs, episodes: { test: episodes } },
    (sample, out) => {
      let total = 0;
      for (let slot = 0; slot < runs; slot++) {
        addCounters(table, sample, "test", slot, sums);
        total += sums[0] / episodes;
      }
      out[0] = total / runs;
    },
    { resamples: 4000, outputs: 1, rng: new Rng(7) },
  );
  // Exact bootstrap variance: (population variance of run means + mean of episode variances / episodes) / runs.
  const means = Array.from({ length: runs }, (_, run) => mean(values.subarray(run * episodes, (run + 1) * episodes)));
  const centre = mean(means);
  const between = mean(means.map((value) => (value - centre) ** 2));
  const within = mean(Array.from(values, (value, i) => (value - means[Math.floor(i / episodes)]) ** 2));
  const expected = Math.sqrt((between + within / episodes) / runs);
  expect(Math.abs(standardDeviation(results) / expected - 1)).toBeLessThan(0.04);
  expect(Math.abs(mean(results) - centre)).toBeLessThan(4 * (expected / Math.sqrt(4000)));
});

test("the worst attack is selected again in each resample", () => {
  const rng = new Rng(8);
  const attacks = Array.from({ length: 3 }, () => randomTable(5, 16, 2, rng));
  const chosen: number[] = [];
  hierarchicalBootstrap({ runs: 5, episodes: { select: 16, test: 16 } }, worstAttack(attacks, attacks, chosen), {
    resamples: 100,
    outputs: 1,
    rng: new Rng(1),
  });
  for (let attack = 0; attack < 3; attack++) expect(chosen).toContain(attack);
});

test("axes are resampled jointly: a value and its complement add up to 1 in each resample", () => {
  const table = randomTable(4, 10, 2, new Rng(10));
  const sums = new Float64Array(2);
  const results = hierarchicalBootstrap(
    { runs: 4, episodes: { test: 10 } },
    (sample, out) => {
      addCounters(table, sample, "test", 0, sums);
      out[0] = sums[0] / (sums[0] + sums[1]);
      addCounters(table, sample, "test", 0, sums);
      out[1] = sums[1] / (sums[0] + sums[1]);
    },
    { resamples: 100, outputs: 2, rng: new Rng(11) },
  );
  const utility = outputSamples(results, 2, 0);
  const security = outputSamples(results, 2, 1);
  expect(utility.length).toBe(100);
  expect(standardDeviation(utility)).toBeGreaterThan(0.01);
  for (let b = 0; b < 100; b++) expect(utility[b] + security[b]).toBeCloseTo(1, 14);
});

test("runs alone can be resampled, and what does not fit is refused", () => {
  const rng = new Rng(1);
  const values = [1, 2, 3];
  const means = hierarchicalBootstrap(
    { runs: 3, episodes: {} },
    ({ runs }, out) => {
      out[0] = (values[runs[0]] + values[runs[1]] + values[runs[2]]) / 3;
    },
    { resamples: 500, outputs: 1, rng },
  );
  expect(Math.abs(mean(means) - 2)).toBeLessThan(0.1);
  const silent = () => {};
  expect(() => hierarchicalBootstrap({ runs: 0, episodes: {} }, silent, { resamples: 1, outputs: 1, rng })).toThrow(
    "runs",
  );
  expect(() =>
    hierarchicalBootstrap({ runs: 1, episodes: { test: 0 } }, silent, { resamples: 1, outputs: 1, rng }),
  ).toThrow("episodes of test: got 0");
  expect(() =>
    hierarchicalBootstrap(
      { runs: 1, episodes: {} },
      (_, out) => {
        out[0] = 0 / 0;
      },
      { resamples: 1, outputs: 1, rng },
    ),
  ).toThrow("output 0 of the statistic is NaN in resample 0");
  expect(() => episodeTable(2, 2, 2, new Float64Array(7))).toThrow("got 7 values, expected 2 × 2 × 2");
  expect(() => episodeTable(1, 1, 1, new Float64Array([Number.NaN]))).toThrow("value 0 is NaN");
  const table = episodeTable(2, 3, 1, new Float64Array(6));
  const sample = observedSample({ runs: 3, episodes: { test: 2 } });
  expect(() => addCounters(table, sample, "test", 0, new Float64Array(1))).toThrow("does not fit slot 0");
});
