import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  binomialCdf,
  binomialPmf,
  binomialPmfTable,
  binomialQuantile,
  binomialSf,
  chiSquareSf,
  normalCdf,
  normalIsf,
  normalPdf,
  normalQuantile,
  normalSf,
  poissonCdf,
  poissonPmf,
  poissonSf,
  studentCdf,
  studentQuantile,
  studentSf,
} from "../../src/stats/index.ts";
import { expectClose, expectTable } from "./close.ts";

// Reference values: mpmath 1.3 at 50 digits.
const settings = { seed: 20262, numRuns: 300 };

test("normal density, tails and quantiles agree with 50-digit values down to 1e-300", () => {
  expectTable(
    normalPdf,
    [
      [0, 0.3989422804014327],
      [1, 0.24197072451914334],
      [-3, 0.0044318484119380075],
      [20, 5.520948362159764e-88],
      [37, 2.1200065515246056e-298],
      [Number.POSITIVE_INFINITY, 0],
    ],
    1e-15,
  );
  const tails = [
    [-8, 0.9999999999999993],
    [-1, 0.8413447460685429],
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [0.7, 0.24196365222307303],
    [1, 0.15865525393145705],
    [1.6448536269514722, 0.05000000000000005],
    [3, 0.0013498980316300946],
    [6, 9.86587645037698e-10],
    [10, 7.619853024160525e-24],
    [20, 2.7536241186062337e-89],
    [37, 5.725571222524577e-300],
    [Number.POSITIVE_INFINITY, 0],
    [Number.NEGATIVE_INFINITY, 1],
  ];
  expectTable(normalSf, tails, 1.5e-15);
  expectTable((x) => normalCdf(-x), tails, 1.5e-15);
  const quantiles = [
    [0.5, 0],
    [0.4, 0.2533471031357997],
    [0.25, 0.6744897501960817],
    [0.1, 1.2815515655446004],
    [0.075, 1.439531470938456],
    [0.05, 1.6448536269514726],
    [0.025, 1.9599639845400543],
    [1e-3, 3.0902323061678136],
    [1e-9, 5.9978070150076865],
    [1e-10, 6.361340902404057],
    [1e-11, 6.706023155495136],
    [1e-12, 7.034483825301132],
    [1e-20, 9.262340089798407],
    [1e-100, 21.273453560965326],
    [1e-300, 37.0470962993612],
  ];
  expectTable(normalIsf, quantiles, 1.5e-15);
  expectTable((p) => -normalQuantile(p), quantiles, 1.5e-15);
  expect([normalQuantile(0), normalQuantile(1), normalIsf(0)]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
});

test("Q⁻¹ inverts Q", () => {
  fc.assert(
    fc.property(fc.double({ min: -7, max: 37, noNaN: true }), (x) => {
      // A relative error δ of Q moves x by δ Q/φ: on the far left 1 − Q is rounded, and x with it.
      const conditioning = normalSf(x) / normalPdf(x);
      expect(Math.abs(normalIsf(normalSf(x)) - x)).toBeLessThan(
        1e-14 * Math.max(1, Math.abs(x)) + 1e-15 * conditioning,
      );
    }),
    settings,
  );
});

test("Student's t agrees with 50-digit values and with its closed forms", () => {
  expectTable(
    studentSf,
    [
      [0, 3, 0.5],
      [0.5, 1, 0.35241638234956674],
      [2, 1, 0.14758361765043326],
      [1000, 1, 0.0003183097800805589],
      [2.7764, 4, 0.025001153858700883],
      [8, 2.5, 0.0038283220655217234],
      [5, 9, 0.00036948395490162136],
      [40, 30, 6.863022597203201e-28],
      [1.96, 1000, 0.02513659247787436],
      [1.96, 1e8, 0.02499789653466404],
      [Number.POSITIVE_INFINITY, 3, 0],
    ],
    1e-13,
  );
  expectTable(
    studentQuantile,
    [
      [0.975, 1, 12.706204736174694],
      [0.975, 2, 4.302652729749462],
      [0.975, 4, 2.7764451051977934],
      [0.975, 9, 2.262157162798205],
      [0.95, 29, 1.6991270265334972],
      [0.995, 2, 9.92484320091829],
      [0.6, 5, 0.26718086570414507],
      [0.025, 4, -2.7764451051977943],
      [1e-8, 3, -479.5250695797383],
      [0.999, 2.5, 13.82219311086596],
      [0.975, 10000, 1.960201239890626],
      [0.5, 7, 0],
    ],
    2e-13,
  );
  for (const p of [1e-12, 0.001, 0.1, 0.3, 0.45]) {
    // Two degrees of freedom: t = (2p − 1) / √(2p(1 − p)).
    expectClose(studentQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-13);
    expectClose(studentQuantile(p, 1), -1 / Math.tan(Math.PI * p), 1e-13);
  }
  expect(studentCdf(-1.5, 4)).toBe(studentSf(1.5, 4));
  expect([studentQuantile(0, 4), studentQuantile(1, 4)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test("t's quantile inverts its distribution function", () => {
  const df = fc.double({ min: 0.5, max: 2000, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: -20, max: -0.31, noNaN: true }), df, (exponent, freedom) => {
      const p = 10 ** exponent;
      expectClose(studentCdf(studentQuantile(p, freedom), freedom), p, 1e-11);
    }),
    settings,
  );
});

test("the binomial agrees with exact sums, far out and at a million trials", () => {
  expectTable(
    binomialPmf,
    [
      [0, 64, 0.1, 0.0011790184577738579],
      [3, 64, 0.1, 0.06738357342207137],
      [64, 64, 0.1, 1e-64],
      [8, 16, 0.5, 0.196380615234375],
      [16, 16, 0.5, 1.52587890625e-5],
      [500, 1000, 0.5, 0.0252250181783608],
      [100, 10000, 0.01, 0.040061805774913646],
      [250, 10000, 0.01, 3.7190754872087897e-37],
      [123456, 1000000, 0.125, 2.1578383294112517e-8],
      [0, 0, 0.3, 1],
      [0, 5, 0, 1],
      [5, 5, 1, 1],
      [-1, 5, 0.5, 0],
      [2.5, 5, 0.5, 0],
      [6, 5, 0.5, 0],
    ],
    3e-13,
  );
  expectTable(
    binomialCdf,
    [
      [-1, 64, 0.1, 0],
      [0, 64, 0.1, 0.0011790184577738579],
      [6, 64, 0.1, 0.5390388435283106],
      [11, 16, 0.5, 0.9615936279296875],
      [11.7, 16, 0.5, 0.9615936279296875],
      [10, 400, 0.1, 4.743545102565922e-9],
      [400, 1000, 0.5, 1.3642320780330092e-10],
      [50, 10000, 0.01, 2.112239932632379e-8],
      [16, 16, 0.5, 1],
    ],
    1e-13,
  );
  expectTable(
    binomialSf,
    [
      [-1, 64, 0.1, 1],
      [0, 64, 0.1, 0.9988209815422261],
      [12, 64, 0.1, 0.009919964393703927],
      [11, 16, 0.5, 0.0384063720703125],
      [80, 400, 0.1, 7.386192078619802e-10],
      [600, 1000, 0.5, 9.008412706280358e-11],
      [3, 3, 0.2, 0],
    ],
    1e-13,
  );
});

test("binomial sums: the pmf adds up to the cdf, and the quantile is the least k that reaches it", () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 80 }), chance, chance, (n, p, u) => {
      const pmf = binomialPmfTable(n, p);
      let cumulated = 0;
      for (let k = 0; k <= n; k++) {
        cumulated += pmf[k];
        expect(Math.abs(binomialCdf(k, n, p) - cumulated)).toBeLessThan(1e-12);
        expect(Math.abs(binomialCdf(k, n, p) + binomialSf(k, n, p) - 1)).toBeLessThan(1e-12);
      }
      const k = binomialQuantile(u, n, p);
      expect(binomialCdf(k, n, p)).toBeGreaterThanOrEqual(u);
      if (k > 0) expect(binomialCdf(k - 1, n, p)).toBeLessThan(u);
    }),
    { ...settings, numRuns: 100 },
  );
});

