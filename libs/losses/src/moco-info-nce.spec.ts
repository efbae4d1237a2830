import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor2D } from '@fovea/tensorflow';
import { mocoInfoNce, mocoInfoNcePerImage } from './moco-info-nce.ts';
import { expectOrderFree, itIsALoss, numbers, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('mocoInfoNce', () => {
  const key = waves([4, 5], 1);
  const queue = l2Normalize(waves([7, 5], 2));

  it('gives the oracle value', () => {
    const [query, positive, other] = tf.unstack(oracle(3)) as Tensor2D[];
    const loss = mocoInfoNce(query, positive, l2Normalize(other), { temperature: 0.07 });
    expect(value(loss)).toBeCloseTo(0.9772672756, 5);
  });

  it('is log(K + 1) when all embeddings are equal', () => {
    const queue = tf.fill([9, 4], 0.5) as Tensor2D;
    expect(value(mocoInfoNce(tf.ones([3, 4]), tf.ones([3, 4]), queue))).toBeCloseTo(Math.log(10), 5);
  });

  it('is 0 with an empty queue, and near 0 when no row of the queue is alike', () => {
    expect(value(mocoInfoNce(waves([2, 4]), waves([2, 4], 1), tf.zeros([0, 4])))).toBeCloseTo(0, 9);
    const [e1, e2] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[-1, 0]])];
    expect(value(mocoInfoNce(e1, e1, e2, { temperature: 0.05 }))).toBeLessThan(1e-10);
  });

  it('does not depend on the order of images or of the queue, or on the length of query and key', () => {
    const query = waves([4, 5]);
    const loss = value(mocoInfoNce(query, key, queue));
    expectOrderFree((q, k) => mocoInfoNce(q as Tensor2D, k as Tensor2D, queue), query, key);
    expectOrderFree((u) => mocoInfoNce(query, key, u as Tensor2D), queue);
    expect(
      value(mocoInfoNce(tf.mul(query, 50) as Tensor2D, tf.mul(key, 0.1) as Tensor2D, queue)),
    ).toBeCloseTo(loss, 5);
  });

  it('is the mean of its terms', () => {
    const terms = numbers(mocoInfoNcePerImage(waves([4, 5]), key, queue));
    expect(terms).toHaveLength(4);
    expect(value(mocoInfoNce(waves([4, 5]), key, queue))).toBeCloseTo(terms.reduce((a, b) => a + b) / 4, 5);
  });

  it('passes no gradient to keys and queue', () => {
    expect(() => tf.grad((k) => mocoInfoNce(waves([4, 5]), k as Tensor2D, queue))(key)).toThrow(
      'Cannot compute',
    );
    expect(() => tf.grad((u) => mocoInfoNce(waves([4, 5]), key, u as Tensor2D))(queue)).toThrow(
      'Cannot compute',
    );
  });

  it('says what is wrong with its arguments', () => {
    expect(() => mocoInfoNce(waves([4, 5]), key, waves([7, 4]))).toThrow(
      'mocoInfoNce: queue_KD must have shape [K, 5], got [7, 4].',
    );
    expect(() => mocoInfoNce(waves([4, 5]), key, queue, { temperature: NaN })).toThrow(
      'temperature must be > 0',
    );
  });

  itIsALoss(
    (q) => mocoInfoNce(q as Tensor2D, key, queue),
    () => waves([4, 5]),
    {
      sharp: (q) => mocoInfoNce(q as Tensor2D, key, queue, { temperature: 1e-4 }),
    },
  );
});
