import { key, uniformArray } from '@fovea/random';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { secondEigenvector } from './second-eigenvector.ts';

describe('secondEigenvector', () => {
  it.each([2, 3, 10, 90])(
    'equals the dense decomposition of a random graph of %d nodes, up to its sign',
    (n) => {
      const draws = uniformArray(key(n), n * n);
      const weight = Matrix.zeros(n, n);
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) weight.set(i, j, draws[i * n + j]);
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) weight.set(i, j, weight.get(j, i));
      const root = Float64Array.from({ length: n }, (_, i) =>
        Math.sqrt(weight.getRow(i).reduce((a, b) => a + b, 0)),
      );
      const scaled = Float64Array.from({ length: n * n }, (_, e) => {
        const [i, j] = [Math.floor(e / n), e % n];
        return weight.get(i, j) / (root[i] * root[j]);
      });
      const rows = Array.from({ length: n }, (_, i) => [...scaled.subarray(i * n, (i + 1) * n)]);
      const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), {
        assumeSymmetric: true,
      });
      const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
      const dense = eigenvectorMatrix.getColumn(order[1]);
      const ours = secondEigenvector(scaled, root);
      const cosine = ours.reduce((sum, value, i) => sum + value * dense[i], 0);
      expect(Math.abs(cosine)).toBeCloseTo(1, 9);
    },
  );
});
