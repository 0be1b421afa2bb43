/**
 * Elementary functions in fixed point, 1400 bits after the point: slow, short, and made of nothing but whole numbers,
 * so that `src/numeric.ts` has something to be wrong against.
 */
const BITS = 1400n;
const ONE = 1n << BITS;

const mul = (a: bigint, b: bigint) => (a * b) >> BITS;
const div = (a: bigint, b: bigint) => (a << BITS) / b;

/** Σ terms, where term k follows from the one before; stops when terms vanish. */
function series(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let sum = 0n;
  let term = first;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = next(term, k);
  }
  return sum;
}

/** Σ ± x^(2k+1) / (2k+1) at x = 1/n: artanh with sign 1, arctan with sign −1. */
function inverseTangent(n: bigint, sign: 1n | -1n): bigint {
  let power = ONE / n;
  let sum = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= n * n;
    sum += ((k % 4n === 3n ? sign : 1n) * power) / k;
  }
  return sum;
}

const LN2 = 2n * inverseTangent(3n, 1n);
const PI = 16n * inverseTangent(5n, -1n) - 4n * inverseTangent(239n, -1n); // Machin 1706

/** A double, exactly. */
export function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const significand = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const shift = (exponent === 0n ? 1n : exponent) - 1075n + BITS;
  return (x < 0 ? -1n : 1n) * (significand << shift);
}

function exp(x: bigint): bigint {
  const k = x / LN2;
  let y = series(ONE, (term, i) => mul(term, (x - k * LN2) >> 16n) / i);
  for (let i = 0; i < 16; i++) y = mul(y, y);
  return k >= 0n ? y << k : y >> -k;
}

/** By Halley's iteration from a double's guess: 53, 159, 477 good bits. */
function log(x: bigint): bigint {
  let shift = 0n;
  let m = x;
  for (; m > 2n * ONE; shift++) m >>= 1n;
  for (; m < ONE; shift--) m <<= 1n;
  m = shift > 0n ? div(x, ONE << shift) : x << -shift;
  let y = fixed(Math.log(Number(m >> (BITS - 52n)) * 2 ** -52));
  for (let i = 0; i < 2; i++) {
    const e = exp(y);
    y += div(2n * (m - e), m + e);
  }
  return y + shift * LN2;
}

function cos(x: bigint): bigint {
  const r = x % (2n * PI);
  return series(ONE, (term, k) => -mul(mul(term, r), r) / (2n * k * (2n * k - 1n)));
}

const logistic = (x: bigint) => div(ONE, ONE + exp(-x));

export const exact = {
  exp,
  expm1: (x: bigint) => exp(x) - ONE,
  tanh: (x: bigint) => div(exp(2n * x) - ONE, exp(2n * x) + ONE),
  sigmoid: logistic,
  softplus: (x: bigint) => (x > 40n * ONE ? x + exp(-x) - exp(-2n * x) / 2n : log(ONE + exp(x))),
  log,
  log1p: (x: bigint) => log(ONE + x),
  cos,
  sin: (x: bigint) => cos(x - PI / 2n),
  pow: (x: bigint, y: bigint) => exp(mul(y, log(x))),
};

/** |x − value| in units of the last place of x. */
export function ulps(x: number, value: bigint): number {
  let exponent = -1022;
  while (exponent < 1023 && Math.abs(x) >= 2 ** (exponent + 1)) exponent++;
  const difference = fixed(x) - value;
  return (
    Number((10000n * (difference < 0n ? -difference : difference)) / (1n << (BITS + BigInt(exponent - 52)))) / 10000
  );
}
