import { exp, log } from "../numeric/index.ts";
import { lgamma } from "../numeric/special.ts";
import type { Rng } from "./rng.ts";

/**
 * Draws from a Poisson law of mean at most 10⁹: by multiplication below 10 (Knuth), by transformed rejection with
 * squeezes above (Hörmann 1993, doi:10.1016/0167-6687(93)90997-4, algorithm PTRS), from 32-bit uniforms. 0 for a mean ≤ 0
 * or NaN.
 */
export function poisson(rng: Rng, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean < 10) {
    const least = exp(-mean);
    let count = 0;
    for (let left = open32(rng); left > least; left *= open32(rng)) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = open32(rng) - 0.5;
    const v = open32(rng);
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= sure) return count;
    if (count < 0 || (edge < 0.013 && v > edge)) continue;
    const logged = log((v * (1.1239 + 1.1328 / (b - 3.4))) / (a / (edge * edge) + b));
    if (logged <= count * log(mean) - mean - lgamma(count + 1)) return count;
  }
}

/** Uniform on (0, 1), an odd multiple of 2⁻³³. */
function open32(rng: Rng): number {
  return (rng.word() + 0.5) * 2 ** -32;
}
