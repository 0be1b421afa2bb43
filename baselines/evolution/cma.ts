import type { Rng } from "masque";
import { exp, log } from "masque/numeric";
import { symmetricEigen } from "./eigen.ts";

// CMA-ES after Hansen's tutorial (arXiv:1604.00772v2, figure 6 and table 1): weighted recombination of all ranks, negative
// weights included (active), cumulative step-size adaptation, rank-one and rank-μ update. Separable: only the diagonal of
// the covariance matrix is learned, (n + 2)/3 times as fast (Ros and Hansen 2008, PPSN X).
// Deviations: a full matrix is decomposed once in max(1, 1/(10 n (c₁ + c_μ))) generations, as the tutorial proposes
// (B.2); no evolution is stopped here: see `stopped`.

export type Covariance = "full" | "separable";

export interface CmaOptions {
  /** Where it begins, and how far it first looks: a deviation in every coordinate. */
  readonly mean: ArrayLike<number>;
  readonly sigma: number;
  /** Candidates a generation; 4 + ⌊3 ln n⌋ when omitted. */
  readonly population?: number;
  readonly covariance?: Covariance;
  readonly rng: Rng;
  /** It stops where no coordinate's deviation exceeds this; 1e-12 times `sigma` when omitted. */
  readonly tolerance?: number;
}

/** An evolution that is asked for candidates and told what they are worth: less is better. */
export interface Cma {
  readonly population: number;
  readonly mean: Float64Array;
  readonly sigma: number;
  /** A generation of candidates. */
  ask(): Float64Array[];
  /** Their values, in the order of `ask`. Equal values keep that order; NaN counts as the worst. */
  tell(values: ArrayLike<number>): void;
  /** Why it goes nowhere any more; null while it may. */
  stopped(): string | null;
}

export const defaultPopulation = (n: number): number => 4 + Math.floor(3 * log(n));

export function cma(options: CmaOptions): Cma {
  const { rng, covariance = "full" } = options;
  const n = options.mean.length;
  const population = options.population ?? defaultPopulation(n);
  const diagonal = covariance === "separable";
  const { weights, mu, muEff, cSigma, dSigma, cC, c1, cMu } = strategy(n, population, diagonal);
  const weightSum = weights.reduce((sum, w) => sum + w, 0);
  const expected = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)); // E‖N(0, I)‖
  const every = Math.max(1, Math.floor(1 / (10 * n * (c1 + cMu))));
  const tolerance = options.tolerance ?? 1e-12 * options.sigma;

  const mean = Float64Array.from(options.mean);
  let sigma = options.sigma;
  let generation = 0;
  const pathSigma = new Float64Array(n);
  const pathC = new Float64Array(n);
  const c = identity(n, diagonal);
  // C = B D² Bᵀ as it was last decomposed; B is the identity where C is diagonal.
  let axes: Float64Array | null = null;
  const deviations = new Float64Array(n).fill(1);
  const steps = Array.from({ length: population }, () => new Float64Array(n));
  const best: number[] = [];
  const medians: number[] = [];
  let flat = 0;

  /** B x, or Bᵀ x. */
  const turn = (x: ArrayLike<number>, back: boolean): Float64Array => {
    if (axes === null) return Float64Array.from(x);
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (back ? axes[j * n + i] : axes[i * n + j]) * x[j];
      out[i] = sum;
    }
    return out;
  };
  /** C^(−1/2) y */
  const whiten = (y: Float64Array): Float64Array => {
    const turned = turn(y, true);
    for (let i = 0; i < n; i++) turned[i] /= deviations[i];
    return turn(turned, false);
  };

  function decompose(): void {
    if (diagonal) for (let i = 0; i < n; i++) deviations[i] = Math.sqrt(c[i]);
    else if (generation % every === 0) {
      const { values, vectors } = symmetricEigen(c, n);
      axes = vectors;
      for (let i = 0; i < n; i++) deviations[i] = Math.sqrt(Math.max(1e-300, values[i]));
    }
  }

  return {
    population,
    mean,
    get sigma() {
      return sigma;
    },
    ask: () =>
      steps.map((step) => {
        const drawn = Float64Array.from({ length: n }, (_, i) => deviations[i] * rng.normal());
        step.set(turn(drawn, false));
        return Float64Array.from(step, (y, i) => mean[i] + sigma * y);
      }),
    tell(values) {
      const order = ranks(values, population);
      const at = (rank: number) => Number(values[order[rank]]);
      best.push(at(0));
      medians.push(at(population >> 1));
      flat = at(0) === at(Math.min(population - 1, 1 + (population >> 2))) ? flat + 1 : 0;
      generation++;

      const step = new Float64Array(n);
      for (let rank = 0; rank < mu; rank++) {
        const y = steps[order[rank]];
        for (let i = 0; i < n; i++) step[i] += weights[rank] * y[i];
      }
      for (let i = 0; i < n; i++) mean[i] += sigma * step[i];

      const white = whiten(step);
      const kept = Math.sqrt(cSigma * (2 - cSigma) * muEff);
      for (let i = 0; i < n; i++) pathSigma[i] = (1 - cSigma) * pathSigma[i] + kept * white[i];
      const length = norm(pathSigma);
      const settled = Math.sqrt(1 - power(1 - cSigma, 2 * generation));
      const h = length / settled < (1.4 + 2 / (n + 1)) * expected ? 1 : 0;
      const moved = h * Math.sqrt(cC * (2 - cC) * muEff);
      for (let i = 0; i < n; i++) pathC[i] = (1 - cC) * pathC[i] + moved * step[i];

      // Negative weights are divided by their candidates' lengths, which keeps C positive definite (equation 46).
      const scaled = weights.map((w, rank) => {
        if (w >= 0) return w;
        const size = norm(whiten(steps[order[rank]]));
        return (w * n) / Math.max(size * size, 1e-300);
      });
      const old = 1 + c1 * (1 - h) * cC * (2 - cC) - c1 - cMu * weightSum;
      if (diagonal) {
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let rank = 0; rank < population; rank++) sum += scaled[rank] * steps[order[rank]][i] ** 2;
          c[i] = old * c[i] + c1 * pathC[i] * pathC[i] + cMu * sum;
        }
      } else {
        for (let i = 0; i < n; i++)
          for (let j = 0; j <= i; j++) c[i * n + j] = old * c[i * n + j] + c1 * pathC[i] * pathC[j];
        for (let rank = 0; rank < population; rank++) {
          const [y, w] = [steps[order[rank]], cMu * scaled[rank]];
          for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) c[i * n + j] += w * y[i] * y[j];
        }
        for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) c[j * n + i] = c[i * n + j];
      }
      sigma *= exp(Math.min(1, (cSigma / dSigma) * (length / expected - 1)));
      decompose();
    },
    stopped() {
      const widest = Math.max(...deviations);
      if (sigma * widest < tolerance) return "every deviation is below the tolerance";
      if (widest > 1e7 * Math.min(...deviations)) return "the covariance matrix is ill-conditioned";
      if (flat >= 10) return "the values of ten generations are flat";
      const recent = 10 + Math.ceil((30 * n) / population);
      const [low, high] = range(best.slice(-recent));
      if (best.length >= recent && high - low <= 1e-13 * Math.max(1, Math.abs(high)))
        return "the best values stand still";
      return stagnates(best, medians, n, population) ? "neither best nor median values improve" : null;
    },
  };
}

