import { requirePositive, requireProbability } from "../numeric/check.ts";
import { exp, log } from "../numeric/index.ts";
import { binomialTerm, lgamma, poissonTerm } from "../numeric/special.ts";

const EPSILON = 4e-16;
const TINY = 1e-300;
const MOST_TERMS = 1_000_000;

function requireShapes(where: string, a: number, b: number): void {
  requirePositive(`${where}: a`, a);
  requirePositive(`${where}: b`, b);
}

function notConverged(where: string): never {
  throw new RangeError(
    `${where}: not converged after ${MOST_TERMS} terms; the parameters are too large (above about 10¹⁰)`,
  );
}

/** xᵃ yᵇ / B(a, b), where y = 1 − x. */
const betaPower = (a: number, b: number, x: number, y: number) => binomialTerm(a, a + b, x, y) * (a / (a + b)) * b;

/**
 * Regularised incomplete beta function I_x(a, b), by its continued fraction after Lentz.
 * Relative error about 10⁻¹³. Its complement without cancellation is `regularisedBeta(b, a, 1 − x, x)`.
 * @param a shape, > 0 (and b)
 * @param x in [0, 1]
 * @param y 1 − x, to be given where x is so near 1 that the subtraction would lose it
 * @throws RangeError outside these ranges, or when the fraction does not converge (a or b above about 10¹⁰)
 */
export function regularisedBeta(a: number, b: number, x: number, y = 1 - x): number {
  requireShapes("regularisedBeta", a, b);
  requireProbability("regularisedBeta: x", x);
  requireProbability("regularisedBeta: y = 1 − x", y);
  if (x === 0) return 0;
  if (y === 0) return 1;
  const low = x * (b + 1) <= y * (a + 1);
  const value = low ? betaFraction(a, b, x, y) : 1 - betaFraction(b, a, y, x);
  return Math.min(1, Math.max(0, value));
}

/**
 * I_x(a, b) for x below its mean: the even part of DLMF 8.17.22 (Didonato and Morris 1992, ACM TOMS 18:360, eq. 8), which
 * takes both x and y, so that neither a large a nor a small y makes it cancel.
 */
function betaFraction(a: number, b: number, x: number, y: number): number {
  const denominator = (m: number) =>
    m + (m * (b - m) * x) / (a + 2 * m - 1) + ((a + m) * (a * y - b * x + 1 + m * (1 + y))) / (a + 2 * m + 1);
  let fraction = (a * (a * y - b * x + 1)) / (a + 1);
  let c = fraction;
  let d = 0;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const scale = x / (a + 2 * m - 1);
    const numerator = (a + m - 1) * scale * (a + b + m - 1) * scale * m * (b - m);
    const bm = denominator(m);
    d = 1 / (bm + numerator * d || TINY);
    c = bm + numerator / c || TINY;
    fraction *= c * d;
    if (Math.abs(c * d - 1) <= EPSILON) return betaPower(a, b, x, y) / fraction;
  }
  return notConverged("regularisedBeta");
}

/**
 * The x with I_x(a, b) = p, and y = 1 − x, each to about 10⁻¹³ of itself down to 10⁻³⁰⁶: safeguarded Newton steps on log x against
 * the logarithm of the smaller tail.
 * @param p in [0, 1]
 * @param q 1 − p, to be given where p is so near 1 that the subtraction would lose it
 * @throws RangeError outside these ranges
 */
export function inverseRegularisedBeta(a: number, b: number, p: number, q = 1 - p): { x: number; y: number } {
  requireShapes("inverseRegularisedBeta", a, b);
  requireProbability("inverseRegularisedBeta: p", p);
  requireProbability("inverseRegularisedBeta: q = 1 − p", q);
  if (p === 0) return { x: 0, y: 1 };
  if (q === 0) return { x: 1, y: 0 };
  if (p <= q ? regularisedBeta(a, b, 0.5) >= p : regularisedBeta(b, a, 0.5) <= q) {
    const x = lowerRoot(a, b, p, q);
    return { x, y: 1 - x };
  }
  const y = lowerRoot(b, a, q, p);
  return { x: 1 - y, y };
}

/** The root where it is at most ½. */
function lowerRoot(a: number, b: number, p: number, q: number): number {
  // I_x ≤ xᵃ max(1, 2^(1−b)) / (a B(a, b)) for x ≤ ½, so the root lies above `low`.
  const leading = (log(p) + log(a) + lgamma(a) + lgamma(b) - lgamma(a + b)) / a;
  if (leading < -705) return exp(leading); // below the normal numbers
  let low = leading - Math.max(0, 1 - b) / a;
  let high = -Math.LN2;
  let u = Math.min(Math.max(leading, low), high);
  low -= 1e-9 * (1 + Math.abs(low));
  for (let i = 0; i < 200; i++) {
    const x = exp(u);
    const tail = p <= q ? regularisedBeta(a, b, x) : regularisedBeta(b, a, 1 - x, x);
    const slope = betaPower(a, b, x, 1 - x) / (1 - x);
    const excess = p <= q ? log(tail / p) : log(q / tail);
    if (excess < 0) low = u;
    else high = u;
    const step = (-excess * tail) / slope;
    // The last step is taken on x itself: on log x, rounding would cost |log x| · 10⁻¹⁶.
    if (Math.abs(step) <= 1e-9) return x * (1 + step);
    u = u + step > low && u + step < high ? u + step : (low + high) / 2;
  }
  return exp(u);
}

/**
 * Regularised lower incomplete gamma function P(a, x), a > 0, x ≥ 0. Relative error about 10⁻¹³.
 * @throws RangeError outside this range, or when the series does not converge (a above about 10¹⁰)
 */
export function regularisedGammaP(a: number, x: number): number {
  requireGamma("regularisedGammaP", a, x);
  if (x === 0) return 0;
  return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
}

/** Its complement Q(a, x) = 1 − P(a, x), accurate in the upper tail. Throws as `regularisedGammaP` does. */
export function regularisedGammaQ(a: number, x: number): number {
  requireGamma("regularisedGammaQ", a, x);
  if (x === 0) return 1;
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
}

function requireGamma(where: string, a: number, x: number): void {
  requirePositive(`${where}: a`, a);
  if (!(x >= 0)) throw new RangeError(`${where}: got x = ${x}, expected at least 0`);
}

/** P by its series (DLMF 8.11.4), for x < a + 1. */
function gammaSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= MOST_TERMS; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON * 0.1) return Math.min(1, poissonTerm(a, x) * sum);
  }
  return notConverged("regularisedGammaP");
}

/** Q by its continued fraction (DLMF 8.9.2) after Lentz, for x ≥ a + 1. */
function gammaFraction(a: number, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i <= MOST_TERMS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b || TINY);
    c = b + an / c || TINY;
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= EPSILON) return Math.min(1, poissonTerm(a, x) * a * fraction);
  }
  return notConverged("regularisedGammaQ");
}
