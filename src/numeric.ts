/**
 * Elementary functions made of + − × ÷, sqrt, floor and comparisons, which IEEE 754 rounds exactly: the same bits on
 * every engine and machine, unlike `Math.exp` and its kin. Algorithms and coefficients: Sun's fdlibm 5.3 (Ng 1993).
 * Special values (NaN, ±0, ±∞) come out as in the `Math` functions of the same names. Accuracy is stated in ulp, units
 * in the last place of the true value.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LOG2_E = Math.LOG2E;

// One double seen as two words: the way to a number's exponent and leading bits.
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
double[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/** POWERS[k + 1074] is 2^k, for every power of two that a double can hold: k = −1074 … 1023. */
const POWERS = new Float64Array(2098);
for (let i = 0, power = 5e-324; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

/** value · 2^k for k = −1080 … 1024: two steps at the far ends, where 2^k itself is out of range. */
function scale(value: number, k: number): number {
  if (k > 1023) return value * 2 * POWERS[k + 1073];
  if (k < -1021) return value * POWERS[k + 1174] * 7.888609052210118e-31;
  return value * POWERS[k + 1074];
}

/** The leading 21 bits of a number's significand: products of two such numbers are exact. */
function leading(x: number): number {
  double[0] = x;
  words[LOW] = 0;
  return double[0];
}

/** e^x. Error below 1 ulp; 0 below −745.13, ∞ above 709.78. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -745.1332191019411) return 0;
  const k = Math.floor(x * LOG2_E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

/** e^x − 1, exact to the last places near 0. Error below 1 ulp. */
export function expm1(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -38.816242903) return -1;
  if (Math.abs(x) < 5.551115123125783e-17) return x;
  let k = 0;
  let r = x;
  let c = 0;
  if (Math.abs(x) > 0.34657359027997264) {
    k = Math.floor(x * LOG2_E + 0.5);
    const high = x - k * LN2_HIGH;
    const low = k * LN2_LOW;
    r = high - low;
    c = high - r - low;
  }
  const half = 0.5 * r;
  const t = r * half;
  const r1 =
    1 +
    t *
      (-0.03333333333333313 +
        t *
          (0.0015873015872548146 +
            t * (-7.93650757867488e-5 + t * (4.008217827329362e-6 + t * -2.0109921818362437e-7))));
  const s = 3 - r1 * half;
  let e = t * ((r1 - s) / (6 - r * s));
  if (k === 0) return r - (r * e - t);
  e = r * (e - c) - c - t;
  if (k === -1) return 0.5 * (r - e) - 0.5;
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e);
  if (k < 0 || k > 56) return scale(1 - (e - r), k) - 1;
  const inverse = POWERS[1074 - k];
  return (k < 20 ? 1 - inverse - (e - r) : r - (e + inverse) + 1) * POWERS[k + 1074];
}

/** log(1 + f) − f + f²/2 over s = f / (2 + f), for 1 + f within √½ … √2: fdlibm's kernel. */
function logKernel(s: number): number {
  const z = s * s;
  const w = z * z;
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  return odd + w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
}

