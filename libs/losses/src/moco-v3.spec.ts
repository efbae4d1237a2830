import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { mocoV3 } from './moco-v3.ts';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('mocoV3', () => {
  const [q2, k1, k2] = [waves([4, 5], 1), waves([4, 5], 2), waves([4, 5], 3)];
  const loss = (...t: unknown[]) => mocoV3(...(t as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]));

  it('gives the oracle values at both temperatures', () => {
    const [z1, z2] = tf.unstack(oracle(2)) as Tensor2D[];
    expect(value(mocoV3(z1, z2, z1, z2))).toBeCloseTo(5.0930658895, 4);
    expect(value(mocoV3(z1, z2, z1, z2, { temperature: 0.2 }))).toBeCloseTo(0.801772248, 5);
    expect(value(mocoV3(z1, z2, z1, z2, { temperature: tf.scalar(0.2) }))).toBeCloseTo(0.801772248, 5);
  });

  it('is 4T log N when all embeddings are equal', () => {
    const z = tf.ones([6, 3]) as Tensor2D;
    expect(value(mocoV3(z, z, z, z, { temperature: 0.2 }))).toBeCloseTo(0.8 * Math.log(6), 5);
  });

  it('is 0 for one image', () => {
    const z = waves([1, 4]);
    expect(value(mocoV3(z, z, waves([1, 4], 1), z))).toBeCloseTo(0, 9);
  });

  it('does not depend on the order of images or views', () => {
    const q1 = waves([4, 5]);
    expectOrderFree(loss, q1, q2, k1, k2);
    expect(value(mocoV3(q2, q1, k2, k1))).toBeCloseTo(value(mocoV3(q1, q2, k1, k2)), 5);
  });

  it('passes no gradient to the keys', () => {
    expect(() => tf.grad((k) => loss(waves([4, 5]), q2, k, k2))(k1)).toThrow('Cannot compute');
  });

  it('says what is wrong with its arguments', () => {
    expect(() => mocoV3(q2, q2, k1, waves([3, 5]))).toThrow(
      'mocoV3: k2_ND must have shape [4, 5], got [3, 5].',
    );
  });

  itIsALoss(
    (q) => loss(q, q2, k1, k2),
    () => waves([4, 5]),
    {
      sharp: (q) => mocoV3(q as Tensor2D, q2, k1, k2, { temperature: 1e-4 }),
    },
  );
});
