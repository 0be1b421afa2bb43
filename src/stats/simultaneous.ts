import { requireConfidence, requireFinite } from "../numeric/check.ts";
import { log } from "../numeric/index.ts";
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
  const directions = columns.flatMap((column) => momentsOf("simultaneousQuantile", column, runs).direction ?? []);
  if (directions.length === 0) return 0;
  const { scale } = drawsOf(runs);
  const greatest = new Float64Array(DRAWS);
  for (const direction of directions) {
    const along = drawnAlong(direction);
    for (let b = 0; b < DRAWS; b++) greatest[b] = Math.max(greatest[b], Math.abs(along[b]));
  }
  for (let b = 0; b < DRAWS; b++) greatest[b] *= scale[b];
  return quantileOf(greatest, confidence);
}

/** What is used of a column: `direction` are its deviations at length 1, none where it does not vary. */
function momentsOf(where: string, column: ArrayLike<number>, runs: number) {
  requireFinite(where, column, 2);
  if (column.length !== runs) throw new RangeError(`${where}: got columns of ${runs} and ${column.length} runs`);
  const centre = mean(column);
  const away = Float64Array.from(column, (value) => value - centre);
  const length = Math.sqrt(away.reduce((sum, x) => sum + x * x, 0));
  if (length <= 1e-12) return { centre, error: 0, skewness: 0, direction: null };
  const direction = away.map((x) => x / length);
  // Fisher's adjusted third moment; of two runs there is none.
  const third = direction.reduce((sum, x) => sum + x * x * x, 0);
  const skewness = runs < 3 ? 0 : (third * runs * Math.sqrt(runs - 1)) / (runs - 2);
  return { centre, error: length / Math.sqrt(runs * (runs - 1)), skewness, direction };
}

/** A standard normal variate a draw, correlated between directions as the columns are. */
function drawnAlong(direction: Float64Array): Float64Array {
  const { multipliers } = drawsOf(direction.length);
  const along = new Float64Array(DRAWS);
  for (let b = 0, at = 0; b < DRAWS; b++) {
    let sum = 0;
    for (let r = 0; r < direction.length; r++) sum += multipliers[at++] * direction[r];
    along[b] = sum;
  }
  return along;
}

const quantileOf = (draws: Float64Array, share: number): number => draws.sort()[Math.ceil(share * draws.length) - 1];

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

/** Columns whose means lie so many standard errors above the least never reach below it in a draw. */
const FAR = 12;

/**
 * Bounds of several least means that hold for all of them at once; each bound is the least of its columns' ends. Lower and
 * upper ends have critical values of their own, each missed by half of what `confidence` leaves: quantiles of what the ends
 * must reach over, at the observed means, for T multivariate Student with the observed correlation (as above).
 *
 * A lower bound fails only where the ends of all columns do. How near they are to the least is uncertain, most of all where
 * that failed: gaps count wider by √ln n standard errors (Andrews and Soares 2010, Econometrica 78:119). Upper ends take gaps
 * as observed, and are too low where many columns tie. They are moved by Johnson's correction for skewness (1978, JASA 73:536),
 * of which n²/(n²+40) is believed: where some trainings fail, few runs tend to lie below the truth.
 * @param groups the columns of each least mean: one value a run, the same runs everywhere, at least 2
 * @throws RangeError as `simultaneousQuantile` does, and for a group without columns
 */
export function leastMeanBands(
  groups: readonly (readonly ArrayLike<number>[])[],
  confidence = 0.95,
): { readonly low: number; readonly high: number }[] {
  requireConfidence("leastMeanBands", confidence);
  if (groups.some((columns) => columns.length === 0)) throw new RangeError("leastMeanBands: got a group of no columns");
  const runs = groups[0]?.[0]?.length ?? 0;
  const measured = groups.map((columns) => columns.map((column) => momentsOf("leastMeanBands", column, runs)));
  const further = Math.sqrt(log(runs));
  // Every draw and its mirror image: one-sided quantiles take twice the draws of two-sided ones.
  const under = new Float64Array(2 * DRAWS).fill(-Infinity);
  const over = new Float64Array(2 * DRAWS).fill(-Infinity);
  for (const columns of measured) {
    const least = columns.reduce((a, b) => (b.centre < a.centre ? b : a));
    const nearest = new Float64Array(2 * DRAWS).fill(Infinity);
    for (const column of columns) {
      const { error, direction } = column;
      const gap = column.centre - least.centre;
      if (gap > FAR * error) continue;
      const apart = error > 0 ? gap / error : 0;
      const wider = apart + (column === least || error === 0 ? 0 : further);
      const along = direction ? drawnAlong(direction) : new Float64Array(DRAWS);
      for (let b = 0; b < 2 * DRAWS; b++) {
        const z = b < DRAWS ? along[b] : -along[b - DRAWS];
        nearest[b] = Math.min(nearest[b], z + wider);
        over[b] = Math.max(over[b], -z - apart);
      }
    }
    for (let b = 0; b < 2 * DRAWS; b++) under[b] = Math.max(under[b], nearest[b]);
  }
  const { scale } = drawsOf(runs);
  const critical = (draws: Float64Array) => {
    const scaled = draws.map((x, b) => x * scale[b % DRAWS]);
    return Math.max(0, quantileOf(scaled, (1 + confidence) / 2));
  };
  const [below, above] = [critical(under), critical(over)];
  const believed = (runs * runs) / (runs * runs + 40) / (6 * Math.sqrt(runs));
  /** In standard errors. Negative skewness: not beyond where the correction would take more than a greater `above` adds. */
  const upper = (skewness: number) => {
    const k = believed * skewness;
    const c = k < 0 ? Math.min(above, -1 / (4 * k)) : above;
    return Math.max(0, above + k * (1 + 2 * c * c));
  };
  return measured.map((columns) => ({
    low: Math.min(...columns.map(({ centre, error }) => centre - below * error)),
    high: Math.min(...columns.map(({ centre, error, skewness }) => centre + upper(skewness) * error)),
  }));
}
