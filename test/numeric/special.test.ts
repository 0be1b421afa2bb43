import * as fc from "fast-check";
import { expect, test } from "vitest";
import { erf, erfc, lgamma } from "../../src/numeric/special.ts";
import {
  inverseRegularisedBeta,
  regularisedBeta,
  regularisedGammaP,
  regularisedGammaQ,
} from "../../src/stats/index.ts";
import { expectClose, expectTable } from "../stats/close.ts";

// Reference values: mpmath 1.3 at 50 digits.
const settings = { seed: 20261, numRuns: 300 };
const shape = fc.double({ min: -1, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);
const inside = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });

test("erf and erfc agree with 50-digit values, in the tail too", () => {
  expectTable(
    erf,
    [
      [0, 0],
      [1e-10, 1.1283791670955126e-10],
      [0.1, 0.1124629160182849],
      [0.46875, 0.49261347321793797],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [-2.5, -0.999593047982555],
      [4, 0.9999999845827421],
      [6.5, 1],
      [Number.POSITIVE_INFINITY, 1],
    ],
    1e-15,
  );
  expectTable(
    erfc,
    [
      [-3, 1.9999779095030015],
      [0.3, 0.6713732405408726],
      [0.5, 0.4795001221869535],
      [1, 0.15729920705028513],
      [3.9, 3.4792248597231765e-8],
      [4.1, 6.700027654084918e-9],
      [10, 2.088487583762545e-45],
      [20, 5.395865611607901e-176],
      [26, 5.663192408856143e-296],
      [Number.POSITIVE_INFINITY, 0],
      [Number.NEGATIVE_INFINITY, 2],
    ],
    1.5e-15,
  );
});

test("lgamma agrees with 50-digit values, near its zeros too", () => {
  expectTable(
    lgamma,
    [
      [1e-20, 46.051701859880914],
      [0.1, 2.252712651734206],
      [0.5, 0.5723649429247001],
      [0.999, 0.0005780385328913802],
      [1, 0],
      [1.0001, -5.771334222047127e-5],
      [1.5, -0.12078223763524522],
      [1.9999, -4.227520877215346e-5],
      [2, 0],
      [2.0001, 4.2281658112919945e-5],
      [3.5, 1.2009736023470743],
      [9.999, 12.799575780077413],
      [10, 12.801827480081469],
      [100.5, 361.4355404677776],
      [1e6, 12815504.569147611],
      [1e15, 3.3538776394910668e16],
    ],
    2e-15,
  );
});

test("log Γ(x + 1) = log Γ(x) + log x", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 40, noNaN: true }), (x) => {
      expect(Math.abs(lgamma(x + 1) - lgamma(x) - Math.log(x))).toBeLessThan(1e-13);
    }),
    settings,
  );
});

test("incomplete beta and gamma agree with 50-digit values", () => {
  expectTable(
    regularisedBeta,
    [
      [2, 3, 0, 0],
      [2, 3, 1, 1],
      [0.5, 0.5, 0.25, 1 / 3],
      [1, 3, 0.2, 0.488],
      [2.5, 7, 0.9, 0.9999984479014958],
      [5, 5, 0.5, 0.5],
      [10, 0.3, 0.99, 0.45864670959774334],
      [0.1, 20, 1e-6, 0.35544952413858316],
      [100, 300, 0.2, 0.007994530866879339],
      [100, 300, 0.3, 0.9874001969717737],
      [1000, 3, 0.99, 0.0026356046544206667],
      [3000, 2000, 0.61, 0.9258494502887017],
      [40, 60, 0.01, 4.625585606252652e-53],
    ],
    1e-13,
  );
  expectTable(
    regularisedGammaQ,
    [
      [2, 0, 1],
      [0.5, 0.1, 0.654720846018577],
      [0.5, 8, 6.334248366623985e-5],
      [1, 1, 0.36787944117144233],
      [3, 12, 0.0005222580500328978],
      [10, 3, 0.9988975118698845],
      [10, 40, 3.925932226286188e-9],
      [100, 100, 0.48670120172085135],
      [1000, 1200, 1.2881606086281433e-9],
      [10000, 9800, 0.9777924561860303],
      [3, Number.POSITIVE_INFINITY, 0],
    ],
    1e-13,
  );
  expectTable(
    regularisedGammaP,
    [
      [2, 0, 0],
      [0.5, 0.1, 0.345279153981423],
      [3, 1e-5, 1.666654166716667e-16],
      [10, 3, 0.0011024881301154798],
      [100, 60, 1.4815276326460468e-6],
      [1000, 900, 0.0005499022657117829],
      [10000, 9600, 2.547031418384642e-5],
    ],
    1e-13,
  );
});

test("I_x(a, b) and I_(1−x)(b, a) add up to 1; so do P and Q", () => {
  fc.assert(
    fc.property(shape, shape, inside, (a, b, x) => {
      expectClose(regularisedBeta(a, b, x) + regularisedBeta(b, a, 1 - x, x), 1, 1e-13);
      expectClose(regularisedGammaP(a, a * 2 * x) + regularisedGammaQ(a, a * 2 * x), 1, 1e-13);
    }),
    settings,
  );
});

test("the inverse incomplete beta inverts, whichever tail is small", () => {
  const tail = fc.double({ min: -40, max: -0.31, noNaN: true }).map((exponent) => 10 ** exponent);
  fc.assert(
    fc.property(shape, shape, tail, (a, b, small) => {
      const lower = inverseRegularisedBeta(a, b, small);
      expectClose(lower.x + lower.y, 1, 1e-15);
      if (lower.x > 1e-300) expectClose(regularisedBeta(a, b, lower.x, lower.y), small, 1e-11);
      const upper = inverseRegularisedBeta(a, b, 1 - small, small);
      if (upper.y > 1e-300) expectClose(regularisedBeta(b, a, upper.y, upper.x), small, 1e-11);
    }),
    settings,
  );
  expect(inverseRegularisedBeta(2, 3, 0)).toEqual({ x: 0, y: 1 });
  expect(inverseRegularisedBeta(2, 3, 1)).toEqual({ x: 1, y: 0 });
});

test("arguments out of range are refused by name", () => {
  expect(() => lgamma(0)).toThrow("lgamma: got 0, expected a finite number above 0");
  expect(() => lgamma(Number.NaN)).toThrow(RangeError);
  expect(() => erf(Number.NaN)).toThrow("erf: got NaN");
  expect(() => regularisedBeta(0, 1, 0.5)).toThrow("regularisedBeta: a: got 0");
  expect(() => regularisedBeta(1, 1, 1.5)).toThrow("regularisedBeta: x: got 1.5");
  expect(() => regularisedGammaQ(1, -1)).toThrow("got x = -1");
  expect(() => inverseRegularisedBeta(1, 1, Number.NaN)).toThrow("expected a probability");
});
