// The losses of PPO (Schulman et al. 2017) and their gradients in the networks' outputs. Four rows are done at once, a
// row a lane: so heads need no particular size. Arrays by row are padded to a multiple of four rows; rows that are only
// padding have share 0. `share` is a row's weight / the sum of weights. Sums go to `stats`, six float64: policy loss,
// value loss (½ error²), entropy, KL estimate, share of clipped ratios, a teacher's loss.

import { allowed, column, storeColumn } from "../../../src/policy/network/lanes.as";
import { exp, log } from "../../../src/policy/network/math.as";

// @ts-ignore: decorator
@inline
function addTo(stats: usize, index: usize, v: v128): void {
  const sum: f64 = <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + <f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3);
  store<f64>(stats + (index << 3), load<f64>(stats + (index << 3)) + sum);
}

/**
 * The clipped policy loss −min(ratio A, clip(ratio) A), equation 7, summed by share; adds to `stats` and returns its
 * derivative in ln ratio.
 */
// @ts-ignore: decorator
@inline
function clippedLoss(logp: v128, old: v128, advantage: v128, share: v128, clip: f32, entropy: v128, stats: usize): v128 {
  const live = f32x4.gt(share, f32x4.splat(0));
  const logRatio = f32x4.sub(logp, old);
  const ratio = exp(logRatio);
  const free = f32x4.mul(ratio, advantage);
  const held = f32x4.mul(f32x4.min(f32x4.max(ratio, f32x4.splat(1 - clip)), f32x4.splat(1 + clip)), advantage);
  const excess = f32x4.sub(ratio, f32x4.splat(1));
  addTo(stats, 0, v128.and(live, f32x4.mul(f32x4.neg(f32x4.min(free, held)), share)));
  addTo(stats, 2, v128.and(live, f32x4.mul(entropy, share)));
  addTo(stats, 3, v128.and(live, f32x4.mul(f32x4.sub(excess, logRatio), share)));
  addTo(stats, 4, v128.and(share, f32x4.gt(f32x4.abs(excess), f32x4.splat(clip))));
  return v128.and(f32x4.neg(f32x4.mul(free, share)), v128.and(live, f32x4.le(free, held)));
}

/**
 * Independent choices. `logits` [rows, stride] hold the heads side by side, `sizes` their sizes; `actions` are int32
 * [heads, capacity]; `mask` [rows, width] bytes, or 0. Writes the gradient to `d` [rows, stride]. `scratch`: 64 bytes a head.
 */
export function categoricalLoss(
  rows: i32, logits: usize, d: usize, stride: i32, sizes: usize, heads: i32, width: i32, actions: usize, capacity: i32,
  mask: usize, old: usize, advantages: usize, shares: usize, clip: f32, entropyCoefficient: f32, stats: usize, scratch: usize,
): void {
  const step = <usize>stride << 2;
  const lowest = f32x4.splat(-3e38);
  for (let row = 0; row < rows; row += 4) {
    const from = logits + <usize>row * step;
    const to = d + <usize>row * step;
    const maskRow = <usize>(row * width);
    let logp = f32x4.splat(0);
    let entropy = f32x4.splat(0);
    let first = 0;
    for (let h = 0; h < heads; h++) {
      const end = first + load<i32>(sizes + (h << 2));
      let top = lowest;
      for (let j = first; j < end; j++) {
        const l = column(from + (j << 2), step);
        top = f32x4.max(top, v128.bitselect(l, lowest, allowed(mask, maskRow + j, width)));
      }
      let sum = f32x4.splat(0);
      let weighted = f32x4.splat(0);
      for (let j = first; j < end; j++) {
        const x = v128.and(f32x4.sub(column(from + (j << 2), step), top), allowed(mask, maskRow + j, width));
        const e = v128.and(exp(x), allowed(mask, maskRow + j, width));
        sum = f32x4.add(sum, e);
        weighted = f32x4.add(weighted, f32x4.mul(e, x));
        storeColumn(to + (j << 2), step, e);
      }
      const inverse = f32x4.div(f32x4.splat(1), sum);
      const logSum = log(sum);
      const headEntropy = f32x4.sub(logSum, f32x4.mul(weighted, inverse));
      const normaliser = f32x4.add(top, logSum);
      const chosen = actions + (<usize>(h * capacity + row) << 2);
      let taken = v128.load_zero<f32>(from + (<usize>(first + load<i32>(chosen)) << 2));
      taken = v128.load_lane<f32>(from + step + (<usize>(first + load<i32>(chosen, 4)) << 2), taken, 1);
      taken = v128.load_lane<f32>(from + step * 2 + (<usize>(first + load<i32>(chosen, 8)) << 2), taken, 2);
      taken = v128.load_lane<f32>(from + step * 3 + (<usize>(first + load<i32>(chosen, 12)) << 2), taken, 3);
      logp = f32x4.add(logp, f32x4.sub(taken, normaliser));
      entropy = f32x4.add(entropy, headEntropy);
      const kept = scratch + (h << 6);
      v128.store(kept, inverse);
      v128.store(kept, normaliser, 16);
      v128.store(kept, headEntropy, 32);
      first = end;
    }

    const share = v128.load(shares + (row << 2));
    const slope = clippedLoss(
      logp, v128.load(old + (row << 2)), v128.load(advantages + (row << 2)), share, clip, entropy, stats,
    );
    const pull = f32x4.mul(share, f32x4.splat(entropyCoefficient));

    // d ln p(a) / d logit_j = [j = a] − p_j, and d entropy / d logit_j = −p_j (ln p_j + entropy).
    first = 0;
    for (let h = 0; h < heads; h++) {
      const end = first + load<i32>(sizes + (h << 2));
      const kept = scratch + (h << 6);
      const inverse = v128.load(kept), normaliser = v128.load(kept, 16), headEntropy = v128.load(kept, 32);
      const chosen = v128.load(actions + (<usize>(h * capacity + row) << 2));
      for (let j = first; j < end; j++) {
        const p = f32x4.mul(column(to + (j << 2), step), inverse);
        const lnp = f32x4.sub(column(from + (j << 2), step), normaliser);
        const one = v128.and(i32x4.eq(chosen, i32x4.splat(j - first)), f32x4.splat(1));
        const g = f32x4.add(
          f32x4.mul(slope, f32x4.sub(one, p)),
          f32x4.mul(pull, f32x4.mul(p, f32x4.add(lnp, headEntropy))),
        );
        storeColumn(to + (j << 2), step, g);
      }
      first = end;
    }
  }
}

