// The gradient of a gated recurrent unit's step (see gru.as.ts of acting, whose letters these are).

import { loadLanes, storeLanes } from "../../../src/policy/network/math.as";

/**
 * Backwards through one step. The gradient in the state after it is dh plus, where the next step did not `begins` an
 * episode (a byte a row, or 0), `direct` + `through`, what the next step left of it. Writes that in x and u, `dx` and `du`
 * [rows, xStride], and to `direct` [rows, hStride] what reaches the state before without the product U h; whoever calls
 * adds the rest as `through`. `x` holds the gates r, z, n.
 */
export function gruGradient(
  x: usize, u: usize, dx: usize, du: usize, xStride: i32, h: usize, dh: usize, direct: usize, through: usize, hStride: i32,
  begins: usize, lives: usize, rows: i32, cells: i32,
): void {
  const gate = <usize>cells << 2;
  const wide = <usize>xStride << 2;
  const narrow = <usize>hStride << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    const goesOn = !begins || !load<u8>(begins + row);
    const alive = !lives || load<u8>(lives + row);
    for (let left = cells, at: usize = 0; left > 0; left -= 4, at += 16) {
      let d = loadLanes(dh + at, left);
      if (goesOn) d = f32x4.add(d, f32x4.add(loadLanes(direct + at, left), loadLanes(through + at, left)));
      let inR = f32x4.splat(0), inZ = inR, inN = inR, inU = inR;
      if (alive) {
        const r = loadLanes(x + at, left), z = loadLanes(x + gate + at, left), n = loadLanes(x + gate * 2 + at, left);
        const kept = f32x4.mul(d, z);
        inN = f32x4.mul(f32x4.sub(d, kept), f32x4.sub(one, f32x4.mul(n, n)));
        inZ = f32x4.mul(f32x4.mul(kept, f32x4.sub(one, z)), f32x4.sub(loadLanes(h + at, left), n));
        inU = f32x4.mul(inN, r);
        inR = f32x4.mul(f32x4.mul(inU, f32x4.sub(one, r)), loadLanes(u + gate * 2 + at, left));
        d = kept;
      }
      storeLanes(direct + at, d, left);
      storeLanes(dx + at, inR, left);
      storeLanes(dx + gate + at, inZ, left);
      storeLanes(dx + gate * 2 + at, inN, left);
      storeLanes(du + at, inR, left);
      storeLanes(du + gate + at, inZ, left);
      storeLanes(du + gate * 2 + at, inU, left);
    }
    x += wide;
    u += wide;
    dx += wide;
    du += wide;
    h += narrow;
    dh += narrow;
    direct += narrow;
    through += narrow;
  }
}
