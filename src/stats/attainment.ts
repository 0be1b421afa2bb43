import { bestGiven, type Points } from "./pareto.ts";

/**
 * Empirical attainment (Grunert da Fonseca, Fonseca and Hall 2001, doi:10.1007/3-540-44719-9_15) in two axes: for each
 * x, the greatest y such that at least a share of the fronts has a point of at least x and at least y.
 * @param fronts points (x, y) of each run; more is better on both axes
 * @param xs where to look
 * @param share in (0, 1]: 0.5 is the median front, 1 what every run attains
 * @param least what a front attains where it has no point
 * @throws RangeError for no fronts, or a share outside (0, 1]
 */
export function attainment(fronts: readonly Points[], xs: ArrayLike<number>, share: number, least = 0): Float64Array {
  if (fronts.length === 0) throw new RangeError("attainment: got no fronts, expected at least one");
  if (!(share > 0 && share <= 1)) throw new RangeError(`attainment: got share ${share}, expected a number in (0, 1]`);
  // Rounding must not ask for one run more: 0.95 · 20 is 19.
  const needed = Math.ceil(share * fronts.length - 1e-9);
  return Float64Array.from(xs, (x) => {
    const attained = Float64Array.from(fronts, (points) => bestGiven(points, 1, 0, x) ?? least).sort();
    return attained[fronts.length - needed];
  });
}
