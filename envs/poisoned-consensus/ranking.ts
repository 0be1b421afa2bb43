/** Few values are sorted by insertion: twice as fast as selecting among twenty. */
const FEW = 32;

/** Puts the k smallest of `values[0 … n)` first and returns the largest of them, the k-th; k from 1. */
export function select(values: Float64Array, n: number, k: number): number {
  if (n > FEW) return quickselect(values, n, k);
  for (let i = 1; i < n; i++) {
    const value = values[i];
    let j = i;
    while (j > 0 && values[j - 1] > value) {
      values[j] = values[j - 1];
      j--;
    }
    values[j] = value;
  }
  return values[k - 1];
}

/** Hoare (1961), Algorithm 65: Find. */
function quickselect(values: Float64Array, n: number, k: number): number {
  const at = k - 1;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = values[at];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const held = values[i];
      values[i++] = values[j];
      values[j--] = held;
    }
    if (j < at) low = i;
    if (i > at) high = j;
  }
  return values[at];
}

/** The median of `values[0 … n)`, the mean of the middle two where n is even; reorders them. */
export function median(values: Float64Array, n: number): number {
  const half = n >> 1;
  const upper = select(values, n, half + 1);
  if (n % 2 === 1) return upper;
  if (n <= FEW) return (values[half - 1] + upper) / 2;
  let lower = values[0];
  for (let i = 1; i < half; i++) lower = Math.max(lower, values[i]);
  return (lower + upper) / 2;
}

/** Mean of `values[0 … n)` without the `cut` smallest and the `cut` largest; reorders them. */
export function trimmedMean(values: Float64Array, n: number, cut: number): number {
  // The largest go first; then the smallest of what is left.
  const rest = n - cut;
  if (cut > 0) {
    select(values, n, rest);
    select(values, rest, cut);
  }
  let sum = 0;
  for (let i = cut; i < rest; i++) sum += values[i];
  return sum / (n - 2 * cut);
}

/**
 * Marks with 0 the `keep` smallest of `scores[from … from + n)`, ties by place, and with 1 the others. Returns the score
 * of the last that is kept. `scratch` is written over.
 */
export function discard(
  scores: Float64Array,
  n: number,
  keep: number,
  out: Uint8Array,
  from: number,
  scratch: Float64Array,
): number {
  for (let i = 0; i < n; i++) scratch[i] = scores[i];
  const cut = select(scratch, n, keep);
  let left = keep;
  for (let i = 0; i < n; i++) if (scores[i] < cut) left--;
  for (let i = 0; i < n; i++) {
    const score = scores[i];
    if (score < cut) out[from + i] = 0;
    else if (score === cut && left > 0) {
      out[from + i] = 0;
      left--;
    } else out[from + i] = 1;
  }
  return cut;
}