/** Natural logarithm. Error below 1 ulp. −∞ at ±0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = -1023;
  double[0] = x;
  if (x < 2.2250738585072014e-308) {
    double[0] = x * 18014398509481984;
    k -= 54;
  }
  const top = words[HIGH] + 0x95f62; // carries into the exponent when the significand is above √2
  k += top >> 20;
  words[HIGH] = (top & 0xfffff) + 0x3fe6a09e;
  const f = double[0] - 1;
  const s = f / (2 + f);
  const square = 0.5 * f * f;
  return s * (square + logKernel(s)) + k * LN2_LOW - square + f + k * LN2_HIGH;
}

/** log(1 + x), exact to the last places near 0. Error below 1 ulp. −∞ at −1, NaN below. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY || Math.abs(x) < 1.1102230246251565e-16) return x;
  let k = 0;
  let f = x;
  let c = 0;
  if (x < -0.2928932188134525 || x > 0.41421356237309503) {
    const u = 1 + x;
    double[0] = u;
    const top = words[HIGH] + 0x95f62;
    k = (top >> 20) - 1023;
    if (k < 54) c = (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u; // what rounding 1 + x lost
    words[HIGH] = (top & 0xfffff) + 0x3fe6a09e;
    f = double[0] - 1;
  }
  const s = f / (2 + f);
  const square = 0.5 * f * f;
  return s * (square + logKernel(s)) + (k * LN2_LOW + c) - square + f + k * LN2_HIGH;
}

/** Hyperbolic tangent. Error below 2 ulp. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (!(a < 22)) return x > 0 ? 1 : x < 0 ? -1 : x;
  if (a < 2.7755575615628914e-17) return x;
  const small = a < 1;
  const t = expm1(small ? -2 * a : 2 * a);
  const z = small ? -t / (t + 2) : 1 - 2 / (t + 2);
  return x < 0 ? -z : z;
}

/** Logistic function 1 / (1 + e^−x). Error below 2 ulp. */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** log(1 + e^x), without overflow. Error below 2 ulp. */
export function softplus(x: number): number {
  return (x > 0 ? x : 0) + log1p(exp(-Math.abs(x)));
}

// sin and cos reduce their argument to r + tail within ±π/4 and a quadrant; the reduction leaves the pair here.
let reduced = 0;
let tail = 0;

function sinKernel(r: number, t: number): number {
  const z = r * r;
  const v = z * r;
  const p =
    0.00833333333332249 +
    z * (-1.984126982985795e-4 + z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return r - (z * (0.5 * t - v * p) - t - v * -0.16666666666666632);
}

function cosKernel(r: number, t: number): number {
  const z = r * r;
  const p =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * p - r * t));
}

function reduce(x: number): number {
  const n = Math.floor(x * 0.6366197723675814 + 0.5);
  let r = x - n * 1.5707963267341256;
  let w = n * 6.077100506506192e-11;
  reduced = r - w;
  if (Math.abs(reduced) < Math.abs(x) * 1.52587890625e-5) {
    let t = r;
    w = n * 6.077100506303966e-11;
    r = t - w;
    w = n * 2.0222662487959506e-21 - (t - r - w);
    reduced = r - w;
    if (Math.abs(reduced) < Math.abs(x) * 1.7763568394002505e-15) {
      t = r;
      w = n * 2.0222662487111665e-21;
      r = t - w;
      w = n * 8.4784276603689e-32 - (t - r - w);
      reduced = r - w;
    }
  }
  tail = r - reduced - w;
  return n - 4 * Math.floor(n * 0.25);
}

/** Sine of x radians. Error below 1 ulp. */
export function sin(x: number): number {
  if (Math.abs(x) < 0.7853981633974483) return Math.abs(x) < 7.450580596923828e-9 ? x : sinKernel(x, 0);
  if (!(Math.abs(x) < Number.POSITIVE_INFINITY)) return Number.NaN;
  const quadrant = reduce(x);
  const value = quadrant % 2 === 0 ? sinKernel(reduced, tail) : cosKernel(reduced, tail);
  return quadrant < 2 ? value : -value;
}

/** Cosine of x radians. Error below 1 ulp. */
export function cos(x: number): number {
  if (Math.abs(x) < 0.7853981633974483) return cosKernel(x, 0);
  if (!(Math.abs(x) < Number.POSITIVE_INFINITY)) return Number.NaN;
  const quadrant = reduce(x);
  const value = quadrant % 2 === 0 ? cosKernel(reduced, tail) : sinKernel(reduced, tail);
  return quadrant === 1 || quadrant === 2 ? -value : value;
}

