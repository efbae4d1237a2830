/**
 * Solves A X = B for a symmetric positive definite A by Cholesky factorisation, in double precision.
 *
 * @param A - [n, n] row-major, of which the lower triangle is read; overwritten by the factor
 * @param B - [n, m] row-major; overwritten by X and returned
 * @throws Error when A is not positive definite to working precision
 */
export function choleskySolve(A: Float64Array, B: Float64Array, n: number, where: string): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * n + j];
      for (let k = 0, a = i * n, b = j * n; k < j; k++, a++, b++) sum -= A[a] * A[b];
      if (i !== j) A[i * n + j] = sum / A[j * n + j];
      else if (sum > 0) A[i * n + i] = Math.sqrt(sum);
      else throw new Error(`${where}: the system is singular at row ${i}; raise alpha.`);
    }
  }
  const m = B.length / n;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(B, m, i, k, A[i * n + k]);
    divideRow(B, m, i, A[i * n + i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(B, m, i, k, A[k * n + i]);
    divideRow(B, m, i, A[i * n + i]);
  }
  return B;
}

function subtractRow(B: Float64Array, m: number, target: number, source: number, factor: number): void {
  for (let at = target * m, from = source * m; from < (source + 1) * m; at++, from++)
    B[at] -= factor * B[from];
}

function divideRow(B: Float64Array, m: number, row: number, divisor: number): void {
  for (let at = row * m; at < (row + 1) * m; at++) B[at] /= divisor;
}
