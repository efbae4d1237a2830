import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { msn, msnTargets } from './msn.ts';
import { itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('msn', () => {
  const targets = waves([3, 5], 1);
  const prototypes = waves([4, 5], 2);

  it('is log K when all assignments are uniform', () => {
    expect(value(msn(tf.ones([4, 2]), tf.ones([2, 2]), tf.ones([8, 2])))).toBeCloseTo(Math.log(8), 5);
  });

  it('is w log K when all images fall on one prototype', () => {
    const [x, c] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[1, 0], [-1, 0], [0, 1], [0, -1]])]; // prettier-ignore
    const options = { temperature: 0.01, regularizationWeight: 0.5 };
    expect(value(msn(tf.tile(x, [6, 1]), tf.tile(x, [3, 1]), c, options))).toBeCloseTo(0.5 * Math.log(4), 5);
  });

  it('has targets that sum to 1, sharper than the assignments, and balanced when asked', () => {
    const plain = msnTargets(targets, prototypes, { targetSharpenTemperature: 1 });
    const sharp = msnTargets(targets, prototypes);
    const largest = (t: Tensor2D) => value(tf.min(tf.max(t, 1)));
    expect(largest(sharp)).toBeGreaterThan(largest(plain));
    for (const sum of numbers(tf.sum(sharp, 1))) expect(sum).toBeCloseTo(1, 6);
    const options = { sinkhornIterations: 300, temperature: 1, targetSharpenTemperature: 1 };
    for (const sum of numbers(tf.sum(msnTargets(waves([4, 5]), prototypes, options), 0)))
      expect(sum).toBeCloseTo(1, 4);
  });

  it('uses the target of an image for each of its anchors', () => {
    const anchors = waves([6, 5]);
    const options = { regularizationWeight: 0 };
    const [first, second] = tf.split(anchors, 2) as Tensor2D[];
    const parts =
      value(msn(first, targets, prototypes, options)) + value(msn(second, targets, prototypes, options));
    expect(value(msn(anchors, targets, prototypes, options))).toBeCloseTo(parts / 2, 5);
  });

  it('does not depend on the order of prototypes or the length of vectors', () => {
    const anchors = waves([3, 5]);
    const loss = value(msn(anchors, targets, prototypes));
    expect(value(msn(anchors, targets, tf.reverse(prototypes, 0)))).toBeCloseTo(loss, 5);
    expect(
      value(msn(tf.mul(anchors, 9) as Tensor2D, targets, tf.mul(prototypes, 0.1) as Tensor2D)),
    ).toBeCloseTo(loss, 4);
  });

  it('passes no gradient to targets, and one to prototypes through the anchors', () => {
    const anchors = waves([3, 5]);
    expect(() => tf.grad((t) => msn(anchors, t as Tensor2D, prototypes))(targets)).toThrow('Cannot compute');
    const gradient = tf.grad((c) => msn(anchors, targets, c as Tensor2D))(prototypes);
    expect(value(tf.norm(gradient))).toBeGreaterThan(0.01);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => msn(waves([4, 5]), targets, prototypes)).toThrow(
      'the same number of views of each of the 3 targets, got 4 rows',
    );
    expect(() => msn(waves([3, 5]), targets, prototypes, { regularizationWeight: -1 })).toThrow(
      'regularizationWeight must lie in',
    );
  });

  itIsALoss(
    (a) => msn(a as Tensor2D, targets, prototypes),
    () => waves([6, 5]),
    {
      sharp: (a) => msn(a as Tensor2D, targets, prototypes, { temperature: 1e-3, sinkhornIterations: 3 }),
    },
  );
});
