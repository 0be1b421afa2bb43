const QUARTER_PI = 0.7853981633974483;

// π/2 in pieces of 33 bits, so that n · piece is exact for |n| < 2²⁰, each with what comes after it.
const PIO2_1 = 1.5707963267341256;
const PIO2_1_TAIL = 6.077100506506192e-11;
const PIO2_2 = 6.077100506303966e-11;
const PIO2_2_TAIL = 2.0222662487959506e-21;
const PIO2_3 = 2.0222662487111665e-21;
const PIO2_3_TAIL = 8.4784276603689e-32;

/** Sine of x radians, for every x. Error below 1 ulp. NaN at ±∞. */
export function sin(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return Math.abs(x) < 7.450580596923828e-9 ? x : sinKernel(x, 0);
  const quadrant = reduce(x);
  const value = (quadrant & 1) === 0 ? sinKernel(reduced[0], reduced[1]) : cosKernel(reduced[0], reduced[1]);
  return (quadrant & 2) === 0 ? value : -value;
}

/** Cosine of x radians, for every x. Error below 1 ulp. NaN at ±∞. */
export function cos(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return cosKernel(x, 0);
  const quadrant = reduce(x);
  const value = (quadrant & 1) === 0 ? cosKernel(reduced[0], reduced[1]) : sinKernel(reduced[0], reduced[1]);
  return ((quadrant + 1) & 2) === 0 ? value : -value;
}

/** sin(r + t) for |r| ≤ π/4 and tiny t. */
function sinKernel(r: number, t: number): number {
  const z = r * r;
  const v = z * r;
  const p =
    -0.00019841269829857949 + z * (0.0000027557313707070068 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10));
  return r - (z * (0.5 * t - v * (0.00833333333332249 + z * p)) - t + v * 0.16666666666666632);
}

/** cos(r + t) for |r| ≤ π/4 and tiny t. */
function cosKernel(r: number, t: number): number {
  const z = r * r;
  const high =
    0.0000248015872894767 + z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11));
  const p = z * (0.0416666666666666 + z * (-0.001388888888887411 + z * high));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * p - r * t));
}

// The reduced argument r and its tail t, left here by `reduce`: two numbers without an allocation.
const reduced = new Float64Array(2);

/** Splits x into n · π/2 + r + t with |r| ≤ π/4; returns n modulo 4, or leaves NaN for ±∞ and NaN. */
function reduce(x: number): number {
  if (!(Math.abs(x) < 1048576)) return reduceLarge(x);
  const n = Math.floor(x * (2 / Math.PI) + 0.5);
  let high = x - n * PIO2_1;
  let low = n * PIO2_1_TAIL;
  let r = high - low;
  // Near a multiple of π/2 leading bits cancel: bring in more of π, once or twice.
  if (Math.abs(r) < Math.abs(x) * 1.52587890625e-5) {
    let before = high;
    low = n * PIO2_2;
    high = before - low;
    low = n * PIO2_2_TAIL - (before - high - low);
    r = high - low;
    if (Math.abs(r) < Math.abs(x) * 1.7763568394002505e-15) {
      before = high;
      low = n * PIO2_3;
      high = before - low;
      low = n * PIO2_3_TAIL - (before - high - low);
      r = high - low;
    }
  }
  reduced[0] = r;
  reduced[1] = high - r - low;
  return n & 3;
}

// 2/π · 2^1200 and π/2 · 2^192: enough for the largest double (Payne and Hanek 1983).
const TWO_OVER_PI = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1d" +
    "eb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b" +
    "5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b",
);
const HALF_PI = BigInt("0x1921fb54442d18469898cc51701b839a252049c1114cf98e8");

/** `reduce` for 2²⁰ and beyond, in whole numbers: rare, so exactness comes before speed. */
function reduceLarge(x: number): number {
  const a = Math.abs(x);
  if (!(a < Number.POSITIVE_INFINITY)) {
    reduced.fill(Number.NaN);
    return 0;
  }
  // |x| · 2^32 is whole; its product with 2/π has 1232 bits after the point, and whole turns do not matter.
  const scaled = a < 9007199254740992 ? BigInt(a * 4294967296) : BigInt(a) << 32n;
  const turns = BigInt.asUintN(1234, scaled * TWO_OVER_PI);
  const n = (turns + (1n << 1231n)) >> 1232n;
  const fraction = (turns - (n << 1232n)) >> 1040n;
  const r = (fraction * HALF_PI) >> 192n;
  const leading = Number(r);
  const sign = x < 0 ? -1 : 1;
  reduced[0] = sign * leading * 1.5930919111324523e-58; // 2^−192
  reduced[1] = sign * Number(r - BigInt(leading)) * 1.5930919111324523e-58;
  return (sign * Number(n)) & 3;
}
