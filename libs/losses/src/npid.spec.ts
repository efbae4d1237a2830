import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor2D } from '@fovea/tensorflow';
import { npid, npidPartition, npidScores } from './npid.ts';
import { itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const memory = l2Normalize(waves([9, 4], 1));
const index = tf.tensor2d([0, 3, 5, 1, 2, 8, 2, 0, 7], [3, 3], 'int32');
const features = () => l2Normalize(waves([3, 4]));

describe('npid', () => {
  it('equals the definition, in both modes', () => {
    const [f, v, rows] = [features().arraySync(), memory.arraySync(), index.arraySync()];
    const h = rows.map((row, b) =>
      row.map((n) => Math.exp(v[n].reduce((sum, x, d) => sum + x * f[b][d], 0) / 0.2)),
    );
    const c = 2 / 9;
    const Z = 30;
    let nce = 0;
    let softmax = 0;
    for (const [positive, ...negatives] of h) {
      nce -= Math.log(positive / Z / (positive / Z + c + 1e-7));
      for (const negative of negatives) nce -= Math.log(c / (negative / Z + c + 1e-7));
      softmax -= Math.log(positive / (positive + negatives[0] + negatives[1]));
    }
    const options = { temperature: 0.2, partition: Z };
    expect(value(npid(features(), memory, index, options))).toBeCloseTo(nce / 3, 5);
    expect(value(npid(features(), memory, index, { ...options, mode: 'softmax' }))).toBeCloseTo(
      softmax / 3,
      5,
    );
    expect(numbers(npidScores(features(), memory, index, options))[4]).toBeCloseTo(h[1][1] / Z, 5);
  });

  it('estimates the partition as N times the mean exponential, and uses it as a constant', () => {
    const ones = tf.ones([2, 1]) as Tensor2D;
    const pairs = tf.tensor2d([0, 1, 1, 0], [2, 2], 'int32');
    expect(value(npidPartition(ones, tf.ones([5, 1]), pairs, 0.5))).toBeCloseTo(5 * Math.exp(2), 3);
    const partition = npidPartition(features(), memory, index, 0.07);
    const given = tf.grad((f) => npid(f as Tensor2D, memory, index, { partition }))(features());
    const estimated = tf.grad((f) => npid(f as Tensor2D, memory, index))(features());
    expect(value(tf.max(tf.abs(tf.sub(given, estimated))))).toBeLessThan(1e-5);
  });

  it('is log(K + 1) in softmax mode when all embeddings are equal', () => {
    const loss = npid(tf.ones([3, 1]), tf.ones([9, 1]), index, { mode: 'softmax' });
    expect(value(loss)).toBeCloseTo(Math.log(3), 6);
  });

  it('stays finite at temperatures whose exponentials exceed float32', () => {
    for (const mode of ['nce', 'softmax'] as const) {
      const options = { mode, temperature: 1e-3 };
      expect(Number.isFinite(value(npid(features(), memory, index, options)))).toBe(true);
      expect(numbers(npidScores(features(), memory, index, options)).every(Number.isFinite)).toBe(true);
    }
  });

  it('says what is wrong with its arguments', () => {
    const positivesOnly = tf.zeros([3, 1], 'int32') as Tensor2D;
    expect(() => npid(features(), memory, positivesOnly)).toThrow(
      'a positive and at least one negative, got shape [3, 1]',
    );
    expect(() => npid(features(), waves([9, 5]), index)).toThrow('npid: memory_ND must have shape [N, 4]');
    expect(() => npid(features(), memory, index, { mode: 'sum' as never })).toThrow(
      'mode must be nce or softmax, got sum.',
    );
    expect(() => npid(features(), memory, index, { partition: 0 })).toThrow('npid: partition must be > 0');
  });

  itIsALoss((f) => npid(f as Tensor2D, memory, index, { temperature: 0.3, partition: 25 }), features, {
    scales: [0, 1, 100],
  });
});