test("Poisson and chi-square agree with 50-digit values", () => {
  expectTable(
    poissonPmf,
    [
      [0, 2.5, 0.0820849986238988],
      [3, 2.5, 0.21376301724973645],
      [40, 2.5, 8.321834489096266e-34],
      [1000, 1000, 0.012614611348721499],
      [1200, 1000, 7.992642848843571e-11],
      [0, 0, 1],
      [1, 0, 0],
      [1, 1e-305, 1e-305],
      [-1, 2, 0],
    ],
    1e-13,
  );
  expectTable(
    poissonCdf,
    [
      [-1, 3, 0],
      [0, 2.5, 0.0820849986238988],
      [3, 2.5, 0.7575761331330659],
      [20, 50, 1.2351872218710016e-6],
      [900, 1000, 0.0006977673277963068],
    ],
    1e-13,
  );
  expectTable(
    poissonSf,
    [
      [-1, 3, 1],
      [0, 2.5, 0.9179150013761012],
      [3, 2.5, 0.24242386686693404],
      [30, 2.5, 2.3475600844315836e-23],
      [80, 50, 3.435838121618023e-5],
    ],
    1e-13,
  );
  expectTable(
    chiSquareSf,
    [
      [0, 3, 1],
      [3.841458820694124, 1, 0.05000000000000006],
      [0.5, 1, 0.4795001221869535],
      [14.067140449340169, 7, 0.05],
      [200, 7, 1.1477812240142598e-39],
      [7, 7, 0.42887985755305474],
      [1500, 1000, 1.0454640385979658e-22],
    ],
    1e-13,
  );
});

test("parameters out of range are refused by name", () => {
  expect(() => normalQuantile(1.1)).toThrow("normalQuantile: got 1.1, expected a probability in [0, 1]");
  expect(() => normalSf(Number.NaN)).toThrow("got NaN");
  expect(() => studentQuantile(0.9, 0)).toThrow("studentQuantile: df: got 0");
  expect(() => binomialPmf(1, 2.5, 0.5)).toThrow("binomialPmf: n: got 2.5, expected a whole number");
  expect(() => binomialPmf(1, 2, -0.1)).toThrow("binomialPmf: p: got -0.1");
  expect(() => binomialCdf(Number.NaN, 2, 0.1)).toThrow("got NaN");
  expect(() => poissonPmf(1, -1)).toThrow("got λ = -1");
  expect(() => chiSquareSf(1, -1)).toThrow("chiSquareSf: df: got -1");
});
