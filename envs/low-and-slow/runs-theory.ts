import { cos } from "masque/numeric";
import { normalCdf, normalPdf } from "masque/stats";
import { thresholdFor } from "./model.ts";

/** The law of the step N at which a CUSUM rings. */
export interface RunLaw {
  /** `survival[t]` = P(N > t), up to where each value is `ratio` times the one before. */
  readonly survival: Float64Array;
  /** survival[t+1] / survival[t] from the end of the table on: run lengths end geometrically. */
  readonly ratio: number;
}

/**
 * Law of the run length of S = max(0, S + δ(x − δ/2)) from 0 to an alarm at S ≥ h, for x ~ N(mean, 1): the integral
 * equation of Page (1954), solved by Gauss–Legendre quadrature with an atom at 0. Accurate to about 1e-9.
 */
export function runLaw(h: number, shift: number, mean: number, points = 48): RunLaw {
  if (h <= 0) return { survival: Float64Array.of(1), ratio: 0 };
  const { nodes, weights } = gaussLegendre(points);
  // From node i (0 is the atom, score 0) to node j in one step: mass at the atom, density × weight elsewhere.
  const score = (i: number) => (i === 0 ? 0 : (h * (nodes[i - 1] + 1)) / 2);
  const drift = shift * (mean - shift / 2);
  const size = points + 1;
  const kernel = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    kernel[i * size] = normalCdf((-score(i) - drift) / shift);
    for (let j = 1; j < size; j++) {
      const density = normalPdf((score(j) - score(i) - drift) / shift) / shift;
      kernel[i * size + j] = (density * weights[j - 1] * h) / 2;
    }
  }
  let alive = new Float64Array(size).fill(1);
  const survival = [1];
  let ratio = 1;
  // Innocent scores forget where they began within some 8/δ² steps; before that, no alarm yet looks like none ever.
  const atLeast = 40 / (shift * shift);
  for (let settled = 0; settled < 10; ) {
    const next = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += kernel[i * size + j] * alive[j];
      next[i] = sum;
    }
    const now = next[0] / alive[0];
    const steady = survival.length > atLeast && Math.abs(now - ratio) < Math.max(1e-7 * (1 - now), 1e-15);
    settled = steady || next[0] < 1e-14 ? settled + 1 : 0;
    ratio = now;
    alive = next;
    survival.push(next[0]);
  }
  return { survival: Float64Array.from(survival), ratio };
}

/** Mean step of the first alarm among k independent detectors: E[min N] = Σ P(N > t)^k. */
export function meanFirst({ survival, ratio }: RunLaw, k = 1): number {
  let sum = 0;
  for (let t = 0; t < survival.length - 1; t++) sum += survival[t] ** k;
  return sum + survival[survival.length - 1] ** k / (1 - ratio ** k);
}

/** The threshold at which an innocent stream's mean run length is `run`: Siegmund's, made exact by bisection. */
export function exactThreshold(run: number, shift: number): number {
  const near = thresholdFor(run, shift);
  let low = near - 0.5;
  let high = near + 0.5;
  for (let i = 0; i < 26; i++) {
    const middle = (low + high) / 2;
    if (meanFirst(runLaw(middle, shift, 0)) < run) low = middle;
    else high = middle;
  }
  return low;
}

/** P(free) in steps 0 … steps−1 of a stream that starts anew after each alarm and a block, both exact: renewals. */
export function freeShare(law: RunLaw, block: number, steps: number): number {
  const { survival, ratio } = law;
  const alive = (t: number) =>
    t < survival.length ? survival[t] : survival[survival.length - 1] * ratio ** (t - survival.length + 1);
  // A cycle is N free steps, then the block; begins[t]: probability that one begins in step t.
  const begins = new Float64Array(steps);
  let free = 0;
  for (let t = 0; t < steps; t++) {
    begins[t] = t === 0 ? 1 : 0;
    for (let n = 1; n + block <= t; n++) begins[t] += begins[t - n - block] * (alive(n - 1) - alive(n));
    for (let age = 0; age <= t; age++) free += begins[t - age] * alive(age);
  }
  return free / steps;
}

/** Nodes and weights on [−1, 1] (Newton's method on the Legendre polynomial). */
function gaussLegendre(n: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let round = 0; round < 8; round++) {
      let before = 1;
      let value = x;
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
