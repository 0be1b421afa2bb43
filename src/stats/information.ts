import { requirePmf, requireProbability, requireWhole } from "../numeric/check.ts";
import { exp, log, log1p } from "../numeric/index.ts";

/** Unit of information. */
export type Unit = "nats" | "bits";

/** A joint law or a table of counts: row x, column y; also a channel, where row x is P(y | x). */
export type Matrix = readonly ArrayLike<number>[];

/** "plug-in" takes frequencies as probabilities; "miller-madow" removes the bias of order 1/N that this has. */
export type Correction = "plug-in" | "miller-madow";

const inUnit = (nats: number, unit: Unit) => (unit === "bits" ? nats / Math.LN2 : nats);
const negativeXLogX = (p: number) => (p > 0 ? -p * log(p) : 0);

function flatten(where: string, table: Matrix): Float64Array {
  const columns = table[0]?.length ?? 0;
  const flat = new Float64Array(table.length * columns);
  for (const [x, row] of table.entries()) {
    if (row.length !== columns)
      throw new RangeError(`${where}: row ${x} has ${row.length} columns, expected ${columns}`);
    flat.set(row, x * columns);
  }
  return flat;
}

function margins(table: Matrix): { rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(table.length);
  const columns = new Float64Array(table[0].length);
  for (let x = 0; x < rows.length; x++) {
    for (let y = 0; y < columns.length; y++) {
      rows[x] += table[x][y];
      columns[y] += table[x][y];
    }
  }
  return { rows, columns };
}

/** Shannon entropy H = −Σ p log p. Throws a RangeError unless `pmf` is one. */
export function entropy(pmf: ArrayLike<number>, unit: Unit = "nats"): number {
  requirePmf("entropy", pmf);
  return inUnit(rawEntropy(pmf), unit);
}

function rawEntropy(pmf: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < pmf.length; i++) sum += negativeXLogX(pmf[i]);
  return Math.max(0, sum);
}

/** Entropy of a coin that lands heads with probability p. */
export function binaryEntropy(p: number, unit: Unit = "nats"): number {
  requireProbability("binaryEntropy", p);
  if (p === 0 || p === 1) return 0;
  return inUnit(-p * log(p) - (1 - p) * log1p(-p), unit);
}

/** H(X | Y), uncertainty about the row left once the column is known. Throws a RangeError unless `joint` is a law. */
export function conditionalEntropy(joint: Matrix, unit: Unit = "nats"): number {
  requirePmf("conditionalEntropy", flatten("conditionalEntropy", joint));
  const { columns } = margins(joint);
  let sum = 0;
  for (const row of joint) {
    for (let y = 0; y < columns.length; y++) if (row[y] > 0) sum += row[y] * log(columns[y] / row[y]);
  }
  return inUnit(Math.max(0, sum), unit);
}

/** I(X; Y) of a joint law. Throws a RangeError unless it is one. */
export function mutualInformation(joint: Matrix, unit: Unit = "nats"): number {
  requirePmf("mutualInformation", flatten("mutualInformation", joint));
  return inUnit(rawMutualInformation(joint), unit);
}

function rawMutualInformation(joint: Matrix): number {
  const { rows, columns } = margins(joint);
  let sum = 0;
  for (let x = 0; x < rows.length; x++) {
    for (let y = 0; y < columns.length; y++) {
      const p = joint[x][y];
      if (p > 0) sum += p * log(p / rows[x] / columns[y]);
    }
  }
  return Math.max(0, sum);
}

function requireCounts(where: string, counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    requireWhole(`${where}: count ${i}`, counts[i]);
    total += counts[i];
  }
  if (total === 0) throw new RangeError(`${where}: all ${counts.length} counts are 0, expected an observation`);
  return total;
}

const occupied = (counts: ArrayLike<number>) => Array.from(counts).filter((count) => count > 0).length;

/**
 * Entropy estimated from counts of N observations. The plug-in estimate is biased downwards by about (K − 1)/(2N) nats
 * for K values that occur; Miller 1955 and Madow add that back, with the K seen. What then is left is of order 1/N²,
 * once N is well above K: values never seen make both estimates too low.
 */
