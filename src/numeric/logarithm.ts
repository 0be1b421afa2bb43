import { highWord, MIN_NORMAL, POWERS } from "./bits.ts";
import { exp, LN2_HIGH, LN2_LOW } from "./exponential.ts";

// Added to a high word, this carries into the exponent when the significand is above √2.
const CARRY = 0x3ff00000 - 0x3fe6a09e;

/** Natural logarithm. Error below 1 ulp. −∞ at ±0, NaN below. */
export function log(x: number): number {
  if (x < MIN_NORMAL) {
    if (x > 0) return log(x * 18014398509481984) - 54 * LN2_HIGH - 54 * LN2_LOW;
    return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  }
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  const k = ((highWord(x) + CARRY) >> 20) - 1023;
  return logScaled(x * POWERS[1074 - k] - 1, k, 0);
}

/** log(1 + x), as exact near 0 as elsewhere. Error below 1 ulp. −∞ at −1, NaN below. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY || Math.abs(x) < 1.1102230246251565e-16) return x;
  if (x > -0.2928932188134525 && x < 0.41421356237309503) return logScaled(x, 0, 0);
  const u = 1 + x;
  const k = ((highWord(u) + CARRY) >> 20) - 1023;
  const lost = k >= 2 ? 1 - (u - x) : x - (u - 1); // by rounding 1 + x
  return logScaled(u * POWERS[1074 - k] - 1, k, lost / u);
}

/** log(1 + f) + k ln 2 + c for 1 + f within √½ … √2 and tiny c. */
function logScaled(f: number, k: number, c: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = 0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586));
  const even = 0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373);
  const square = 0.5 * f * f;
  return s * (square + (z * odd + w * even)) + (k * LN2_LOW + c) - square + f + k * LN2_HIGH;
}

/** log(1 + e^x), without overflow. Error below 2 ulp. */
export function softplus(x: number): number {
  return (x > 0 ? x : 0) + log1p(exp(-Math.abs(x)));
}