/** Table 1 of the tutorial. */
function strategy(n: number, population: number, diagonal: boolean) {
  const raw = Array.from({ length: population }, (_, i) => log((population + 1) / 2) - log(i + 1));
  const mu = population >> 1;
  const sums = (part: readonly number[]) => [part.reduce((s, w) => s + w, 0), part.reduce((s, w) => s + w * w, 0)];
  const [positive, squares] = sums(raw.slice(0, mu));
  const [negative, negativeSquares] = sums(raw.slice(mu));
  const muEff = (positive * positive) / squares;
  const muEffMinus = (negative * negative) / negativeSquares;
  const faster = diagonal ? (n + 2) / 3 : 1;
  const c1 = Math.min(0.5, (faster * 2) / ((n + 1.3) ** 2 + muEff));
  const cMu = Math.min(1 - c1, (faster * 2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  const alpha = Math.min(1 + c1 / cMu, 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cMu) / (n * cMu));
  const below = raw.reduce((sum, w) => sum + (w < 0 ? -w : 0), 0);
  const cSigma = (muEff + 2) / (n + muEff + 5);
  return {
    weights: raw.map((w) => (w >= 0 ? w / positive : (alpha * w) / below)),
    mu,
    muEff,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    c1,
    cMu,
  };
}

/** Candidates from the best to the worst. */
function ranks(values: ArrayLike<number>, population: number): number[] {
  if (values.length !== population) throw new Error(`got ${values.length} values for ${population} candidates`);
  const worth = (i: number) => (Number.isNaN(values[i]) ? Number.POSITIVE_INFINITY : values[i]);
  const order = Array.from({ length: population }, (_, i) => i);
  return order.sort((i, j) => (worth(i) === worth(j) ? i - j : worth(i) - worth(j)));
}

/** Hansen 2009 (BBOB, BIPOP-CMA-ES): the last third of a long history is no better than the first of it. */
function stagnates(best: readonly number[], medians: readonly number[], n: number, population: number): boolean {
  const long = Math.max(120 + Math.ceil((30 * n) / population), Math.floor(0.2 * best.length));
  if (best.length < long) return false;
  const worse = (history: readonly number[]) => {
    const part = history.slice(-long);
    return middle(part.slice(-20)) >= middle(part.slice(0, 20));
  };
  return worse(best) && worse(medians);
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
/** By multiplication, since `**` of large exponents differs between engines. */
const power = (base: number, times: number) => exp(times * log(base));

function identity(n: number, diagonal: boolean): Float64Array {
  if (diagonal) return new Float64Array(n).fill(1);
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) c[i * n + i] = 1;
  return c;
}
