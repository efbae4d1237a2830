import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { byol, byolPerImage } from './byol.ts';
import { expectOrderFree, itIsALoss, numbers, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('byol', () => {
  const [p2, z1, z2] = [waves([4, 5], 1), waves([4, 5], 2), waves([4, 5], 3)];
  const loss = (...t: unknown[]) => byol(...(t as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]));

  it('gives the oracle value: both orders are summed, not averaged', () => {
    const [a, b] = tf.unstack(oracle(2)) as Tensor2D[];
    expect(value(byol(a, b, a, b))).toBeCloseTo(0.3564412807, 5);
  });

  it('is 0 when all embeddings are equal, 8 when they are opposite, 4 for zero vectors', () => {
    const z = waves([3, 4]);
    expect(value(byol(z, z, z, z))).toBeCloseTo(0, 6);
    expect(value(byol(tf.neg(z), tf.neg(z), z, z))).toBeCloseTo(8, 5);
    expect(value(byol(tf.zeros([3, 4]), tf.zeros([3, 4]), z, z))).toBe(4);
  });

  it('equals |n(p) - n(z)|^2 for each image', () => {
    const [p, z] = [tf.tensor2d([[3, 4]]), tf.tensor2d([[0, 2]])];
    expect(numbers(byolPerImage(p, z))[0]).toBeCloseTo(0.6 ** 2 + 0.2 ** 2, 6);
  });

  it('does not depend on the order of images or views', () => {
    const p1 = waves([4, 5]);
    expectOrderFree(loss, p1, p2, z1, z2);
    expect(value(byol(p2, p1, z2, z1))).toBeCloseTo(value(byol(p1, p2, z1, z2)), 6);
  });

  it('passes no gradient to the targets', () => {
    expect(() => tf.grad((z) => loss(waves([4, 5]), p2, z, z2))(z1)).toThrow('Cannot compute');
  });

  it('says what is wrong with its arguments', () => {
    expect(() => byol(p2, p2, waves([4, 6]), z2)).toThrow('byol: z1_ND must have shape [4, 5], got [4, 6].');
  });

  itIsALoss(
    (p) => loss(p, p2, z1, z2),
    () => waves([4, 5]),
  );
});
