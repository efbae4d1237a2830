import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { cmc } from './cmc.ts';
import { npid, npidPartition, npidScores, updateMemory } from './npid.ts';
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

describe('updateMemory', () => {
  const rows = tf.tensor1d([4, 0], 'int32') as Tensor1D;

  it('mixes and normalises the rows of the batch and leaves the others', () => {
    const updated = updateMemory(tf.tensor2d([[1, 0], [0, 1], [-1, 0], [1, 0], [1, 0]]), tf.tensor2d([[0, 1], [1, 0]]), rows); // prettier-ignore
    const expected = [1, 0, 0, 1, -1, 0, 1, 0, Math.SQRT1_2, Math.SQRT1_2];
    numbers(updated).forEach((x, i) => expect(x).toBeCloseTo(expected[i], 6));
  });

  it('keeps old rows with momentum 1 and takes new ones with 0', () => {
    const bank = l2Normalize(waves([5, 3]));
    const fresh = l2Normalize(waves([2, 3], 1));
    expect(value(tf.max(tf.abs(tf.sub(updateMemory(bank, fresh, rows, 1), bank))))).toBeLessThan(1e-6);
    const taken = tf.gather(updateMemory(bank, fresh, rows, 0), rows);
    expect(value(tf.max(tf.abs(tf.sub(taken, fresh))))).toBeLessThan(1e-6);
  });

  it('refuses a momentum outside [0, 1]', () => {
    expect(() => updateMemory(waves([5, 3]), waves([2, 3]), rows, 1.5)).toThrow(
      'momentum must lie in [0, 1], got 1.5.',
    );
  });
});

describe('cmc', () => {
  const [other, otherBank] = [l2Normalize(waves([3, 4], 4)), l2Normalize(waves([9, 4], 5))];

  it('scores each view against the bank of the other', () => {
    const options = { temperature: 0.2, partitions: [20, 30] as const };
    const expected =
      value(npid(features(), otherBank, index, { temperature: 0.2, partition: 20 })) +
      value(npid(other, memory, index, { temperature: 0.2, partition: 30 }));
    expect(value(cmc(features(), other, memory, otherBank, index, options))).toBeCloseTo(expected, 5);
  });

  it('is 2 log(K + 1) in softmax mode when all embeddings are equal', () => {
    const [f, bank] = [tf.ones([3, 1]) as Tensor2D, tf.ones([9, 1]) as Tensor2D];
    expect(value(cmc(f, f, bank, bank, index, { mode: 'softmax' }))).toBeCloseTo(2 * Math.log(3), 5);
  });

  it('refuses an unknown option', () => {
    expect(() => cmc(features(), other, memory, otherBank, index, { Z: 1 } as never)).toThrow(
      "cmc: unknown option 'Z'",
    );
  });

  itIsALoss(
    (f) => cmc(f as Tensor2D, other, memory, otherBank, index, { temperature: 0.3, partitions: [25, 20] }),
    features,
    {
      scales: [0, 1, 100],
    },
  );
});
