import { requireFinite, requireProbability } from "../numeric/check.ts";

/** Σ values, compensated (Neumaier 1974): the rounding error does not grow with their number. */
export function sum(values: ArrayLike<number>): number {
  requireFinite("sum", values, 0);
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Arithmetic mean. Throws a RangeError for no values, or one that is not finite; so do the functions below. */
export function mean(values: ArrayLike<number>): number {
  requireFinite("mean", values);
  let least = values[0];
  let most = values[0];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > most) most = values[i];
  }
  // Rounding may not carry the mean outside its data: equal values have exactly that mean, and no variance.
  return Math.min(most, Math.max(least, sum(values) / values.length));
}

/** Unbiased sample variance (divisor n − 1) of at least 2 values. */
export function variance(values: ArrayLike<number>): number {
  requireFinite("variance", values, 2);
  const centre = mean(values);
  const squares = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) squares[i] = (values[i] - centre) * (values[i] - centre);
  return sum(squares) / (values.length - 1);
}

/** Sample standard deviation (divisor n − 1) of at least 2 values. */
export function standardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values));
}

/** Standard error of the mean of at least 2 values: standard deviation / √n. */
export function standardError(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values) / values.length);
}

function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Sample quantile, linear between order statistics: type 7 of Hyndman and Fan 1996, the default of R and NumPy. */
export function quantile(values: ArrayLike<number>, p: number): number {
  requireFinite("quantile", values);
  return quantileOfSorted(sorted(values), p);
}

/** `quantile` of values already in increasing order (not checked). */
export function quantileOfSorted(values: ArrayLike<number>, p: number): number {
  requireProbability("quantile: p", p);
  const position = p * (values.length - 1);
  const below = Math.floor(position);
  const low = values[below];
  const high = values[Math.min(below + 1, values.length - 1)];
  return low + (position - below) * (high - low);
}

/** Median: the mean of the middle two where their number is even. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/**
 * Interquartile mean: the mean after dropping the ⌊n/4⌋ lowest and as many highest values, as rliable computes it
 * (`scipy.stats.trim_mean(x, 0.25)`; Agarwal et al. 2021, arXiv:2108.13264). Below 4 values it is the mean.
 */
export function iqm(values: ArrayLike<number>): number {
  requireFinite("iqm", values);
  const cut = Math.floor(values.length / 4);
  return mean(sorted(values).subarray(cut, values.length - cut));
}

/**
 * Conditional value at risk: the mean of the worst (lowest) share `level` of the values, CVaR₁₀ by default. Where
 * level · n is not whole, the next value counts with the fraction left over, (Σ of the ⌊level·n⌋ lowest + fraction ·
 * next) / (level · n), as in Rockafellar and Uryasev 2002 (prop. 8); with level · n ≤ 1 it is the minimum.
 * @param level in (0, 1]; 1 is the mean
 */
export function cvar(values: ArrayLike<number>, level = 0.1): number {
  requireFinite("cvar", values);
  if (!(level > 0 && level <= 1)) throw new RangeError(`cvar: got level ${level}, expected a share in (0, 1]`);
  const lowest = sorted(values);
  const count = Math.min(level * lowest.length, lowest.length);
  if (count <= 1) return lowest[0];
  const whole = Math.floor(count);
  const part = whole < lowest.length ? (count - whole) * lowest[whole] : 0;
  const value = (sum(lowest.subarray(0, whole)) + part) / count;
  return Math.min(lowest[lowest.length - 1], Math.max(lowest[0], value));
}

/**
 * P(X > Y) + ½ P(X = Y) for a value drawn from each sample: the probability that x improves on y (Agarwal et al. 2021;
 * the Mann–Whitney statistic over its greatest value).
 */
export function probabilityOfImprovement(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireFinite("probabilityOfImprovement: x", x);
  requireFinite("probabilityOfImprovement: y", y);
  let wins = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < y.length; j++) wins += x[i] > y[j] ? 1 : x[i] === y[j] ? 0.5 : 0;
  }
  return wins / (x.length * y.length);
}
