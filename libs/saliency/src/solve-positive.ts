/**
 * Solves A x = b for several b, A symmetric and positive definite, by Cholesky factors. // A [n, n], b [n] each
 *
 * @throws Error when A is not positive definite
 */
export function solvePositive(matrix: Float64Array, rightSides: readonly Float64Array[]): Float64Array[] {
  const n = Math.round(Math.sqrt(matrix.length));
  const factor = Float64Array.from(matrix);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = factor[i * n + j];
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      if (i === j) {
        if (!(sum > 0))
          throw new Error(`solvePositive: the matrix is not positive definite (pivot ${j} is ${sum}).`);
        factor[j * n + j] = Math.sqrt(sum);
      } else factor[i * n + j] = sum / factor[j * n + j];
    }
  }
  return rightSides.map((right) => {
    const x = Float64Array.from(right);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
      x[i] /= factor[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k];
      x[i] /= factor[i * n + i];
    }
    return x;
  });
}
