// Dense layers, y = activation(x W + b), in AssemblyScript with 128-bit SIMD. Every output is summed alone, in one order
// (the bias, then the inputs from first to last, each product rounded before it is added), so its bits depend neither on
// the number of rows nor on the tiling. Memory is laid out by the caller; every pointer is a byte offset.
//
// Weights are read packed: the bias, padded with zeros to a multiple of four, then panels of eight columns (the last of
// four if it suffices), each [inputs][columns]. So the inner loop reads forwards, and needs no special case at the edge.

import { storeLanes, tanh } from "./math.as";

export const LINEAR: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;

/** Rows done before the activation follows: they are still in the first-level cache. */
const BLOCK: i32 = 64;

/** Packs W [inputs, outputs] (row-major) and b [outputs] (or 0 for none): (inputs + 1) · outputs floats, outputs padded. */
export function pack(w: usize, b: usize, to: usize, inputs: i32, outputs: i32): void {
  packStrided(w, outputs << 2, 4, b, to, inputs, outputs);
}

/** Packs the transpose of W [inputs, outputs], with no bias: for the gradient in x. */
export function packTransposed(w: usize, to: usize, inputs: i32, outputs: i32): void {
  packStrided(w, 4, outputs << 2, 0, to, outputs, inputs);
}

function packStrided(w: usize, rowStride: usize, stride: usize, b: usize, to: usize, inputs: i32, outputs: i32): void {
  const padded = (outputs + 3) & ~3;
  for (let j = 0; j < padded; j++, to += 4) store<f32>(to, b && j < outputs ? load<f32>(b + (j << 2)) : 0);
  for (let first = 0; first < padded; first += 8) {
    const width = min(8, padded - first);
    for (let k = 0; k < inputs; k++) {
      const row = w + <usize>k * rowStride;
      for (let j = first; j < first + width; j++, to += 4) store<f32>(to, j < outputs ? load<f32>(row + <usize>j * stride) : 0);
    }
  }
}

/** y = activation(x W + b). Strides are in floats. Writes exactly `outputs` columns of y. */
export function dense(
  x: usize, xStride: i32, packed: usize, y: usize, yStride: i32,
  rows: i32, inputs: i32, outputs: i32, activation: i32,
): void {
  const dx = <usize>xStride << 2;
  const dy = <usize>yStride << 2;
  for (let first = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    let bias = packed;
    let panel = packed + <usize>(((outputs + 3) & ~3) << 2);
    for (let j = 0; j < outputs; j += 8) {
      const columns = min(8, outputs - j);
      let xRow = x;
      let yTile = y + <usize>(j << 2);
      let row = 0;
      if (columns > 4) {
        for (; row + 4 <= count; row += 4, xRow += dx << 2, yTile += dy << 2) tile4x8(xRow, dx, panel, bias, yTile, dy, inputs, columns);
        for (; row < count; row++, xRow += dx, yTile += dy) tile1x8(xRow, panel, bias, yTile, inputs, columns);
      } else {
        for (; row + 4 <= count; row += 4, xRow += dx << 2, yTile += dy << 2) tile4x4(xRow, dx, panel, bias, yTile, dy, inputs, columns);
        for (; row < count; row++, xRow += dx, yTile += dy) tile1x4(xRow, panel, bias, yTile, inputs, columns);
      }
      bias += 32;
      panel += <usize>inputs << 5;
    }
    if (activation != LINEAR) {
      if (yStride == outputs) activate(y, count * outputs, activation);
      else for (let row = 0; row < count; row++) activate(y + <usize>row * dy, outputs, activation);
    }
    x += <usize>count * dx;
    y += <usize>count * dy;
  }
}

// @ts-ignore: decorator
@inline
function store8(to: usize, low: v128, high: v128, columns: i32): void {
  v128.store(to, low);
  storeLanes(to + 16, high, columns - 4);
}

// @ts-ignore: decorator
@inline
export function addMul(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

function tile4x8(x: usize, dx: usize, panel: usize, bias: usize, y: usize, dy: usize, inputs: i32, columns: i32): void {
  let a0 = v128.load(bias), a1 = v128.load(bias, 16);
  let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
  let xa = x, xb = x + dx, xc = xb + dx, xd = xc + dx;
  const end = panel + (<usize>inputs << 5);
  for (; panel < end; panel += 32, xa += 4, xb += 4, xc += 4, xd += 4) {
    const w0 = v128.load(panel), w1 = v128.load(panel, 16);
    const a = v128.load_splat<f32>(xa);
    a0 = addMul(a0, a, w0);
    a1 = addMul(a1, a, w1);
    const b = v128.load_splat<f32>(xb);
    b0 = addMul(b0, b, w0);
    b1 = addMul(b1, b, w1);
    const c = v128.load_splat<f32>(xc);
    c0 = addMul(c0, c, w0);
    c1 = addMul(c1, c, w1);
    const d = v128.load_splat<f32>(xd);
    d0 = addMul(d0, d, w0);
    d1 = addMul(d1, d, w1);
  }
  store8(y, a0, a1, columns);
  store8(y + dy, b0, b1, columns);
  store8(y + dy * 2, c0, c1, columns);
  store8(y + dy * 3, d0, d1, columns);
}

function tile1x8(x: usize, panel: usize, bias: usize, y: usize, inputs: i32, columns: i32): void {
  let a0 = v128.load(bias), a1 = v128.load(bias, 16);
  const end = panel + (<usize>inputs << 5);
  for (; panel < end; panel += 32, x += 4) {
    const a = v128.load_splat<f32>(x);
    a0 = addMul(a0, a, v128.load(panel));
    a1 = addMul(a1, a, v128.load(panel, 16));
  }
  store8(y, a0, a1, columns);
}

function tile4x4(x: usize, dx: usize, panel: usize, bias: usize, y: usize, dy: usize, inputs: i32, columns: i32): void {
  let a = v128.load(bias);
  let b = a, c = a, d = a;
  let xa = x, xb = x + dx, xc = xb + dx, xd = xc + dx;
  const end = panel + (<usize>inputs << 4);
  for (; panel < end; panel += 16, xa += 4, xb += 4, xc += 4, xd += 4) {
    const w = v128.load(panel);
    a = addMul(a, v128.load_splat<f32>(xa), w);
    b = addMul(b, v128.load_splat<f32>(xb), w);
    c = addMul(c, v128.load_splat<f32>(xc), w);
    d = addMul(d, v128.load_splat<f32>(xd), w);
  }
  storeLanes(y, a, columns);
  storeLanes(y + dy, b, columns);
  storeLanes(y + dy * 2, c, columns);
  storeLanes(y + dy * 3, d, columns);
}

function tile1x4(x: usize, panel: usize, bias: usize, y: usize, inputs: i32, columns: i32): void {
  let a = v128.load(bias);
  const end = panel + (<usize>inputs << 4);
  for (; panel < end; panel += 16, x += 4) a = addMul(a, v128.load_splat<f32>(x), v128.load(panel));
  storeLanes(y, a, columns);
}

/** y = activation(y) for `count` floats in a row. */
export function activate(y: usize, count: i32, activation: i32): void {
  if (activation == TANH) {
    tanh(y, count);
  } else if (activation == RELU) {
    const whole = y + (<usize>(count & ~3) << 2);
    for (; y < whole; y += 16) v128.store(y, f32x4.max(v128.load(y), f32x4.splat(0)));
    for (let i = 0; i < (count & 3); i++, y += 4) store<f32>(y, max<f32>(load<f32>(y), 0));
  }
}
