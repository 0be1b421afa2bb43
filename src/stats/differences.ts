import { requireConfidence, requireFinite, requireProbability, requireWhole } from "../numeric/check.ts";
import { studentQuantile } from "./distributions.ts";
import { type Interval, studentInterval } from "./intervals.ts";
import { normalIsf } from "./normal.ts";
import { mean, variance } from "./summary.ts";

/**
 * Student's t interval for mean(b) − mean(a) where value i of both belongs together.
 * @throws RangeError unless there are as many of each, at least 2
 */
export function pairedInterval(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): Interval {
  if (a.length !== b.length) {
    throw new RangeError(`pairedInterval: got ${a.length} and ${b.length} values, expected as many of each`);
  }
  return studentInterval(
    Float64Array.from(a, (value, i) => b[i] - value),
    confidence,
  );
}

/** Interval for mean(b) − mean(a) of independent samples of at least 2 each, variances unequal (Welch 1947). */
export function welchInterval(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): Interval {
  requireConfidence("welchInterval", confidence);
  requireFinite("welchInterval: a", a, 2);
  requireFinite("welchInterval: b", b, 2);
  const centre = mean(b) - mean(a);
  const ofA = variance(a) / a.length;
  const ofB = variance(b) / b.length;
  const total = ofA + ofB;
  if (total === 0) return { low: centre, high: centre };
  const df = (total * total) / ((ofA * ofA) / (a.length - 1) + (ofB * ofB) / (b.length - 1));
  const reach = -studentQuantile((1 - confidence) / 2, df) * Math.sqrt(total);
  return { low: centre - reach, high: centre + reach };
}

/**
 * Interval for P(X > Y) + ½ P(X = Y), estimated from m values of X and n of Y (`probabilityOfImprovement`): the score
 * interval of Newcombe 2006 (Statistics in Medicine 25:559, method 5), with the variance of Hanley and McNeil 1982. Unlike
 * a bootstrap it does not shrink to a point where all values of X exceed all of Y.
 */
export function improvementInterval(estimate: number, m: number, n: number, confidence = 0.95): Interval {
  requireConfidence("improvementInterval", confidence);
  requireProbability("improvementInterval: estimate", estimate);
  requireWhole("improvementInterval: m", m, 1);
  requireWhole("improvementInterval: n", n, 1);
  const z = normalIsf((1 - confidence) / 2);
  const more = (m + n) / 2 - 1;
  const error = (p: number) => Math.sqrt(((p * (1 - p)) / (m * n)) * (1 + more * ((1 - p) / (2 - p) + p / (1 + p))));
  // |p − estimate| − z · error(p) changes sign once on either side of the estimate.
  const end = (outer: number) => {
    let [inside, outside] = [estimate, outer];
    for (let i = 0; i < 60; i++) {
      const middle = (inside + outside) / 2;
      if (Math.abs(middle - estimate) <= z * error(middle)) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return { low: estimate === 0 ? 0 : end(0), high: estimate === 1 ? 1 : end(1) };
}
