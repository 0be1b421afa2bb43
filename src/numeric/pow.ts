import { highWord, MIN_NORMAL, POWERS, scale } from "./bits.ts";
import { expKernel } from "./exponential.ts";

// Constants in two pieces: 2 / (3 ln 2), ln 2 and log₂ 1.5.
const CP = 0.9617966939259756;
const CP_HIGH = 0.9617967009544373;
const CP_LOW = -7.028461650952758e-9;
const LN2_HIGH = 0.6931471824645996;
const LN2_LOW = -1.904654299957768e-9;
const LOG2_1_5_HIGH = 0.5849624872207642;
const LOG2_1_5_LOW = 1.350039202129749e-8;

/** x^y. Error below 1 ulp. NaN for x < 0 unless y is whole; like `**`, NaN for (±1)^±∞ and 1^NaN. */
export function pow(x: number, y: number): number {
  if (y === 2) return x * x;
  if (y === 0) return 1;
  if (y === 1 || Number.isNaN(x) || Number.isNaN(y)) return x * y;
  const a = Math.abs(x);
  const whole = Math.floor(y) === y;
  const odd = whole && Math.floor(y * 0.5) !== y * 0.5;
  const sign = odd && (x < 0 || 1 / x < 0) ? -1 : 1;
  if (a === 0 || a === Number.POSITIVE_INFINITY) return sign * ((a === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY);
  if (Math.abs(y) === Number.POSITIVE_INFINITY) {
    return a === 1 ? Number.NaN : a > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  if (x < 0 && !whole) return Number.NaN;
  if (a === 1) return sign;
  // Beyond 2⁶⁴, y takes even the doubles next to 1 out of range.
  if (Math.abs(y) > 18446744073709552000) return sign * (a > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0);
  log2(a < MIN_NORMAL ? a * 9007199254740992 : a, a < MIN_NORMAL ? -53 : 0);
  return sign * exp2Product(y, logarithm[0], logarithm[1]);
}

/** The leading 26 bits of x (Veltkamp 1968): products of two such numbers are exact. */
function leading(x: number): number {
  const c = x * 134217729;
  return c - (c - x);
}

// log₂ a in two pieces, the first of 26 bits, left here by `log2`: two numbers without an allocation.
const logarithm = new Float64Array(2);

/** log₂ a + shift for normal a, from log m = 2s + 2s³/3 + 2s⁵/5 …, s = (m − base) / (m + base), base 1 or 1.5. */
function log2(a: number, shift: number): void {
  const top = highWord(a);
  const digits = top & 0xfffff;
  const upper = digits > 0x3988e && digits < 0xbb67a; // √1.5 … √3
  const n = (top >> 20) - 1023 + (digits >= 0xbb67a ? 1 : 0);
  const m = a * POWERS[1074 - n];
  const base = upper ? 1.5 : 1;
  const difference = m - base;
  const inverse = 1 / (m + base);
  const s = difference * inverse;
  const sHigh = leading(s);
  const sumHigh = leading(m + base);
  const sumLow = m - (sumHigh - base);
  const sLow = inverse * (difference - sHigh * sumHigh - sHigh * sumLow);
  const z = s * s;
  const p = 0.272728123808534 + z * (0.23066074577556175 + z * 0.20697501780033842);
  const q = 0.5999999999999946 + z * (0.4285714285785502 + z * (0.33333332981837743 + z * p));
  const rest = z * z * q + sLow * (sHigh + s);
  const square = sHigh * sHigh;
  const seriesHigh = leading(3 + square + rest);
  const seriesLow = rest - (seriesHigh - 3 - square);
  const u = sHigh * seriesHigh;
  const v = sLow * seriesHigh + seriesLow * s;
  const high = leading(u + v);
  const low = v - (high - u);
  const logHigh = CP_HIGH * high;
  const logLow = CP_LOW * high + low * CP + (upper ? LOG2_1_5_LOW : 0);
  const offset = upper ? LOG2_1_5_HIGH : 0;
  logarithm[0] = leading(logHigh + logLow + offset + (n + shift));
  logarithm[1] = logLow - (logarithm[0] - (n + shift) - offset - logHigh);
}

/** 2^(y · (high + low)). */
function exp2Product(y: number, high: number, low: number): number {
  const yHigh = leading(y);
  const productLow = (y - yHigh) * high + y * low;
  const productHigh = yHigh * high;
  const product = productLow + productHigh;
  if (product > 1024) return Number.POSITIVE_INFINITY;
  if (product < -1075) return 0;
  const k = Math.floor(product + 0.5);
  const fraction = productHigh - k;
  const t = leading(productLow + fraction);
  const u = t * LN2_HIGH;
  const v = (productLow - (t - fraction)) * Math.LN2 + t * LN2_LOW;
  const r = u + v;
  const rest = v - (r - u);
  const c = expKernel(r);
  return scale(1 - ((r * c) / (c - 2) - (rest + r * rest) - r), k);
}
