import { requireNumber, requirePositive } from "./check.ts";
import { exp, log, log1p } from "./elementary.ts";

const HALF_LOG_2PI = 0.9189385332046728;
const ONE_OVER_SQRT_PI = 0.5641895835477563;

// Rational minimax approximations of Cody 1969, "Rational Chebyshev approximations for the error function", Math. Comp.
// 23:631, highest power first: erf(x)/x in x² below 0.46875, erfcx(x) in x up to 4, its asymptotic part in 1/x² above.
// biome-ignore format: one polynomial a line
const CODY = {
  smallUp: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  smallDown: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
  middleUp: [2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
    298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972],
  middleDown: [1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
    3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495],
  farUp: [0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
    0.016083785148742275, 0.0006587491615298378],
  farDown: [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
    0.0023352049762686918],
};

/** (−1)^k (ζ(k) − 1)/k for k = 28 … 2: the Taylor series of log Γ(2 + z) after its linear term (DLMF 5.7.3). */
const ZETA = [
  1.330476437424449e-10, -2.7595228851242334e-10, 5.731367241678862e-10, -1.1921401405860912e-9, 2.4836745438024785e-9,
  -5.183475041970047e-9, 1.0838659214896955e-8, -2.2711094608943164e-8, 4.7698101693639804e-8, -1.00432248239681e-7,
  2.1207184805554667e-7, -4.492469198764566e-7, 9.55141213040742e-7, -0.000002039215753801366, 0.000004374866789907488,
  -0.000009439488275268397, 0.00002050721277567069, -0.00004492623673813314, 0.00009945751278180853,
  -0.00022315475845357939, 0.0005096695247430425, -0.001192753911703261, 0.0028905103307415234, -0.007385551028673986,
  0.020580808427784546, -0.06735230105319809, 0.3224670334241132,
];
const ONE_MINUS_EULER = 0.42278433509846713;

function horner(coefficients: readonly number[], x: number): number {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = value * x + coefficients[i];
  return value;
}

/**
 * e^(−x²/scale) for scale 1 or 2, with no loss in the far tail: x² is split so that its large part is exact. Rounding
 * x² itself would cost a relative error of x² · 10⁻¹⁶.
 */
export function gaussian(x: number, scale: 1 | 2): number {
  if (Math.abs(x) > 40) return 0;
  const head = Math.fround(x);
  return exp((-head * head) / scale) * exp((-(x - head) * (x + head)) / scale);
}

/** Scaled complement e^(x²) erfc(x) for x ≥ 0.46875 (Cody 1969). Relative error about 10⁻¹⁵. */
export function erfcxUpper(x: number): number {
  if (x <= 4) return horner(CODY.middleUp, x) / horner(CODY.middleDown, x);
  const t = 1 / (x * x);
  return (ONE_OVER_SQRT_PI - (t * horner(CODY.farUp, t)) / horner(CODY.farDown, t)) / x;
}

/** Error function, (2/√π) ∫₀ˣ e^(−t²) dt. Relative error about 10⁻¹⁵ (Cody 1969). */
export function erf(x: number): number {
  requireNumber("erf", x);
  const a = Math.abs(x);
  if (a <= 0.46875) return (x * horner(CODY.smallUp, x * x)) / horner(CODY.smallDown, x * x);
  const value = 1 - gaussian(a, 1) * erfcxUpper(a);
  return x < 0 ? -value : value;
}

/** 1 − erf(x) without cancellation. Relative error about 10⁻¹⁵ down to 10⁻³⁰⁰ (x ≈ 26), then 0 from x ≈ 27 on. */
export function erfc(x: number): number {
  requireNumber("erfc", x);
  if (Math.abs(x) <= 0.46875) return 1 - erf(x);
  const tail = gaussian(x, 1) * erfcxUpper(Math.abs(x));
  return x < 0 ? 2 - tail : tail;
}

/** log Γ(2 + z) for |z| ≤ 1/2. */
const logGammaNearTwo = (z: number) => z * (ONE_MINUS_EULER + z * horner(ZETA, z));

/** log Γ(1 + x) for x > −1/2, of full relative accuracy near its zeros 0 and 1. */
function logGamma1p(x: number): number {
  if (x < 0.5) return logGammaNearTwo(x) - log1p(x);
  if (x < 1.5) return logGammaNearTwo(x - 1);
  if (x >= 9) return (x + 0.5) * log(x + 1) - x - 1 + HALF_LOG_2PI + stirlingSeries(x + 1);
  let product = 1;
  let rest = x;
  for (; rest >= 1.5; rest--) product *= rest;
  return log(product) + logGammaNearTwo(rest - 1);
}

/** log Γ(x), x > 0. Relative error about 10⁻¹⁵, near its zeros 1 and 2 too. Throws a RangeError unless 0 < x < ∞. */
export function lgamma(x: number): number {
  requirePositive("lgamma", x);
  if (x < 0.5) return logGamma1p(x) - log(x);
  if (x >= 10) return (x - 0.5) * log(x) - x + HALF_LOG_2PI + stirlingSeries(x);
  return logGamma1p(x - 1);
}

/** Σ B₂ₖ / (2k(2k−1) x^(2k−1)), eight terms: below 10⁻¹⁶ off for x ≥ 10 (DLMF 5.11.1). */
function stirlingSeries(x: number): number {
  const t = 1 / (x * x);
  const series =
    1 / 12 -
    t *
      (1 / 360 -
        t * (1 / 1260 - t * (1 / 1680 - t * (1 / 1188 - t * (691 / 360360 - t * (1 / 156 - t * (3617 / 122400)))))));
  return series / x;
}

/** log Γ(n + 1) − log(√(2πn) (n/e)ⁿ), n > 0: what Stirling's formula misses. */
function stirlingError(n: number): number {
  return n >= 10 ? stirlingSeries(n) : logGamma1p(n) - (n + 0.5) * log(n) + n - HALF_LOG_2PI;
}

/** Deviance x log(x/m) + m − x, both > 0, without cancellation where x ≈ m. */
function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * log(x / m) - difference;
  const v = difference / (x + m);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let j = 3; ; j += 2) {
    power *= v * v;
    const next = sum + power / j;
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * Γ(n+1) / (Γ(x+1) Γ(n−x+1)) pˣ qⁿ⁻ˣ for real 0 ≤ x ≤ n and q = 1 − p, by the saddle-point expansion of Loader 2000,
 * "Fast and accurate computation of binomial probabilities": accurate where log Γ(n) would swamp the answer.
 */
export function binomialTerm(x: number, n: number, p: number, q: number): number {
  if (p === 0) return x === 0 ? 1 : 0;
  if (q === 0) return x === n ? 1 : 0;
  if (x === 0) return exp(n * (p < q ? log1p(-p) : log(q)));
  if (x === n) return exp(n * (q < p ? log1p(-q) : log(p)));
  const exponent =
    stirlingError(n) - stirlingError(x) - stirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q);
  return (exp(exponent) * Math.sqrt(n / x / (n - x))) / Math.sqrt(2 * Math.PI);
}

/** λˣ e^(−λ) / Γ(x+1) for real x ≥ 0 and λ ≥ 0 (Loader 2000). */
export function poissonTerm(x: number, lambda: number): number {
  if (lambda === 0) return x === 0 ? 1 : 0;
  if (x === 0) return exp(-lambda);
  if (lambda < x * 1e-300) return exp(x * log(lambda) - lambda - logGamma1p(x));
  return exp(-stirlingError(x) - deviance(x, lambda)) / Math.sqrt(2 * Math.PI * x);
}
