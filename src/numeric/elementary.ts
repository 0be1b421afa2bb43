/**
 * Elementary functions made of + − × ÷, sqrt, floor and comparisons, which IEEE 754 rounds exactly: the same bits on
 * every engine and machine, unlike `Math.exp` and its kin. Algorithms and coefficients are those of Sun's fdlibm 5.3
 * (Ng 1993) unless a function says otherwise. Special values (NaN, ±0, ±∞) come out as in the `Math` functions of the
 * same names. Errors are in ulp, units in the last place of the true value.
 */
export { exp, expm1, sigmoid, tanh } from "./exponential.ts";
export { log, log1p, softplus } from "./logarithm.ts";
export { pow } from "./pow.ts";
export { cos, sin } from "./trigonometric.ts";