/** x^y. Error below 1 ulp. NaN for x < 0 unless y is whole. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (y === 2) return x * x;
  if (y === 1 || Number.isNaN(x) || Number.isNaN(y)) return x * y;
  const a = Math.abs(x);
  if (Math.abs(y) === Number.POSITIVE_INFINITY)
    return a === 1 ? Number.NaN : a > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  const negative = x < 0 || (x === 0 && 1 / x < 0);
  if (x < 0 && a !== Number.POSITIVE_INFINITY && Math.floor(y) !== y) return Number.NaN;
  const sign = negative && Math.floor(y) === y && Math.floor(y * 0.5) !== y * 0.5 ? -1 : 1;
  if (a === 0 || a === Number.POSITIVE_INFINITY)
    return (a === 0) === y > 0 ? sign * 0 : sign * Number.POSITIVE_INFINITY;
  return sign * powPositive(a, y);
}

/** a^y for finite a > 0 and finite y: 2^(y · log₂ a) with the logarithm in two pieces, t1 + t2. */
function powPositive(a: number, y: number): number {
  let t1: number;
  let t2: number;
  if (Math.abs(y) > 2147483648) {
    if (a === 1) return 1;
    if (Math.abs(y) > 1.8446744073709552e19 || Math.abs(a - 1) > 9.5367431640625e-7) {
      return a > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
    }
    const f = a - 1;
    const w = f * f * (0.5 - f * (0.3333333333333333 - f * 0.25));
    const u = 1.4426950216293335 * f;
    const v = f * 1.9259629911266175e-8 - w * LOG2_E;
    t1 = leading(u + v);
    t2 = v - (t1 - u);
  } else {
    let n = -1023;
    double[0] = a;
    if (a < 2.2250738585072014e-308) {
      double[0] = a * 9007199254740992;
      n -= 53;
    }
    const top = words[HIGH];
    n += top >> 20;
    const j = top & 0xfffff;
    let exponent = 0x3ff00000;
    const upper = j > 0x3988e && j < 0xbb67a;
    if (j >= 0xbb67a) {
      n += 1;
      exponent = 0x3fe00000;
    }
    words[HIGH] = j | exponent;
    const m = double[0];
    const base = upper ? 1.5 : 1;
    const u = m - base;
    const v = 1 / (m + base);
    const s = u * v;
    const sHigh = leading(s);
    let tHigh = leading(m + base);
    let tLow = m - (tHigh - base);
    const sLow = v * (u - sHigh * tHigh - sHigh * tLow);
    let s2 = s * s;
    const r =
      s2 *
        s2 *
        (0.5999999999999946 +
          s2 *
            (0.4285714285785502 +
              s2 *
                (0.33333332981837743 +
                  s2 * (0.272728123808534 + s2 * (0.23066074577556175 + s2 * 0.20697501780033842))))) +
      sLow * (sHigh + s);
    s2 = sHigh * sHigh;
    tHigh = leading(3 + s2 + r);
    tLow = r - (tHigh - 3 - s2);
    const p = sHigh * tHigh;
    const q = sLow * tHigh + tLow * s;
    const pHigh = leading(p + q);
    const pLow = q - (pHigh - p);
    const zHigh = 0.9617967009544373 * pHigh;
    const zLow = -7.028461650952758e-9 * pHigh + pLow * 0.9617966939259756 + (upper ? 1.350039202129749e-8 : 0);
    const offset = upper ? 0.5849624872207642 : 0;
    t1 = leading(zHigh + zLow + offset + n);
    t2 = zLow - (t1 - n - offset - zHigh);
  }
  const yHigh = leading(y);
  const low = (y - yHigh) * t1 + y * t2;
  let high = yHigh * t1;
  const whole = low + high;
  if (whole >= 1024 && (whole > 1024 || low + 8.008566259537294e-17 > whole - high)) return Number.POSITIVE_INFINITY;
  if (whole <= -1075 && (whole < -1075 || low <= whole - high)) return 0;
  const k = Math.floor(whole + 0.5);
  high -= k;
  const t = leading(low + high);
  const u = t * 0.6931471824645996;
  const v = (low - (t - high)) * Math.LN2 + t * -1.904654299957768e-9;
  const z = u + v;
  const w = v - (z - u);
  const zz = z * z;
  const c =
    z -
    zz *
      (0.16666666666666602 +
        zz *
          (-0.0027777777777015593 +
            zz * (6.613756321437934e-5 + zz * (-1.6533902205465252e-6 + zz * 4.1381367970572385e-8))));
  const r = (z * c) / (c - 2) - (w + z * w);
  return scale(1 - (r - z), k);
}
