/**
 * Eigenvalues of a real symmetric matrix, ascending.
 *
 * Householder reflections make it tridiagonal; bisection on Sturm counts then finds each eigenvalue to the last bits. O(n^3).
 *
 * @param matrix - row-major [n, n]; not changed
 *
 * Source: Golub and Van Loan, Matrix Computations, sections 8.3 and 8.4.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(Float64Array.from(matrix), n);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const radius = Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0); // Gershgorin
    low = Math.min(low, diagonal[i] - radius);
    high = Math.max(high, diagonal[i] + radius);
  }
  const tolerance = 1e-14 * Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE);
  return Float64Array.from({ length: n }, (_, k) => {
    let [from, to] = [low, high];
    for (let i = 0; i < 80 && to - from > tolerance; i++) {
      const middle = (from + to) / 2;
      if (countBelow(diagonal, beside, middle) > k) to = middle;
      else from = middle;
    }
    return (from + to) / 2;
  });
}

/** Number of eigenvalues below x: signs of the pivots of T - x I. */
function countBelow(diagonal: Float64Array, beside: Float64Array, x: number): number {
  let [count, pivot] = [0, 1];
  for (let i = 0; i < diagonal.length; i++) {
    pivot = diagonal[i] - x - (i > 0 ? beside[i - 1] ** 2 / pivot : 0);
    if (pivot === 0) pivot = 1e-300;
    if (pivot < 0) count++;
  }
  return count;
}

function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const beside = new Float64Array(Math.max(n - 1, 0));
  const [v, p] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n - 1; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) square += (v[i] = a[i * n + k]) ** 2;
    const norm = Math.sqrt(square) * (v[k + 1] > 0 ? -1 : 1);
    beside[k] = norm;
    v[k + 1] -= norm;
    let length = 0;
    for (let i = k + 1; i < n; i++) length += v[i] ** 2;
    if (length === 0) continue;
    const factor = 2 / length;
    let dot = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
      p[i] = factor * sum;
      dot += p[i] * v[i];
    }
    const half = (factor * dot) / 2;
    for (let i = k + 1; i < n; i++) p[i] -= half * v[i];
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
    }
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), beside };
}
