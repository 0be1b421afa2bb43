/** Running mean and variance of columns, by Chan's parallel update. */
export interface RunningMeanStd {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Takes in `rows` rows of `size` columns from `data[from…]`, each with its weight (default 1; 0 leaves it out). */
  add(data: ArrayLike<number>, rows: number, size: number, from: number, weights?: ArrayLike<number>): void;
  /** Has all that was taken in so far count for this share of what it did, in what is taken in from now on. */
  fade(share: number): void;
  /** Plain numbers, and back. */
  state(): RunningState;
  /** Goes on from a saved state. */
  restore(state: RunningState): void;
}

/** What a running mean and variance are restored from. */
export interface RunningState {
  readonly count: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** Moments of `size` columns, with nothing seen yet. */
export function runningMeanStd(size: number): RunningMeanStd {
  const mean = new Float64Array(size);
  const variance = new Float64Array(size).fill(1);
  let count = 0;
  return {
    mean,
    variance,
    add(data, rows, columns, from, weights) {
      let batch = 0;
      for (let row = 0; row < rows; row++) batch += weights ? weights[row] : 1;
      if (batch === 0) return;
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += (weights ? weights[row] : 1) * data[from + row * columns + column];
        const batchMean = sum / batch;
        let squares = 0;
        for (let row = 0; row < rows; row++) {
          squares += (weights ? weights[row] : 1) * (data[from + row * columns + column] - batchMean) ** 2;
        }
        const delta = batchMean - mean[column];
        const all = count + batch;
        variance[column] =
          ((count === 0 ? 0 : variance[column] * count) + squares + (delta * delta * count * batch) / all) / all;
        mean[column] += (delta * batch) / all;
      }
      count += batch;
    },
    fade(share) {
      count *= share;
    },
    state: () => ({ count, mean: [...mean], variance: [...variance] }),
    restore(state) {
      count = state.count;
      mean.set(state.mean);
      variance.set(state.variance);
    },
  };
}

/** As float32 for networks; deviations at least 10⁻³, so that constant columns stay finite. */
export function meanStd({ mean, variance }: RunningMeanStd): { mean: Float32Array; std: Float32Array } {
  return {
    mean: Float32Array.from(mean),
    std: Float32Array.from(variance, (v) => Math.max(1e-3, Math.sqrt(v))),
  };
}
