import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';
import { twist } from './twist.ts';

describe('twist', () => {
  const other = waves([5, 4], 1);
  const total = (a: unknown, b: unknown = other) => tf.tidy(() => twist(a as Tensor2D, b as Tensor2D).loss);

  it('gives the oracle values without batch norm', () => {
    const [z1, z2] = tf.unstack(oracle(2)) as Tensor2D[];
    expect(value(twist(z1, z2, { batchNorm: false }).loss)).toBeCloseTo(-0.0078164787, 5);
    expect(value(twist(z1, z2, { batchNorm: false, sharpnessOffset: -0.6 }).loss)).toBeCloseTo(
      -0.9362152009,
      5,
    );
  });

  it('is 0 when all outputs are equal, uniform or sharp: the two entropies cancel', () => {
    expect(value(total(tf.ones([4, 8]), tf.ones([4, 8])))).toBeCloseTo(0, 6);
    const oneClass = tf.tile(tf.tensor2d([[50, 0, 0]]), [4, 1]) as Tensor2D;
    expect(value(twist(oneClass, oneClass, { batchNorm: false }).loss)).toBeCloseTo(0, 6);
  });

  it('is -log K, its minimum, when images share sharp classes evenly', () => {
    const z = tf.mul(tf.eye(4), 60) as Tensor2D;
    expect(value(twist(z, z, { batchNorm: false }).loss)).toBeCloseTo(-Math.log(4), 3);
  });

  it('holds that symmetric cross-entropy is symmetric divergence plus the mean entropy', () => {
    const [z1, z2] = [waves([5, 4]), other];
    const { divergence, meanEntropy } = twist(z1, z2, { batchNorm: false, epsilon: 1e-12 });
    const [p1, p2] = [tf.softmax(z1), tf.softmax(z2)];
    const cross = tf.add(tf.sum(tf.mul(p1, tf.logSoftmax(z2))), tf.sum(tf.mul(p2, tf.logSoftmax(z1))));
    expect(value(divergence) + value(meanEntropy)).toBeCloseTo(value(tf.div(cross, -10)), 5);
  });

  it('does not depend on the order of images or views', () => {
    const z = waves([5, 4]);
    expectOrderFree(total, z, other);
    expect(value(total(other, z))).toBeCloseTo(value(total(z, other)), 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => twist(other, waves([4, 4]))).toThrow('twist: z2_NK must have shape [5, 4], got [4, 4].');
    expect(() => twist(other, other, { epsilon: 0 })).toThrow('twist: epsilon must be > 0');
  });

  itIsALoss(total, () => waves([5, 4]), {
    scales: [0, 1e-10, 1e8],
    sharp: (z) => tf.tidy(() => twist(z as Tensor2D, other, { batchNorm: false }).loss),
    gradientTolerance: 1e-2,
  });
});
