// Vector exp, log and tanh for float32, four lanes at a time, from + - * / and bit operations only: the same bits on
// every machine. The lines follow Cody and Waite (1980): y = k ln2 + r with |r| <= ln2/2, e^y = 2^k (1 + expm1(r)).

// Adding 1.5·2²³ rounds to the nearest whole number, and leaves it in the low bits of the sum.
const ROUND: f32 = 12582912;
const LOG2E: f32 = 1.4426950408889634;
// ln 2 in two parts; the first has nine bits, so k·LN2_HIGH is exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -0.00021219444;

/** Where y = k ln2 + r: k, in the low bits of a float. */
// @ts-ignore: decorator
@inline
function whole(y: v128): v128 {
  return f32x4.add(f32x4.mul(y, f32x4.splat(LOG2E)), f32x4.splat(ROUND));
}

// @ts-ignore: decorator
@inline
function remainder(y: v128, n: v128): v128 {
  const k = f32x4.sub(n, f32x4.splat(ROUND));
  return f32x4.sub(f32x4.sub(y, f32x4.mul(k, f32x4.splat(LN2_HIGH))), f32x4.mul(k, f32x4.splat(LN2_LOW)));
}

// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), i32x4.splat(0x3f800000));
}

/** e^r - 1 for |r| <= ln2/2, relative error 1.4e-8 before rounding (minimax fit of (e^r - 1 - r)/r², degree 4). */
// @ts-ignore: decorator
@inline
function expm1Small(r: v128): v128 {
  let q = f32x4.splat(0.0013882520142942667);
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.008366528898477554));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.04166720062494278));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.1666654348373413));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.4999999701976776));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q));
}

/** e^y, relative error below 1e-7; arguments are clamped to [-87, 88]. */
// @ts-ignore: decorator
@inline
export function exp(y: v128): v128 {
  y = f32x4.min(f32x4.max(y, f32x4.splat(-87)), f32x4.splat(88));
  const n = whole(y);
  const s = powerOfTwo(n);
  return f32x4.add(f32x4.mul(s, expm1Small(remainder(y, n))), s);
}

/** tanh x = e / (e + 2) with e = e^2|x| - 1: absolute error below 1e-7, relative below 2e-7. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const a = f32x4.min(f32x4.abs(x), f32x4.splat(10));
  const y = f32x4.add(a, a);
  const n = whole(y);
  const s = powerOfTwo(n);
  const e = f32x4.add(f32x4.mul(s, expm1Small(remainder(y, n))), f32x4.sub(s, f32x4.splat(1)));
  const t = f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
  return v128.or(t, v128.and(x, i32x4.splat(0x80000000)));
}

/** ln x for normal x > 0, relative error below 2e-7: ln m = 2 artanh((m - 1)/(m + 1)) with m in [√½, √2). */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // √½ has the bits 0x3f3504f3: taking them off splits the exponent at √½ instead of at 1.
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const k = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const z = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const u = f32x4.mul(z, z);
  let q = f32x4.splat(2.0 / 9);
  q = f32x4.add(f32x4.mul(q, u), f32x4.splat(2.0 / 7));
  q = f32x4.add(f32x4.mul(q, u), f32x4.splat(2.0 / 5));
  q = f32x4.add(f32x4.mul(q, u), f32x4.splat(2.0 / 3));
  const l = f32x4.add(f32x4.add(z, z), f32x4.mul(f32x4.mul(z, u), q));
  return f32x4.add(f32x4.mul(k, f32x4.splat(LN2_HIGH)), f32x4.add(l, f32x4.mul(k, f32x4.splat(LN2_LOW))));
}
