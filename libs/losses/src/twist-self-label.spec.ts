import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';
import { twistSelfLabel } from './twist-self-label.ts';

describe('twistSelfLabel', () => {
  const labelling = tf.tensor2d([[5, 0, 0], [0, 4, 0], [0, 6, 0], [0.1, 0, 0]]); // prettier-ignore

  it('is the cross-entropy with the confident labels alone', () => {
    const learning = waves([4, 3]);
    const log = numbers(tf.logSoftmax(learning));
    const terms = [log[0], log[4], log[7]].map((x) => -x);
    expect(value(twistSelfLabel(labelling, learning, { threshold: 0.9 }))).toBeCloseTo(
      (terms[0] + terms[1] + terms[2]) / 3,
      5,
    );
    const balanced = (3 * terms[0] + 1.5 * terms[1] + 1.5 * terms[2]) / 6;
    expect(value(twistSelfLabel(labelling, learning, { threshold: 0.9, balanceClasses: true }))).toBeCloseTo(
      balanced,
      5,
    );
  });

  it('is 0 with a zero gradient when no image is confident', () => {
    const flat = tf.zeros([3, 4]) as Tensor2D;
    expect(value(twistSelfLabel(flat, waves([3, 4])))).toBeCloseTo(0, 9);
    const gradient = tf.grad((s) => twistSelfLabel(flat, s as Tensor2D))(waves([3, 4]));
    expect(value(tf.max(tf.abs(gradient)))).toBe(0);
  });

  it('passes no gradient to the labels', () => {
    expect(() => tf.grad((w) => twistSelfLabel(w as Tensor2D, waves([4, 3])))(labelling)).toThrow(
      'Cannot compute',
    );
  });

  it('says what is wrong with its arguments', () => {
    expect(() => twistSelfLabel(labelling, waves([4, 2]))).toThrow('learning_NK must have shape [4, 3]');
    expect(() => twistSelfLabel(labelling, labelling, { threshold: 2 })).toThrow(
      'threshold must lie in [0, 1], got 2.',
    );
  });

  itIsALoss(
    (s) => twistSelfLabel(labelling, s as Tensor2D),
    () => waves([4, 3]),
    { scales: [0, 1e6] },
  );
});