/**
 * Independent normals with means `means` [rows, stride] and deviations e^logStd [size]; `actions` are float32
 * [size, capacity]. Writes the gradient in the means to `d` [rows, stride], and adds that in logStd to `dLogStd`.
 */
export function gaussianLoss(
  rows: i32, means: usize, d: usize, stride: i32, size: i32, logStd: usize, dLogStd: usize, actions: usize, capacity: i32,
  old: usize, advantages: usize, shares: usize, clip: f32, entropyCoefficient: f32, stats: usize,
): void {
  const step = <usize>stride << 2;
  const halfLog2Pi: f32 = 0.9189385332046727;
  for (let row = 0; row < rows; row += 4) {
    const from = means + <usize>row * step;
    const to = d + <usize>row * step;
    let logp = f32x4.splat(0);
    let entropy = f32x4.splat(0);
    for (let j = 0; j < size; j++) {
      const logDeviation = v128.load_splat<f32>(logStd + (j << 2));
      const difference = f32x4.sub(v128.load(actions + (<usize>(j * capacity + row) << 2)), column(from + (j << 2), step));
      const z = f32x4.mul(difference, exp(f32x4.neg(logDeviation)));
      const wide = f32x4.add(logDeviation, f32x4.splat(halfLog2Pi));
      logp = f32x4.sub(logp, f32x4.add(f32x4.mul(f32x4.mul(z, z), f32x4.splat(0.5)), wide));
      entropy = f32x4.add(entropy, f32x4.add(wide, f32x4.splat(0.5)));
      storeColumn(to + (j << 2), step, z);
    }
    const share = v128.load(shares + (row << 2));
    const slope = clippedLoss(
      logp, v128.load(old + (row << 2)), v128.load(advantages + (row << 2)), share, clip, entropy, stats,
    );
    const pull = f32x4.mul(share, f32x4.splat(entropyCoefficient));
    const live = f32x4.gt(share, f32x4.splat(0));
    // d ln p / d mean = z / σ, and d ln p / d ln σ = z² − 1; the entropy grows by 1 with each ln σ.
    for (let j = 0; j < size; j++) {
      const z = column(to + (j << 2), step);
      const inverse = exp(f32x4.neg(v128.load_splat<f32>(logStd + (j << 2))));
      const inLogStd = f32x4.sub(f32x4.mul(slope, f32x4.sub(f32x4.mul(z, z), f32x4.splat(1))), pull);
      store<f32>(dLogStd + (j << 2), load<f32>(dLogStd + (j << 2)) + sumLanes(v128.and(live, inLogStd)));
      storeColumn(to + (j << 2), step, f32x4.mul(slope, f32x4.mul(z, inverse)));
    }
  }
}

/**
 * Cross-entropy −ln p(taught) of independent choices against a teacher's, times `coefficient`: adds its gradient to `d`
 * [rows, stride], the loss itself to `stats`. Arrays as for `categoricalLoss`.
 */
