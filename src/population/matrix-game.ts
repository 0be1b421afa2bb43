/** How both sides of a zero-sum game play: shares of pure strategies that add up to 1, and what rows get by it. */
export interface Strategies {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** rows · payoffs · columns. */
  readonly value: number;
}

/** `[rows][columns]`, what the player of rows gets and the player of columns pays. */
export type Payoffs = readonly (readonly number[])[];

/** What a mixture of rows gets from one of columns. */
export function expected(payoffs: Payoffs, rows: readonly number[], columns: readonly number[]): number {
  let value = 0;
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < columns.length; j++) value += rows[i] * columns[j] * payoffs[i][j];
  return value;
}

/**
 * An equilibrium, by linear programming (Dantzig 1951; von Neumann's duality): with payoffs shifted above 0, columns solve
 * max Σ y with payoffs · y ≤ 1, y ≥ 0, which begins at y = 0, and rows are its dual. Bland's rule (1977) ends it always.
 * Exact but for rounding.
 */
export function nash(payoffs: Payoffs): Strategies {
  const [m, n] = [payoffs.length, payoffs[0].length];
  const shift = 1 - Math.min(...payoffs.map((row) => Math.min(...row)));
  // Columns of the tableau: y, slacks, right-hand side. Its last row is the objective.
  const width = n + m + 1;
  const tableau = payoffs.map((row, i) => {
    const line = new Float64Array(width);
    for (let j = 0; j < n; j++) line[j] = row[j] + shift;
    line[n + i] = line[width - 1] = 1;
    return line;
  });
  const costs = new Float64Array(width).fill(1, 0, n);
  const basis = payoffs.map((_, i) => n + i);
  for (;;) {
    const entering = costs.findIndex((cost, j) => j < n + m && cost > 1e-12);
    if (entering < 0) break;
    let leaving = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < m; i++) {
      if (tableau[i][entering] <= 1e-12) continue;
      const ratio = tableau[i][width - 1] / tableau[i][entering];
      const tied = Math.abs(ratio - least) <= 1e-14;
      if (leaving >= 0 && (tied ? basis[i] > basis[leaving] : ratio > least)) continue;
      [leaving, least] = [i, ratio];
    }
    pivot([...tableau, costs], leaving, entering);
    basis[leaving] = entering;
  }
  const y = new Float64Array(n);
  for (const [i, variable] of basis.entries()) if (variable < n) y[variable] = tableau[i][width - 1];
  const columns = shares(y);
  const rows = shares(costs.subarray(n, n + m).map((cost) => -cost));
  return { rows, columns, value: expected(payoffs, rows, columns) };
}

function pivot(lines: readonly Float64Array[], row: number, column: number): void {
  const from = lines[row];
  const unit = from[column];
  for (let j = 0; j < from.length; j++) from[j] /= unit;
  for (const line of lines) {
    const factor = line[column];
    if (line === from || factor === 0) continue;
    for (let j = 0; j < from.length; j++) line[j] -= factor * from[j];
  }
}

/** Rounds of regret matching: on tables of a population, exploitability is then some thousandths of the range or less. */
const ROUNDS = 4000;
/** Shares below this are left out of what regret matching gives: it never lets go of anything altogether. */
const LEAST = 1e-3;

/**
 * The same by regret matching plus (Tammelin 2014, arXiv:1407.5042; Hart and Mas-Colell 2000): turns alternate, later turns
 * weigh more in the average.
 */
export function regretMatching(payoffs: Payoffs): Strategies {
  const sides = [payoffs.length, payoffs[0].length].map((size) => ({
    regrets: new Float64Array(size),
    sum: new Float64Array(size),
    now: new Float64Array(size).fill(1 / size),
  }));
  const [rows, columns] = sides;
  for (let t = 1; t <= ROUNDS; t++) {
    for (const mine of sides) {
      const gains = mine.now.map((_, k) =>
        mine === rows
          ? columns.now.reduce((sum, share, j) => sum + share * payoffs[k][j], 0)
          : rows.now.reduce((sum, share, i) => sum - share * payoffs[i][k], 0),
      );
      const mean = mine.now.reduce((sum, share, k) => sum + share * gains[k], 0);
      let total = 0;
      for (let k = 0; k < gains.length; k++) {
        mine.regrets[k] = Math.max(0, mine.regrets[k] + gains[k] - mean);
        total += mine.regrets[k];
      }
      for (let k = 0; k < gains.length; k++) {
        mine.now[k] = total > 0 ? mine.regrets[k] / total : 1 / gains.length;
        mine.sum[k] += t * mine.now[k];
      }
    }
  }
  const [p, q] = sides.map(({ sum }) => shares(sum, LEAST));
  return { rows: p, columns: q, value: expected(payoffs, p, q) };
}

/** In proportion to counts, as fictitious play does (Brown 1951). */
export function asGiven(payoffs: Payoffs, rows: readonly number[], columns: readonly number[]): Strategies {
  const [p, q] = [shares(rows), shares(columns)];
  return { rows: p, columns: q, value: expected(payoffs, p, q) };
}

/** Scaled to add up to 1; what is below a share of all becomes 0. */
function shares(weights: ArrayLike<number>, least = 1e-12): number[] {
  const all = Array.from(weights, (weight) => Math.max(0, weight));
  const sum = all.reduce((a, b) => a + b, 0);
  const kept = all.map((weight) => (weight < least * sum ? 0 : weight));
  const total = kept.reduce((a, b) => a + b, 0);
  return kept.map((weight) => weight / total);
}
