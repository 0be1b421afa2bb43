// One double seen as two words: the way to a number's exponent and leading bits.
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
double[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1;

/** Sign, exponent and the leading 20 bits of the significand. */
export function highWord(x: number): number {
  double[0] = x;
  return words[HIGH];
}

/** POWERS[k + 1074] is 2^k, for every power of two that a double can hold: k = −1074 … 1023. */
export const POWERS = new Float64Array(2098);
for (let i = 0, power = Number.MIN_VALUE; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

/** x · 2^k for k = −1100 … 1024 and normal x: in two steps where 2^k itself is out of range. */
export function scale(x: number, k: number): number {
  if (k > 1023) return x * 2 * POWERS[k + 1073];
  if (k < -1021) return x * POWERS[k + 1174] * POWERS[974];
  return x * POWERS[k + 1074];
}

/** The smallest normal number, 2^−1022. */
export const MIN_NORMAL = 2.2250738585072014e-308;