export function categoricalTeaching(
  rows: i32, logits: usize, d: usize, stride: i32, sizes: usize, heads: i32, width: i32, taught: usize, capacity: i32,
  mask: usize, shares: usize, coefficient: f32, stats: usize,
): void {
  const step = <usize>stride << 2;
  const lowest = f32x4.splat(-3e38);
  for (let row = 0; row < rows; row += 4) {
    const from = logits + <usize>row * step;
    const to = d + <usize>row * step;
    const maskRow = <usize>(row * width);
    const share = v128.load(shares + (row << 2));
    const pull = f32x4.mul(share, f32x4.splat(coefficient));
    let loss = f32x4.splat(0);
    let first = 0;
    for (let h = 0; h < heads; h++) {
      const end = first + load<i32>(sizes + (h << 2));
      const chosen = v128.load(taught + (<usize>(h * capacity + row) << 2));
      let top = lowest;
      let taken = f32x4.splat(0);
      for (let j = first; j < end; j++) {
        const l = column(from + (j << 2), step);
        top = f32x4.max(top, v128.bitselect(l, lowest, allowed(mask, maskRow + j, width)));
        taken = v128.bitselect(l, taken, i32x4.eq(chosen, i32x4.splat(j - first)));
      }
      let sum = f32x4.splat(0);
      for (let j = first; j < end; j++) {
        const may = allowed(mask, maskRow + j, width);
        sum = f32x4.add(sum, v128.and(exp(v128.and(f32x4.sub(column(from + (j << 2), step), top), may)), may));
      }
      const inverse = f32x4.div(f32x4.splat(1), sum);
      loss = f32x4.add(loss, f32x4.sub(f32x4.add(top, log(sum)), taken));
      // d −ln p(a) / d logit_j = p_j − [j = a].
      for (let j = first; j < end; j++) {
        const may = allowed(mask, maskRow + j, width);
        const e = v128.and(exp(v128.and(f32x4.sub(column(from + (j << 2), step), top), may)), may);
        const one = v128.and(i32x4.eq(chosen, i32x4.splat(j - first)), f32x4.splat(1));
        const g = f32x4.mul(pull, f32x4.sub(f32x4.mul(e, inverse), one));
        storeColumn(to + (j << 2), step, f32x4.add(column(to + (j << 2), step), g));
      }
      first = end;
    }
    addTo(stats, 5, v128.and(f32x4.gt(share, f32x4.splat(0)), f32x4.mul(loss, share)));
  }
}

/**
 * Half the squared distance of the means to a teacher's actions, in deviations, times `coefficient`: the cross-entropy of
 * normals whose deviations are held, so that teachers who never vary do not narrow them to nothing.
 */
export function gaussianTeaching(
  rows: i32, means: usize, d: usize, stride: i32, size: i32, logStd: usize, taught: usize, capacity: i32,
  shares: usize, coefficient: f32, stats: usize,
): void {
  const step = <usize>stride << 2;
  for (let row = 0; row < rows; row += 4) {
    const from = means + <usize>row * step;
    const to = d + <usize>row * step;
    const share = v128.load(shares + (row << 2));
    const pull = f32x4.mul(share, f32x4.splat(coefficient));
    let loss = f32x4.splat(0);
    for (let j = 0; j < size; j++) {
      const inverse = exp(f32x4.neg(v128.load_splat<f32>(logStd + (j << 2))));
      const aim = v128.load(taught + (<usize>(j * capacity + row) << 2));
      const z = f32x4.mul(f32x4.sub(column(from + (j << 2), step), aim), inverse);
      loss = f32x4.add(loss, f32x4.mul(f32x4.mul(z, z), f32x4.splat(0.5)));
      const g = f32x4.mul(pull, f32x4.mul(z, inverse));
      storeColumn(to + (j << 2), step, f32x4.add(column(to + (j << 2), step), g));
    }
    addTo(stats, 5, v128.and(f32x4.gt(share, f32x4.splat(0)), f32x4.mul(loss, share)));
  }
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/**
 * ½ (value − return)², or with a finite `clip` the greater of this and ½ (old + clip(value − old) − return)². `values`
 * and their gradient `d`, times `coefficient`, are a column each of matrices with the same stride.
 */
export function valueLoss(
  rows: i32, values: usize, d: usize, stride: i32, returns: usize, old: usize, shares: usize, clip: f32, coefficient: f32, stats: usize,
): void {
  const step = <usize>stride << 2;
  for (let row = 0; row < rows; row += 4) {
    const share = v128.load(shares + (row << 2));
    const live = f32x4.gt(share, f32x4.splat(0));
    const target = v128.load(returns + (row << 2));
    const value = column(values + <usize>row * step, step);
    const error = f32x4.sub(value, target);
    let square = f32x4.mul(error, error);
    let slope = error;
    if (clip < Infinity) {
      const before = v128.load(old + (row << 2));
      const moved = f32x4.sub(value, before);
      const near = f32x4.min(f32x4.max(moved, f32x4.splat(-clip)), f32x4.splat(clip));
      const nearError = f32x4.sub(f32x4.add(before, near), target);
      const nearSquare = f32x4.mul(nearError, nearError);
      const free = f32x4.ge(square, nearSquare);
      // Where the clipped error counts, the value moves it only inside the range.
      const inside = v128.and(f32x4.ge(moved, f32x4.splat(-clip)), f32x4.le(moved, f32x4.splat(clip)));
      slope = v128.bitselect(error, v128.and(nearError, inside), free);
      square = f32x4.max(square, nearSquare);
    }
    addTo(stats, 1, v128.and(live, f32x4.mul(f32x4.mul(square, f32x4.splat(0.5)), share)));
    const g = f32x4.mul(f32x4.mul(slope, share), f32x4.splat(coefficient));
    storeColumn(d + <usize>row * step, step, v128.and(live, g));
  }
}
