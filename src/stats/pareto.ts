import { requireFinite, requireWhole } from "../numeric/check.ts";

/** Points, each with one value an axis; more is better on every axis. */
export type Points = readonly ArrayLike<number>[];

/** Where a point stands in view of its uncertainty. */
export type FrontierLabel = "frontier" | "dominated" | "ambiguous";

function requirePoints(where: string, points: Points, axes = points[0]?.length ?? 0): void {
  for (const [i, point] of points.entries()) {
    if (point.length !== axes) throw new RangeError(`${where}: point ${i} has ${point.length} axes, expected ${axes}`);
    requireFinite(`${where}: point ${i}`, point);
  }
}

/** Whether a is at least as good as b on every axis and better on one. */
export function dominates(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  let better = false;
  for (let axis = 0; axis < a.length; axis++) {
    if (a[axis] < b[axis]) return false;
    if (a[axis] > b[axis]) better = true;
  }
  return better;
}

/** For each point, whether no other dominates it. Equal points do not dominate each other: both stay. */
export function nonDominated(points: Points): boolean[] {
  requirePoints("nonDominated", points);
  return points.map((point) => !points.some((other) => dominates(other, point)));
}

/**
 * Volume dominated by the points above `reference` (Zitzler and Thiele 1998), exact in any number of axes, by slicing
 * along the last one; a point that does not exceed the reference on every axis adds nothing. Time grows with the
 * (axes − 1)th power of the number of points: meant for 2 to 4 axes.
 * @throws RangeError for points of another size than the reference, or values that are not finite
 */
export function hypervolume(points: Points, reference: ArrayLike<number>): number {
  requireFinite("hypervolume: reference", reference);
  requirePoints("hypervolume", points, reference.length);
  const inside = points.filter((point) => Array.from(reference).every((least, axis) => point[axis] > least));
  return slice(inside, reference, reference.length);
}

function slice(points: Points, reference: ArrayLike<number>, axes: number): number {
  const last = axes - 1;
  const order = [...points].sort((a, b) => b[last] - a[last]);
  if (axes === 1) return order.length > 0 ? order[0][0] - reference[0] : 0;
  let volume = 0;
  let widest = 0;
  for (let i = 0; i < order.length; i++) {
    const depth = order[i][last] - (i + 1 < order.length ? order[i + 1][last] : reference[last]);
    if (axes === 2) {
      widest = Math.max(widest, order[i][0] - reference[0]);
      volume += depth * widest;
    } else if (depth > 0) {
      volume += depth * slice(order.slice(0, i + 1), reference, last);
    }
  }
  return volume;
}

/**
 * Additive ε-indicator I(A, B): the least ε such that every point of B is matched on all axes by a point of A moved up
 * by ε (Zitzler et al. 2003). At most 0 when A covers B already. Not symmetric.
 * @throws RangeError when either is empty, or on sizes that differ
 */
export function additiveEpsilon(a: Points, b: Points): number {
  if (a.length === 0 || b.length === 0)
    throw new RangeError("additiveEpsilon: got no points, expected at least one each");
  requirePoints("additiveEpsilon: A", a);
  requirePoints("additiveEpsilon: B", b, a[0].length);
  let worst = Number.NEGATIVE_INFINITY;
  for (const target of b) {
    let best = Number.POSITIVE_INFINITY;
    for (const point of a) {
      let shortfall = Number.NEGATIVE_INFINITY;
      for (let axis = 0; axis < target.length; axis++) shortfall = Math.max(shortfall, target[axis] - point[axis]);
      best = Math.min(best, shortfall);
    }
    worst = Math.max(worst, best);
  }
  return worst;
}

/** Highest value on `axis` among the points with at least `level` on `given`, or null when there is none. */
export function bestGiven(points: Points, axis: number, given: number, level: number): number | null {
  requirePoints("bestGiven", points);
  let best: number | null = null;
  for (const point of points) {
    if (point[given] >= level && (best === null || point[axis] > best)) best = point[axis];
  }
  return best;
}

/**
 * Share of bootstrap resamples in which each point is non-dominated.
 * @param samples points resampled jointly, `[resamples × points × axes]`, as `hierarchicalBootstrap` returns them
 */
export function paretoProbability(samples: Float64Array, points: number, axes: number): Float64Array {
  requireWhole("paretoProbability: points", points, 1);
  requireWhole("paretoProbability: axes", axes, 1);
  const size = points * axes;
  if (samples.length === 0 || samples.length % size !== 0) {
    throw new RangeError(`paretoProbability: got ${samples.length} values, expected a multiple of ${points} × ${axes}`);
  }
  requireFinite("paretoProbability", samples);
  const share = new Float64Array(points);
  for (let start = 0; start < samples.length; start += size) {
    const cloud = Array.from({ length: points }, (_, p) => samples.subarray(start + p * axes, start + (p + 1) * axes));
    for (let p = 0; p < points; p++) if (!cloud.some((other) => dominates(other, cloud[p]))) share[p]++;
  }
  const resamples = samples.length / size;
  return share.map((count) => count / resamples);
}

/** "frontier" where P(Pareto-optimal) ≥ confidence, "dominated" where it is ≤ 1 − confidence, else "ambiguous". */
export function frontierLabels(probabilities: ArrayLike<number>, confidence = 0.95): FrontierLabel[] {
  if (!(confidence > 0.5 && confidence <= 1)) {
    throw new RangeError(`frontierLabels: got confidence ${confidence}, expected a number in (0.5, 1]`);
  }
  requireFinite("frontierLabels", probabilities, 0);
  return Array.from(probabilities, (p) =>
    p >= confidence ? "frontier" : 1 - p >= confidence ? "dominated" : "ambiguous",
  );
}
