import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { byol } from './byol.ts';
import { simSiam } from './sim-siam.ts';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('simSiam', () => {
  const [p2, z1, z2] = [waves([4, 5], 1), waves([4, 5], 2), waves([4, 5], 3)];
  const loss = (...t: unknown[]) => simSiam(...(t as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]));

  it('gives the oracle value', () => {
    const [a, b] = tf.unstack(oracle(2)) as Tensor2D[];
    expect(value(simSiam(a, b, a, b))).toBeCloseTo(-0.9108896798, 6);
  });

  it('is -1 when all embeddings are equal and 0 for zero vectors', () => {
    const z = waves([1, 4]);
    expect(value(simSiam(z, z, z, z))).toBeCloseTo(-1, 6);
    expect(value(simSiam(tf.zeros([1, 4]), tf.zeros([1, 4]), z, z))).toBeCloseTo(0, 9);
  });

  it('is byol / 4 - 1', () => {
    const p1 = waves([4, 5]);
    expect(value(simSiam(p1, p2, z1, z2))).toBeCloseTo(value(byol(p1, p2, z1, z2)) / 4 - 1, 6);
  });

  it('does not depend on the order of images', () => {
    expectOrderFree(loss, waves([4, 5]), p2, z1, z2);
  });

  it('treats projections as constants even where they are the predictions', () => {
    const z = waves([4, 5]);
    const gradient = tf.grad((x) => loss(x, x, x, x))(z);
    // With targets equal to the predictions the cosine is at its maximum.
    expect(value(tf.max(tf.abs(gradient)))).toBeLessThan(1e-6);
    expect(() => tf.grad((x) => loss(z, p2, x, z2))(z1)).toThrow('Cannot compute');
  });

  it('says what is wrong with its arguments', () => {
    expect(() => simSiam(p2, waves([4, 6]), z1, z2)).toThrow(
      'simSiam: p2_ND must have shape [4, 5], got [4, 6].',
    );
  });

  itIsALoss(
    (p) => loss(p, p2, z1, z2),
    () => waves([4, 5]),
  );
});
