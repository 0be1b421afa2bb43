/** A symmetric matrix's eigenvalues, and its eigenvectors: column j of `vectors` `[n, n]`, row-major, belongs to `values[j]`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Sweeps that suffice for any matrix of float64: convergence is quadratic once entries off the diagonal are small. */
const SWEEPS = 60;

/**
 * Eigendecomposition of a symmetric `[n, n]` matrix by Jacobi's rotations, cyclic by rows (Golub and Van Loan, Matrix
 * Computations, 4th ed., algorithm 8.5.3). Made of + − × ÷ and square roots alone, hence the same bits on every engine.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  let total = 0;
  for (let i = 0; i < n * n; i++) total += a[i] * a[i];
  const enough = 1e-30 * total;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q] * a[p * n + q];
    if (!(off > enough)) break;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        if (apq === 0) continue;
        const tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(a, vectors, n, p, q, c, t * c);
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), vectors };
}

/** A := JᵀAJ and V := VJ for the rotation J by (c, s) in the plane of p and q. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const [row, akp, akq] = [k * n, a[k * n + p], a[k * n + q]];
    a[row + p] = c * akp - s * akq;
    a[row + q] = s * akp + c * akq;
    const [vkp, vkq] = [v[row + p], v[row + q]];
    v[row + p] = c * vkp - s * vkq;
    v[row + q] = s * vkp + c * vkq;
  }
  for (let k = 0; k < n; k++) {
    const [apk, aqk] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * apk - s * aqk;
    a[q * n + k] = s * apk + c * aqk;
  }
}
