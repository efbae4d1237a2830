import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Steps of one Lanczos run before it restarts from its best vector. */
const STEPS = 60;

/**
 * Eigenvector of the second largest eigenvalue of a symmetric matrix whose first eigenvector is known.
 *
 * Lanczos in the space orthogonal to the first, with full reorthogonalisation, restarted until |A v - lambda v| < tolerance. The start is
 * fixed, so the result is the same every time; its sign is arbitrary.
 *
 * @param matrix - symmetric // [n, n]
 * @param first - eigenvector of the largest eigenvalue // [n]
 * @returns of length 1 // [n]; for n = 1, where there is no second, the first
 */
export function secondEigenvector(matrix: Float64Array, first: Float64Array, tolerance = 1e-8): Float64Array {
  const n = first.length;
  const known = unit(first);
  let vector: Float64Array = Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i * i)); // no symmetry of a grid
  if (n === 1 || orthogonalise(vector, [known]) < 1e-12) return known;
  for (let round = 0; round < 50; round++) {
    const { ritz, residual } = lanczos(matrix, unit(vector), known);
    vector = ritz;
    if (residual < tolerance) break;
  }
  return vector;
}

function lanczos(matrix: Float64Array, start: Float64Array, known: Float64Array) {
  const basis = [start];
  const diagonal: number[] = [];
  const off: number[] = [];
  for (;;) {
    const last = basis[basis.length - 1];
    const next = multiply(matrix, last);
    diagonal.push(dot(next, last));
    orthogonalise(next, [known, ...basis]);
    const length = orthogonalise(next, [known, ...basis]); // twice is enough
    off.push(length);
    if (basis.length === STEPS || basis.length === start.length - 1 || length < 1e-12) break;
    basis.push(unit(next));
  }
  const size = diagonal.length;
  const small = Matrix.zeros(size, size);
  for (let i = 0; i < size; i++) {
    small.set(i, i, diagonal[i]);
    if (i > 0) {
      small.set(i, i - 1, off[i - 1]);
      small.set(i - 1, i, off[i - 1]);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(small, {
    assumeSymmetric: true,
  });
  const best = realEigenvalues.indexOf(Math.max(...realEigenvalues));
  const ritz = new Float64Array(start.length);
  basis.forEach((vector, k) => {
    const share = eigenvectorMatrix.get(k, best);
    for (let i = 0; i < ritz.length; i++) ritz[i] += share * vector[i];
  });
  return { ritz: unit(ritz), residual: Math.abs(off[size - 1] * eigenvectorMatrix.get(size - 1, best)) };
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0, e = i * n; j < n; j++, e++) sum += matrix[e] * vector[j];
    result[i] = sum;
  }
  return result;
}

/** Takes away what lies along unit vectors, in place; returns the length that is left. */
function orthogonalise(vector: Float64Array, others: readonly Float64Array[]): number {
  for (const other of others) {
    const along = dot(vector, other);
    for (let i = 0; i < vector.length; i++) vector[i] -= along * other[i];
  }
  return Math.sqrt(dot(vector, vector));
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / (length || 1));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
