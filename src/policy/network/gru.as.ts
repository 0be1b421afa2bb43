// What is not a matrix product in a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), in the form that PyTorch and
// Keras (`reset_after`) share, where the reset gate acts on the state's product:
//   r = σ(x_r + u_r)   z = σ(x_z + u_z)   n = tanh(x_n + r · u_n)   h' = n + z · (h − n)
// with x = W i + b and u = U h + c, gates reset, update and new end to end. Strides are in floats; `lives` is a byte a row,
// or 0 where all rows live: one that does not keeps its state.

import { exp, loadLanes, storeLanes, tanh4 } from "./math.as";

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** Writes the state after a step, `next` [rows, hStride], from x, u [rows, xStride] and h; x becomes the gates r, z, n. */
export function gruGates(
  x: usize, u: usize, xStride: i32, h: usize, next: usize, hStride: i32, lives: usize, rows: i32, cells: i32,
): void {
  const gate = <usize>cells << 2;
  const pad = (<usize>hStride << 2) - gate;
  const rest = (<usize>xStride << 2) - gate;
  for (let row = 0; row < rows; row++) {
    if (lives && !load<u8>(lives + row)) {
      memory.copy(next, h, gate);
      x += gate;
      u += gate;
      h += gate;
      next += gate;
    } else {
      for (let left = cells; left > 0; left -= 4) {
        const step = <usize>min(4, left) << 2;
        const r = sigmoid(f32x4.add(loadLanes(x, left), loadLanes(u, left)));
        const z = sigmoid(f32x4.add(loadLanes(x + gate, left), loadLanes(u + gate, left)));
        const n = tanh4(f32x4.add(loadLanes(x + gate * 2, left), f32x4.mul(r, loadLanes(u + gate * 2, left))));
        storeLanes(next, f32x4.add(n, f32x4.mul(z, f32x4.sub(loadLanes(h, left), n))), left);
        storeLanes(x, r, left);
        storeLanes(x + gate, z, left);
        storeLanes(x + gate * 2, n, left);
        x += step;
        u += step;
        h += step;
        next += step;
      }
    }
    x += rest;
    u += rest;
    h += pad;
    next += pad;
  }
}
