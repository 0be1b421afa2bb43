import { POWERS, scale } from "./bits.ts";

// ln 2 in two pieces, the first short enough for k · LN2_HIGH to be exact.
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/** e^x. Error below 1 ulp; 0 below −745.13, ∞ above 709.78. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const c = expKernel(r);
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

/** r − r²·P(r²), where e^r = 1 + r + r·c / (2 − c) for |r| ≤ ½ ln 2 (Remez). */
export function expKernel(r: number): number {
  const t = r * r;
  const p =
    -0.0027777777777015593 + t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8));
  return r - t * (0.16666666666666602 + t * p);
}

/** e^x − 1, as exact near 0 as elsewhere. Error below 1 ulp. */
export function expm1(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -38.816242903) return -1;
  if (Math.abs(x) < 5.551115123125783e-17) return x;
  let k = 0;
  let r = x;
  let c = 0; // what rounding r lost
  if (Math.abs(x) > 0.34657359027997264) {
    k = Math.floor(x * Math.LOG2E + 0.5);
    const high = x - k * LN2_HIGH;
    const low = k * LN2_LOW;
    r = high - low;
    c = high - r - low;
  }
  const half = 0.5 * r;
  const t = r * half;
  const q =
    0.0015873015872548146 + t * (-0.0000793650757867488 + t * (0.000004008217827329362 + t * -2.0109921818362437e-7));
  const r1 = 1 + t * (-0.03333333333333313 + t * q);
  const s = 3 - r1 * half;
  let e = t * ((r1 - s) / (6 - r * s));
  if (k === 0) return r - (r * e - t);
  e = r * (e - c) - c - t;
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e);
  return scale(1 - POWERS[1074 - k] - (e - r), k);
}

/** Hyperbolic tangent. Error below 1 ulp. Near 0 the rational function of Cephes (Moshier 1989), else from e^2x. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a > 0.625) {
    const t = a > 22 ? 1 : 1 - 2 / (exp(2 * a) + 1);
    return x < 0 ? -t : t;
  }
  if (a < 7.450580596923828e-9) return x;
  const z = x * x;
  const p = -1614.6876844170845 + z * (-99.28772310019185 + z * -0.9643991794250522);
  const q = 4844.063053251255 + z * (2235.4883906010045 + z * (112.81167849163293 + z));
  return x + x * (z * (p / q));
}

/** Logistic function 1 / (1 + e^−x). Error below 2 ulp. */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
