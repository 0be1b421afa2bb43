/** Throws a RangeError unless there are at least `least` values and all are finite. */
export function requireFinite(where: string, values: ArrayLike<number>, least = 1): void {
  if (!(values.length >= least))
    throw new RangeError(`${where}: got ${values.length} values, expected at least ${least}`);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new RangeError(`${where}: value ${i} is ${values[i]}, expected a finite number`);
  }
}

/** Throws a RangeError unless all values are at least 0, finite, and add up to 1 within 10⁻⁹. */
export function requirePmf(where: string, pmf: ArrayLike<number>): void {
  let total = 0;
  for (let i = 0; i < pmf.length; i++) {
    if (!(pmf[i] >= 0)) throw new RangeError(`${where}: probability ${i} is ${pmf[i]}, expected at least 0`);
    total += pmf[i];
  }
  if (!(Math.abs(total - 1) <= 1e-9)) {
    throw new RangeError(`${where}: ${pmf.length} probabilities add up to ${total}, expected 1`);
  }
}

/** Throws a RangeError unless 0 ≤ p ≤ 1. */
export function requireProbability(where: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${where}: got ${p}, expected a probability in [0, 1]`);
}

/** Throws a RangeError unless 0 < confidence < 1. */
export function requireConfidence(where: string, confidence: number): void {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`${where}: got confidence ${confidence}, expected a number strictly between 0 and 1, as 0.95`);
  }
}

/** Throws a RangeError unless `value` is a whole number, at least `least` (and at most 2⁵³). */
export function requireWhole(where: string, value: number, least = 0): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${where}: got ${value}, expected a whole number, at least ${least}`);
  }
}

/** Throws a RangeError unless 0 < value < ∞. */
export function requirePositive(where: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${where}: got ${value}, expected a finite number above 0`);
  }
}

/** Throws a RangeError for NaN; infinities pass. */
export function requireNumber(where: string, value: number): void {
  if (Number.isNaN(value)) throw new RangeError(`${where}: got NaN, expected a number`);
}
