// Gradients of dense layers y = activation(x W + b). Strides are in floats.

import { addMul, dense, LINEAR, RELU, TANH } from "../../../src/policy/network/dense.as";
import { loadLanes, storeLanes } from "../../../src/policy/network/math.as";

const BLOCK: i32 = 64;

/** dz = dy · activation′, from the activation's value y, for `count` floats in a row; dz may be dy. */
export function slope(y: usize, dy: usize, dz: usize, count: i32, activation: i32): void {
  let left = count;
  if (activation == TANH) {
    for (; left >= 4; left -= 4, y += 16, dy += 16, dz += 16) v128.store(dz, ofTanh(v128.load(y), v128.load(dy)));
  }
  for (; left > 0; left -= 4, y += 16, dy += 16, dz += 16) {
    const out = loadLanes(y, left);
    let d = loadLanes(dy, left);
    if (activation == TANH) d = ofTanh(out, d);
    else if (activation == RELU) d = v128.and(d, f32x4.gt(out, f32x4.splat(0)));
    storeLanes(dz, d, left);
  }
}

// @ts-ignore: decorator
@inline
function ofTanh(y: v128, dy: v128): v128 {
  return f32x4.sub(dy, f32x4.mul(dy, f32x4.mul(y, y)));
}

/**
 * dW += xᵀ dz and db += Σ dz. The stride of dz is a multiple of four, and what lies between the columns can be read.
 * Rows are summed in order.
 */
export function denseGradient(
  x: usize, xStride: i32, dz: usize, dzStride: i32, dw: usize, db: usize, rows: i32, inputs: i32, outputs: i32,
): void {
  const dx = <usize>xStride << 2;
  const ds = <usize>dzStride << 2;
  const row = <usize>outputs << 2;
  for (let j = 0; j < outputs; j += 8, dz += 32, dw += 32, db += 32) {
    const columns = min(8, outputs - j);
    let to = dw;
    let k = 0;
    if (columns > 4) {
      for (; k + 4 <= inputs; k += 4, to += row << 2) outer4x8(x + (k << 2), dx, dz, ds, to, row, rows, columns);
      for (; k < inputs; k++, to += row) outer1x8(x + (k << 2), dx, dz, ds, to, rows, columns);
    } else {
      for (; k + 4 <= inputs; k += 4, to += row << 2) outer4x4(x + (k << 2), dx, dz, ds, to, row, rows, columns);
      for (; k < inputs; k++, to += row) outer1x4(x + (k << 2), dx, dz, ds, to, rows, columns);
    }
    sumRows(dz, ds, db, rows, min(4, columns));
    if (columns > 4) sumRows(dz + 16, ds, db + 16, rows, columns - 4);
  }
}

/**
 * The gradient of one layer over many rows, all matrices without gaps: sets dW and db unless dW is 0, and dx unless it is
 * 0. `packed` holds the transposed weights (used for dx); `scratch` 64 rows of `outputs` floats, padded to whole vectors.
 */
export function denseBackward(
  x: usize, y: usize, dy: usize, packed: usize, dx: usize, dw: usize, db: usize, scratch: usize,
  rows: i32, inputs: i32, outputs: i32, activation: i32,
): void {
  const padded = (outputs + 3) & ~3;
  if (dw) {
    memory.fill(dw, 0, <usize>(inputs * outputs) << 2);
    memory.fill(db, 0, <usize>outputs << 2);
  }
  for (let first = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    let dz = dy;
    if (activation != LINEAR || padded != outputs) {
      dz = scratch;
      if (padded == outputs) slope(y, dy, dz, count * outputs, activation);
      else {
        for (let i: usize = 0; i < <usize>count; i++) {
          const at = (i * <usize>outputs) << 2;
          const to = scratch + ((i * <usize>padded) << 2);
          v128.store(to + (<usize>(padded - 4) << 2), f32x4.splat(0));
          slope(y + at, dy + at, to, outputs, activation);
        }
      }
    }
    if (dw) denseGradient(x, inputs, dz, padded, dw, db, count, inputs, outputs);
    if (dx) {
      dense(dz, padded, packed, dx, inputs, count, outputs, inputs, LINEAR);
      dx += <usize>(count * inputs) << 2;
    }
    x += <usize>(count * inputs) << 2;
    y += <usize>(count * outputs) << 2;
    dy += <usize>(count * outputs) << 2;
  }
}

