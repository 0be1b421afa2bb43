import { requireNumber, requireProbability } from "../numeric/check.ts";
import { log } from "../numeric/index.ts";
import { erf, erfcxUpper, gaussian } from "../numeric/special.ts";

const ONE_OVER_SQRT_2PI = 0.3989422804014327;

/** Density of the standard normal at x. */
export function normalPdf(x: number): number {
  requireNumber("normalPdf", x);
  return gaussian(x, 2) * ONE_OVER_SQRT_2PI;
}

/** Q(x) = P(Z > x) of the standard normal. Relative error about 10⁻¹⁵ down to 10⁻³⁰⁰ (x = 37), then 0 from x = 40 on. */
export function normalSf(x: number): number {
  requireNumber("normalSf", x);
  const t = x * Math.SQRT1_2;
  if (Math.abs(t) <= 0.46875) return 0.5 - 0.5 * erf(t);
  const tail = 0.5 * gaussian(x, 2) * erfcxUpper(Math.abs(t));
  return x < 0 ? 1 - tail : tail;
}

/** Φ(x) = P(Z ≤ x) of the standard normal, as accurate in its lower tail. */
export function normalCdf(x: number): number {
  requireNumber("normalCdf", x);
  return normalSf(-x);
}

// Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Stat. 37:477 (PPND16),
// lowest power first: near the centre, in the tails to r = 5, beyond.
// biome-ignore format: one polynomial a line or two
const AS241 = {
  centreUp: [3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
    45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227],
  centreDown: [1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
    39307.89580009271, 28729.085735721943, 5226.495278852854],
  tailUp: [1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
    1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414],
  tailDown: [1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
    0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9],
  farUp: [6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
    0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7],
  farDown: [1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615,
    0.0007868691311456133, 0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15],
};

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i];
  return value;
}

/**
 * Φ⁻¹(p), the quantile of the standard normal; −∞ at 0, ∞ at 1. Relative error about 10⁻¹⁵ for p down to 10⁻³⁰⁰; for p
 * near 1 use `normalIsf(1 − p)`, which keeps what the subtraction would lose. Throws a RangeError unless 0 ≤ p ≤ 1.
 */
export function normalQuantile(p: number): number {
  requireProbability("normalQuantile", p);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(AS241.centreUp, r)) / polynomial(AS241.centreDown, r);
  }
  const tail = upperTail(q < 0 ? p : 1 - p);
  return q < 0 ? -tail : tail;
}

/** Q⁻¹(q): the x that the standard normal exceeds with probability q; ∞ at 0. Accurate for q down to 10⁻³⁰⁰. */
export function normalIsf(q: number): number {
  const x = normalQuantile(q);
  return x === 0 ? 0 : -x;
}

/** The x with Q(x) = p ≤ 0.075. */
function upperTail(p: number): number {
  if (p === 0) return Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-log(p));
  return r <= 5
    ? polynomial(AS241.tailUp, r - 1.6) / polynomial(AS241.tailDown, r - 1.6)
    : polynomial(AS241.farUp, r - 5) / polynomial(AS241.farDown, r - 5);
}