export function entropyFromCounts(
  counts: ArrayLike<number>,
  correction: Correction = "miller-madow",
  unit: Unit = "nats",
): number {
  const total = requireCounts("entropyFromCounts", counts);
  const plugIn = rawEntropy(Float64Array.from(counts, (count) => count / total));
  return inUnit(correction === "plug-in" ? plugIn : plugIn + (occupied(counts) - 1) / (2 * total), unit);
}

/**
 * Mutual information of rows and columns estimated from counts of N pairs. The plug-in estimate is biased upwards by
 * about (Kₓ − 1)(K_y − 1)/(2N) nats where all cells are possible: independent variables seem to leak. Miller–Madow
 * corrects the three entropies, I + (Kₓ + K_y − Kₓ_y − 1)/(2N) with the numbers of rows, columns and cells seen; it may
 * come out negative, and is not clipped, since that would bring a bias back.
 */
export function mutualInformationFromCounts(
  counts: Matrix,
  correction: Correction = "miller-madow",
  unit: Unit = "nats",
): number {
  const cells = flatten("mutualInformationFromCounts", counts);
  const total = requireCounts("mutualInformationFromCounts", cells);
  const plugIn = rawMutualInformation(counts.map((row) => Float64Array.from(row, (count) => count / total)));
  if (correction === "plug-in") return inUnit(plugIn, unit);
  const { rows, columns } = margins(counts);
  return inUnit(plugIn + (occupied(rows) + occupied(columns) - occupied(cells) - 1) / (2 * total), unit);
}

function requirePair(where: string, p: ArrayLike<number>, q: ArrayLike<number>): void {
  requirePmf(`${where}: p`, p);
  requirePmf(`${where}: q`, q);
  if (p.length !== q.length) {
    throw new RangeError(`${where}: got ${p.length} and ${q.length} probabilities, expected equally many`);
  }
}

/** Kullback–Leibler divergence D(p ‖ q) = Σ p log(p/q); ∞ where q lacks a value that p has. */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>, unit: Unit = "nats"): number {
  requirePair("klDivergence", p, q);
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * log(p[i] / q[i]);
  return inUnit(Math.max(0, sum), unit);
}

/** Pearson's χ²(p ‖ q) = Σ (p − q)²/q; ∞ where q lacks a value that p has. */
export function chiSquareDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  requirePair("chiSquareDivergence", p, q);
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] !== q[i]) sum += ((p[i] - q[i]) * (p[i] - q[i])) / q[i];
  return sum;
}

/**
 * Capacity of a memoryless channel (Blahut 1972, Arimoto 1972).
 * @param channel row x is P(y | x)
 * @param options.tolerance stops when the bounds are this close, in nats (default 10⁻¹²); after `iterations` in any case
 * @returns capacity: a lower bound, reached by the law `input`; the true one is at most `gap` more
 */
export function channelCapacity(
  channel: Matrix,
  options: { readonly tolerance?: number; readonly iterations?: number; readonly unit?: Unit } = {},
): { capacity: number; gap: number; input: Float64Array } {
  const { tolerance = 1e-12, iterations = 10_000, unit = "nats" } = options;
  if (channel.length === 0) throw new RangeError("channelCapacity: got no rows, expected P(y | x) for at least one x");
  flatten("channelCapacity", channel);
  for (const [x, row] of channel.entries()) requirePmf(`channelCapacity: row ${x}`, row);
  const input = new Float64Array(channel.length).fill(1 / channel.length);
  const divergence = new Float64Array(channel.length);
  for (let i = 0; ; i++) {
    const output = new Float64Array(channel[0].length);
    for (const [x, row] of channel.entries()) for (let y = 0; y < output.length; y++) output[y] += input[x] * row[y];
    let upper = 0;
    let lower = 0;
    for (const [x, row] of channel.entries()) {
      divergence[x] = 0;
      for (let y = 0; y < output.length; y++) if (row[y] > 0) divergence[x] += row[y] * log(row[y] / output[y]);
      upper = Math.max(upper, divergence[x]);
      lower += input[x] * divergence[x];
    }
    lower = Math.max(0, lower);
    const gap = Math.max(0, upper - lower);
    if (gap <= tolerance || i >= iterations) return { capacity: inUnit(lower, unit), gap: inUnit(gap, unit), input };
    let total = 0;
    for (let x = 0; x < input.length; x++) {
      input[x] *= exp(divergence[x] - upper);
      total += input[x];
    }
    for (let x = 0; x < input.length; x++) input[x] /= total;
  }
}
