// Draws from softmax distributions, in float32 and in one order of operations: the same draws on every machine.

import { allowed, column, storeColumn } from "./lanes.as";
import { exp, log } from "./math.as";

/**
 * One choice a head and row: the first whose cumulated weight e^(logit − max) exceeds uniform · total. `logits`
 * [rows, stride] hold the heads side by side, `sizes` their sizes; `mask` [rows, width] bytes, or 0; `uniforms` and
 * `actions` (int32) are [rows, heads]. `logp` [rows] is the choices' ln probability, summed over the heads; NaN where a head
 * allows nothing or a logit is NaN. Rows are read and written in fours. `scratch`: 16 bytes a choice.
 */
export function sample(
  rows: i32, logits: usize, stride: i32, sizes: usize, heads: i32, width: i32,
  mask: usize, uniforms: usize, actions: usize, logp: usize, scratch: usize,
): void {
  const step = <usize>stride << 2;
  const perRow = <usize>heads << 2;
  const lowest = f32x4.splat(-3e38);
  for (let row = 0; row < rows; row += 4) {
    const from = logits + <usize>row * step;
    const maskRow = <usize>(row * width);
    let sum = f32x4.splat(0);
    let first = 0;
    for (let h = 0; h < heads; h++) {
      const size = load<i32>(sizes + (h << 2));
      const at = <usize>row * perRow + (h << 2);
      let top = lowest;
      for (let j = 0; j < size; j++) {
        const l = column(from + ((first + j) << 2), step);
        top = f32x4.max(top, v128.bitselect(l, lowest, allowed(mask, maskRow + first + j, width)));
      }
      let total = f32x4.splat(0);
      for (let j = 0; j < size; j++) {
        const x = f32x4.sub(column(from + ((first + j) << 2), step), top);
        const e = v128.and(exp(x), allowed(mask, maskRow + first + j, width));
        v128.store(scratch + (j << 4), e);
        total = f32x4.add(total, e);
      }
      // Where rounding lets the sum end below the threshold, the last choice of any weight is taken.
      const threshold = f32x4.mul(column(uniforms + at, perRow), total);
      let reached = f32x4.splat(0);
      let open = i32x4.splat(-1);
      let choice = i32x4.splat(0);
      for (let j = 0; j < size; j++) {
        const e = v128.load(scratch + (j << 4));
        const candidate = v128.and(open, f32x4.gt(e, f32x4.splat(0)));
        choice = v128.bitselect(i32x4.splat(j), choice, candidate);
        reached = f32x4.add(reached, e);
        open = v128.andnot(open, v128.and(candidate, f32x4.gt(reached, threshold)));
      }
      let taken = v128.load_zero<f32>(from + (<usize>(first + i32x4.extract_lane(choice, 0)) << 2));
      taken = v128.load_lane<f32>(from + step + (<usize>(first + i32x4.extract_lane(choice, 1)) << 2), taken, 1);
      taken = v128.load_lane<f32>(from + step * 2 + (<usize>(first + i32x4.extract_lane(choice, 2)) << 2), taken, 2);
      taken = v128.load_lane<f32>(from + step * 3 + (<usize>(first + i32x4.extract_lane(choice, 3)) << 2), taken, 3);
      const lnp = f32x4.sub(f32x4.sub(taken, top), log(total));
      sum = f32x4.add(sum, v128.bitselect(lnp, f32x4.splat(NaN), f32x4.gt(total, f32x4.splat(0))));
      storeColumn(actions + at, perRow, choice);
      first += size;
    }
    v128.store(logp + (row << 2), sum);
  }
}
