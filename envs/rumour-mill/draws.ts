import { poisson, type Rng } from "masque";
import { exp, expm1, lgamma, log } from "masque/numeric";

/**
 * Draws from a Poisson law, mostly of small mean. One uniform of 32 bits below a mean of 8, by inversion; the bound
 * e^(−m) ≥ 1 − m spares most of the exponentials.
 */
export function few(rng: Rng, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean >= 8) return poisson(rng, mean);
  let left = rng.float32();
  if (left < 1 - mean) return 0;
  let term = exp(-mean);
  let count = 0;
  // The bound ends what rounding would not: beyond it lie fewer than 2⁻⁵³.
  while (left >= term && count < 64) {
    left -= term;
    term *= mean / ++count;
  }
  return count;
}

/**
 * Draws how many of n happen that each happen with probability 1 − e^(−hazard): by inversion where that is few, else by
 * transformed rejection with squeezes (Hörmann 1993, doi:10.1080/00949659308811496, algorithm BTRS), from 32-bit uniforms.
 */
export function happen(rng: Rng, n: number, hazard: number): number {
  if (!(n > 0 && hazard > 0)) return 0;
  // Nobody, without an exponential: e^(−n·hazard) ≥ 1 − n·hazard.
  const none = n * hazard;
  if (none < 8) {
    let left = rng.float32();
    if (left < 1 - none) return 0;
    const odds = expm1(hazard);
    let term = exp(-none);
    let count = 0;
    while (left >= term && count < n) {
      left -= term;
      term *= ((n - count) / (count + 1)) * odds;
      count++;
    }
    return count;
  }
  const stays = exp(-hazard);
  return stays < 0.5 ? n - binomial(rng, n, stays) : binomial(rng, n, 1 - stays);
}

/** Bin(n, p) for p ≤ ½; by counting where BTRS does not apply, below a mean of 10. */
function binomial(rng: Rng, n: number, p: number): number {
  if (n * p < 10) {
    const odds = p / (1 - p);
    let left = rng.float32();
    let term = exp(n * log(1 - p));
    let count = 0;
    while (left >= term && count < n) {
      left -= term;
      term *= ((n - count) / (count + 1)) * odds;
      count++;
    }
    return count;
  }
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const sure = 0.92 - 4.2 / b;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = open32(rng) - 0.5;
    const v = open32(rng);
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + n * p + 0.5);
    if (edge >= 0.07 && v <= sure) return count;
    if (count < 0 || count > n) continue;
    const logged = log((v * (2.83 + 5.1 / b) * deviation) / (a / (edge * edge) + b));
    const most = lgamma(mode + 1) + lgamma(n - mode + 1);
    if (logged <= most - lgamma(count + 1) - lgamma(n - count + 1) + (count - mode) * log(p / (1 - p))) return count;
  }
}

/** Uniform on (0, 1), an odd multiple of 2⁻³³. */
const open32 = (rng: Rng): number => (rng.word() + 0.5) * 2 ** -32;
