// Adam (Kingma and Ba 2015, algorithm 1), and the norm that gradients are clipped by.

import { loadLanes, storeLanes } from "../../../src/policy/network/math.as";

/** Σ g² in float64. */
export function sumOfSquares(g: usize, count: i32): f64 {
  let sum = f64x2.splat(0);
  for (let left = count; left > 0; left -= 4, g += 16) {
    const v = loadLanes(g, left);
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(i32x4.shuffle(v, v, 2, 3, 0, 1));
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * g ← scale g; m ← β₁ m + α₁ g; v ← β₂ v + α₂ g²; p ← p − rate m / (√(v boost) + ε), with α = 1 − β, rate the learning
 * rate / (1 − β₁ᵗ) and boost = 1 / (1 − β₂ᵗ); g itself is left as it is.
 */
export function adam(
  p: usize, g: usize, m: usize, v: usize, count: i32, scale: f32, rate: f32, boost: f32,
  beta1: f32, alpha1: f32, beta2: f32, alpha2: f32, epsilon: f32,
): void {
  for (let left = count; left > 0; left -= 4, p += 16, g += 16, m += 16, v += 16) {
    const d = f32x4.mul(loadLanes(g, left), f32x4.splat(scale));
    const first = f32x4.add(f32x4.mul(loadLanes(m, left), f32x4.splat(beta1)), f32x4.mul(d, f32x4.splat(alpha1)));
    const second = f32x4.add(
      f32x4.mul(loadLanes(v, left), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(d, d), f32x4.splat(alpha2)),
    );
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, f32x4.splat(boost))), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(first, f32x4.splat(rate)), root);
    storeLanes(m, first, left);
    storeLanes(v, second, left);
    storeLanes(p, f32x4.sub(loadLanes(p, left), step), left);
  }
}
