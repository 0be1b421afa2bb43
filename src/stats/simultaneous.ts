import { requireConfidence, requireFinite } from "../numeric/check.ts";
import { Rng } from "../random/rng.ts";
import { mean, standardError } from "./summary.ts";

const DRAWS = 4000;

/**
 * Critical value for intervals mean ± c · standard error that hold for all columns at once: the quantile of max |T| for T
 * multivariate Student with the columns' observed correlation (Hothorn, Bretz and Westfall 2008, Biometrical Journal
 * 50:346), by 4000 draws of normal multipliers on the observed deviations. For one column it is Student's quantile, and another column
 * never lowers it. Columns that do not vary take no part.
 * @param columns values of what is estimated, one a run, the same runs in each column, at least 2
 * @throws RangeError for fewer runs, columns of unequal length, or values that are not finite
 */
export function simultaneousQuantile(columns: readonly ArrayLike<number>[], confidence = 0.95): number {
  requireConfidence("simultaneousQuantile", confidence);
  const runs = columns[0]?.length ?? 0;
  const directions: Float64Array[] = [];
  for (const column of columns) {
    requireFinite("simultaneousQuantile", column, 2);
    if (column.length !== runs) {
      throw new RangeError(`simultaneousQuantile: got columns of ${runs} and ${column.length} runs`);
    }
    const centre = mean(column);
    const away = Float64Array.from(column, (value) => value - centre);
    const length = Math.sqrt(away.reduce((sum, x) => sum + x * x, 0));
    if (length > 1e-12) directions.push(away.map((x) => x / length));
  }
  if (directions.length === 0) return 0;
  const { multipliers, scale } = drawsOf(runs);
  const greatest = new Float64Array(DRAWS);
  for (const direction of directions) {
    for (let b = 0, at = 0; b < DRAWS; b++) {
      let sum = 0;
      for (let r = 0; r < runs; r++) sum += multipliers[at++] * direction[r];
      greatest[b] = Math.max(greatest[b], Math.abs(sum));
    }
  }
  for (let b = 0; b < DRAWS; b++) greatest[b] *= scale[b];
  greatest.sort();
  return greatest[Math.ceil(confidence * DRAWS) - 1];
}

const known = new Map<number, { readonly multipliers: Float64Array; readonly scale: Float64Array }>();

/** Normal multipliers `[draws, runs]`, and one over a chi of runs − 1 degrees of freedom for each: the same every time. */
function drawsOf(runs: number) {
  const found = known.get(runs);
  if (found) return found;
  const rng = new Rng(runs, "simultaneous");
  const multipliers = Float64Array.from({ length: DRAWS * runs }, () => rng.normal());
  const scale = Float64Array.from({ length: DRAWS }, () => {
    let square = 0;
    for (let k = 1; k < runs; k++) square += rng.normal() ** 2;
    return Math.sqrt((runs - 1) / square);
  });
  const made = { multipliers, scale };
  known.set(runs, made);
  return made;
}

/**
 * The least of several means over the same runs, and bounds of the least of the true ones: low and high are the least of all
 * columns' ends at a critical value for all of them at once. Another column never raises value or lower bound.
 * @throws RangeError as `simultaneousQuantile` does
 */
export function leastMean(
  columns: readonly ArrayLike<number>[],
  confidence = 0.95,
): { readonly mean: number; readonly low: number; readonly high: number } {
  const c = simultaneousQuantile(columns, confidence);
  const least = (ends: (column: ArrayLike<number>) => number) => Math.min(...columns.map(ends));
  return {
    mean: least(mean),
    low: least((column) => mean(column) - c * standardError(column)),
    high: least((column) => mean(column) + c * standardError(column)),
  };
}
