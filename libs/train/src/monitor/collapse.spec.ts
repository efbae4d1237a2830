import { fold, key, normalArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { fit } from '../fit.ts';
import { sgd } from '../optimisers/sgd.ts';
import { noiseViews, tinyLearner } from '../testing/tiny-learner.ts';
import { collapseFigures } from './collapse-figures.ts';
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

describe('symmetricEigenvalues', () => {
  it('are those of a matrix with known ones: 2 - 2 cos(k pi / (n + 1)) of the second difference', () => {
    const n = 12;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      matrix[i * n + i] = 2;
      if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
    }
    symmetricEigenvalues(matrix, n).forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12);
    });
  });
  it('sum to the trace, and their squares to the square of the norm, for a full matrix', () => {
    const n = 30;
    const raw = normalArray(key(1), n * n);
    const matrix = Float64Array.from(raw, (_, at) => raw[at] + raw[(at % n) * n + Math.floor(at / n)]);
    const values = symmetricEigenvalues(matrix, n);
    const trace = Array.from({ length: n }, (_, i) => matrix[i * n + i]).reduce((a, b) => a + b);
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(trace, 9);
    const square = matrix.reduce((sum, value) => sum + value ** 2, 0);
    expect(values.reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(square, 8);
  });
  it('are zero for zeros and the entry for one entry', () => {
    expect([...symmetricEigenvalues(new Float64Array(9), 3)].map(Math.abs)).toEqual([0, 0, 0]);
    expect(symmetricEigenvalues(Float64Array.of(5), 1)[0]).toBeCloseTo(5, 12);
  });
});

describe('collapseFigures', () => {
  it('of the axes of a space are those of closed form', () => {
    const n = 4; // rows e_1 … e_n
    const axes = Float32Array.from({ length: n * n }, (_, at) => Number(at % n === Math.floor(at / n)));
    const figures = collapseFigures([axes, axes], n);
    expect(figures.effectiveRank).toBeCloseTo(n, 8);
    expect(figures.alignment).toBe(0);
    expect(figures.uniformity).toBeCloseTo(-4, 12); // squared distance 2 between any two
    expect(figures.featureStd).toBeCloseTo(Math.sqrt(n) * Math.sqrt((1 / n) * (1 - 1 / n)), 12);
  });
  it('of equal embeddings are those of collapse, whatever their length', () => {
    const rows = Float32Array.from([1, 2, 3, 2, 4, 6, 0.5, 1, 1.5]);
    const { featureStd, effectiveRank, uniformity } = collapseFigures([rows], 3);
    expect(featureStd).toBeCloseTo(0, 6);
    expect(effectiveRank).toBeCloseTo(1, 4);
    expect(uniformity).toBeCloseTo(0, 8);
  });
  it('of opposite views have the alignment 4, and of one view none', () => {
    const view = Float32Array.of(1, 0, 0, 1);
    expect(collapseFigures([view, view.map((value) => -value)], 2).alignment).toBeCloseTo(4, 12);
    expect(collapseFigures([view], 2).alignment).toBeNaN();
  });
  it('count the same rank with more rows than dimensions as with fewer', () => {
    const wide = normalArray(key(2), 5 * 9);
    const { effectiveRank } = collapseFigures([wide], 9);
    const doubled = collapseFigures([Float32Array.from([...wide, ...wide, ...wide])], 9);
    expect(doubled.effectiveRank).toBeCloseTo(effectiveRank, 5);
  });
  it('refuse rows that do not fit', () => {
    expect(() => collapseFigures([new Float32Array(5)], 3)).toThrow('5 numbers are no rows of 3');
    expect(() => collapseFigures([], 3)).toThrow('views must be arrays of one length');
  });
});

describe('a run', { timeout: 60_000 }, () => {
  it('looks at its embeddings every so many steps, warns of collapse with the step, and trains the same', async () => {
    const warnings: string[] = [];
    const watched = await run({ monitor: { everySteps: 2 }, onWarning: (text) => warnings.push(text) });
    const unwatched = await run({ monitor: false });
    expect(watched.losses).toEqual(unwatched.losses);
    expect(unwatched.series.map(({ name }) => name)).toEqual(['spread']);
    const ranks = watched.series.find(({ name }) => name === 'collapse/effectiveRank');
    expect(ranks?.steps).toEqual([2, 4, 6]);
    expect(ranks?.values.every((value) => value > 1.5)).toBe(true);
    expect(warnings).toEqual([]);

    const flat = tinyLearner(key(0));
    const collapsed = { ...flat, embed: (images: { shape: number[] }) => tf.ones([images.shape[0], 5]) };
    const history = await run({ learner: collapsed, onWarning: (text) => warnings.push(text) });
    expect(history.warnings).toEqual(warnings);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^step 3: embeddings are nearly all alike: their standard deviation is 0.000/,
    );
  });
});

async function run(changes: Partial<Parameters<typeof fit>[0]>) {
  const learner = changes.learner ?? tinyLearner(key(0));
  const history = await fit({
    learner,
    optimiser: sgd(),
    views: noiseViews(fold(key(1), 'views'), 3),
    key: key(3),
    epochs: 2,
    learningRate: () => 0.05,
    ...changes,
  });
  learner.dispose();
  return history;
}