// @ts-ignore: decorator
@inline
function accumulate(at: usize, v: v128, lanes: i32): void {
  storeLanes(at, f32x4.add(loadLanes(at, lanes), v), lanes);
}

// @ts-ignore: decorator
@inline
function accumulate8(at: usize, low: v128, high: v128, columns: i32): void {
  v128.store(at, f32x4.add(v128.load(at), low));
  accumulate(at + 16, high, columns - 4);
}

function outer4x8(x: usize, dx: usize, dz: usize, ds: usize, dw: usize, row: usize, rows: i32, columns: i32): void {
  let a0 = f32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  for (let i = 0; i < rows; i++, x += dx, dz += ds) {
    const z0 = v128.load(dz), z1 = v128.load(dz, 16);
    const a = v128.load_splat<f32>(x);
    a0 = addMul(a0, a, z0);
    a1 = addMul(a1, a, z1);
    const b = v128.load_splat<f32>(x, 4);
    b0 = addMul(b0, b, z0);
    b1 = addMul(b1, b, z1);
    const c = v128.load_splat<f32>(x, 8);
    c0 = addMul(c0, c, z0);
    c1 = addMul(c1, c, z1);
    const d = v128.load_splat<f32>(x, 12);
    d0 = addMul(d0, d, z0);
    d1 = addMul(d1, d, z1);
  }
  accumulate8(dw, a0, a1, columns);
  accumulate8(dw + row, b0, b1, columns);
  accumulate8(dw + row * 2, c0, c1, columns);
  accumulate8(dw + row * 3, d0, d1, columns);
}

function outer1x8(x: usize, dx: usize, dz: usize, ds: usize, dw: usize, rows: i32, columns: i32): void {
  let a0 = f32x4.splat(0), a1 = a0;
  for (let i = 0; i < rows; i++, x += dx, dz += ds) {
    const a = v128.load_splat<f32>(x);
    a0 = addMul(a0, a, v128.load(dz));
    a1 = addMul(a1, a, v128.load(dz, 16));
  }
  accumulate8(dw, a0, a1, columns);
}

function outer4x4(x: usize, dx: usize, dz: usize, ds: usize, dw: usize, row: usize, rows: i32, columns: i32): void {
  let a = f32x4.splat(0);
  let b = a, c = a, d = a;
  for (let i = 0; i < rows; i++, x += dx, dz += ds) {
    const z = v128.load(dz);
    a = addMul(a, v128.load_splat<f32>(x), z);
    b = addMul(b, v128.load_splat<f32>(x, 4), z);
    c = addMul(c, v128.load_splat<f32>(x, 8), z);
    d = addMul(d, v128.load_splat<f32>(x, 12), z);
  }
  accumulate(dw, a, columns);
  accumulate(dw + row, b, columns);
  accumulate(dw + row * 2, c, columns);
  accumulate(dw + row * 3, d, columns);
}

function outer1x4(x: usize, dx: usize, dz: usize, ds: usize, dw: usize, rows: i32, columns: i32): void {
  let a = f32x4.splat(0);
  for (let i = 0; i < rows; i++, x += dx, dz += ds) a = addMul(a, v128.load_splat<f32>(x), v128.load(dz));
  accumulate(dw, a, columns);
}

function sumRows(dz: usize, ds: usize, db: usize, rows: i32, columns: i32): void {
  let sum = f32x4.splat(0);
  for (let i = 0; i < rows; i++, dz += ds) sum = f32x4.add(sum, v128.load(dz));
  accumulate(db, sum, columns);
}
