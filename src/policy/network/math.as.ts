// exp, log and tanh for float32, four lanes at a time, from + - * / and bit operations only: the same bits on every
// machine. After Cody and Waite (1980): y = k ln2 + r with |r| <= ln2/2, so e^y = 2^k (1 + expm1(r)).

// Adding 1.5·2²³ rounds to the nearest whole number, and leaves it in the low bits of the sum.
const ROUND: f32 = 12582912;
const LOG2E: f32 = 1.4426950408889634;
// ln 2 in two parts; the first has nine bits, so k·LN2_HIGH is exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -0.00021219444;
const LN2: f32 = 0.6931471805599453;

// (e^r - 1 - r)/r² on |r| <= ln2/2, minimax: expm1 then has a relative error of 1.4e-8 before rounding.
const C0: f32 = 0.4999999701976776;
const C1: f32 = 0.1666654348373413;
const C2: f32 = 0.04166720062494278;
const C3: f32 = 0.008366528898477554;
const C4: f32 = 0.0013882520142942667;

/** e^y, relative error below 2e-7; arguments are clamped to [-87, 88]. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp(y: v128): v128 {
  y = f32x4.pmin(f32x4.pmax(y, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.add(f32x4.mul(y, f32x4.splat(LOG2E)), f32x4.splat(ROUND));
  const k = f32x4.sub(n, f32x4.splat(ROUND));
  const r = f32x4.sub(f32x4.sub(y, f32x4.mul(k, f32x4.splat(LN2_HIGH))), f32x4.mul(k, f32x4.splat(LN2_LOW)));
  let q = f32x4.add(f32x4.mul(f32x4.splat(C4), r), f32x4.splat(C3));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C2));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C1));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C0));
  const s = i32x4.add(i32x4.shl(n, 23), i32x4.splat(0x3f800000));
  return f32x4.add(f32x4.mul(s, f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q))), s);
}

/**
 * Replaces `count` floats by their tanh = e / (e + 2) with e = e^2|x| - 1; absolute error below 1e-7, relative below 2e-7.
 * Beyond 10 it is 1. Here k·ln2 may be rounded: where k is not a power of two, tanh is too flat for it to matter.
 */
export function tanh(at: usize, count: i32): void {
  const end = at + (<usize>(count & ~3) << 2);
  // Tested at the bottom: only out of such loops does the engine hoist the constants.
  if (at < end) {
    do {
      v128.store(at, tanh4(v128.load(at)));
      at += 16;
    } while (at < end);
  }
  if (count & 3) storeLanes(at, tanh4(loadLanes(at, count & 3)), count & 3);
}

/** The same for four lanes. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const a = f32x4.pmin(v128.andnot(x, f32x4.splat(-0.0)), f32x4.splat(10));
  const y = f32x4.add(a, a);
  const n = f32x4.add(f32x4.mul(y, f32x4.splat(LOG2E)), f32x4.splat(ROUND));
  const r = f32x4.sub(y, f32x4.mul(f32x4.sub(n, f32x4.splat(ROUND)), f32x4.splat(LN2)));
  let q = f32x4.add(f32x4.mul(f32x4.splat(C4), r), f32x4.splat(C3));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C2));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C1));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C0));
  const s = i32x4.add(i32x4.shl(n, 23), i32x4.splat(0x3f800000));
  const e = f32x4.add(f32x4.mul(s, f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q))), f32x4.sub(s, f32x4.splat(1)));
  return v128.or(f32x4.div(e, f32x4.add(e, f32x4.splat(2))), v128.and(x, f32x4.splat(-0.0)));
}

/** The first `lanes` (1 to 4) floats at an address; 0 in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadLanes(at: usize, lanes: i32): v128 {
  if (lanes >= 4) return v128.load(at);
  let v = v128.load_zero<f32>(at);
  if (lanes > 1) v = v128.load_lane<f32>(at, v, 1, 4);
  if (lanes > 2) v = v128.load_lane<f32>(at, v, 2, 8);
  return v;
}

/** Stores the first `lanes` (1 to 4, or more for 4) lanes. */
// @ts-ignore: decorator
@inline
export function storeLanes(at: usize, v: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(at, v);
    return;
  }
  v128.store_lane<f32>(at, v, 0);
  if (lanes > 1) v128.store_lane<f32>(at, v, 1, 4);
  if (lanes > 2) v128.store_lane<f32>(at, v, 2, 8);
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
