import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { nearestRow, nnclr } from './nnclr.ts';
import { expectOrderFree, itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('nnclr', () => {
  const [z1, z2, p2, queue] = [waves([4, 5], 1), waves([4, 5], 2), waves([4, 5], 3), waves([6, 5], 4)];
  const loss = (...t: unknown[]) => nnclr(...(t as [Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D]));

  it('finds the row with the largest cosine, whatever its length', () => {
    const support = tf.tensor2d([[10, 10], [0.1, 0], [0, -3]]); // prettier-ignore
    expect(numbers(nearestRow(tf.tensor2d([[5, 1], [1, 2], [0, -1]]), support))).toEqual([1, 0, 2]); // prettier-ignore
  });

  it('is log N when all embeddings are equal and 0 for one image', () => {
    const z = tf.ones([5, 3]) as Tensor2D;
    expect(value(nnclr(z, z, z, z, tf.ones([2, 3])))).toBeCloseTo(Math.log(5), 5);
    const one = waves([1, 3]);
    expect(value(nnclr(one, one, one, one, waves([4, 3])))).toBeCloseTo(0, 9);
  });

  it('does not depend on the order of images, of the support set or of the views', () => {
    const p1 = waves([4, 5]);
    const expected = value(nnclr(z1, z2, p1, p2, queue));
    expectOrderFree((a, b, c, d) => loss(a, b, c, d, queue), z1, z2, p1, p2);
    expect(value(nnclr(z1, z2, p1, p2, tf.reverse(queue, 0)))).toBeCloseTo(expected, 5);
    expect(value(nnclr(z2, z1, p2, p1, queue))).toBeCloseTo(expected, 5);
  });

  it('passes no gradient to projections and support set', () => {
    expect(() => tf.grad((z) => loss(z, z2, waves([4, 5]), p2, queue))(z1)).toThrow('Cannot compute');
    expect(() => tf.grad((u) => loss(z1, z2, waves([4, 5]), p2, u))(queue)).toThrow('Cannot compute');
  });

  it('says what is wrong with its arguments', () => {
    expect(() => nnclr(z1, z2, p2, p2, waves([6, 4]))).toThrow(
      'nearestRow: queue_KD must have shape [K, 5], got [6, 4].',
    );
    expect(() => nnclr(z1, z2, p2, p2, queue, { temperature: -0.1 })).toThrow(
      'nnclr: temperature must be > 0',
    );
  });

  itIsALoss(
    (p) => loss(z1, z2, p, p2, queue),
    () => waves([4, 5]),
    {
      sharp: (p) => nnclr(z1, z2, p as Tensor2D, p2, queue, { temperature: 1e-4 }),
    },
  );
});
