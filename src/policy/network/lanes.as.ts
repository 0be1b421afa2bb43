// Four rows of a matrix at once, a row a lane: so a kernel that works on rows needs no particular row length.

/** One column of four rows; `stride` in bytes. */
// @ts-ignore: decorator
@inline
export function column(at: usize, stride: usize): v128 {
  let v = v128.load_zero<f32>(at);
  v = v128.load_lane<f32>(at + stride, v, 1);
  v = v128.load_lane<f32>(at + stride * 2, v, 2);
  return v128.load_lane<f32>(at + stride * 3, v, 3);
}

// @ts-ignore: decorator
@inline
export function storeColumn(at: usize, stride: usize, v: v128): void {
  v128.store_lane<f32>(at, v, 0);
  v128.store_lane<f32>(at + stride, v, 1);
  v128.store_lane<f32>(at + stride * 2, v, 2);
  v128.store_lane<f32>(at + stride * 3, v, 3);
}

/** All bits set in the lanes of the rows whose mask byte is not 0; everywhere without a mask. */
// @ts-ignore: decorator
@inline
export function allowed(mask: usize, at: usize, width: usize): v128 {
  if (!mask) return i32x4.splat(-1);
  at += mask;
  let v = i32x4.splat(load<u8>(at));
  v = i32x4.replace_lane(v, 1, load<u8>(at + width));
  v = i32x4.replace_lane(v, 2, load<u8>(at + width * 2));
  v = i32x4.replace_lane(v, 3, load<u8>(at + width * 3));
  return i32x4.ne(v, i32x4.splat(0));
}
