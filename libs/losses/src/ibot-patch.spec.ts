import { describe, expect, it } from 'vitest';

import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { ibotPatch } from './ibot-patch.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const center = tf.tensor1d([0.1, -0.2, 0, 0.3]) as Tensor1D;

describe('ibotPatch', () => {
  // Image 0 has one masked token, image 1 none, image 2 three.
  const mask = tf.tensor3d([0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1], [3, 2, 2], 'bool');
  const teacher = waves([4, 4], 1);

  it('weights every image alike, whatever its number of masked tokens', () => {
    const student = waves([4, 4]);
    const token = (m: number) => {
      const [s, t] = [student, teacher].map((x) => tf.slice(x, [m, 0], [1, 4]));
      const target = tf.softmax(tf.div(tf.sub(t, center), 0.07));
      return value(tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(tf.div(s, 0.1))))));
    };
    const expected = (token(0) + (token(1) + token(2) + token(3)) / 3) / 3;
    expect(value(ibotPatch(student, teacher, mask, center))).toBeCloseTo(expected, 4);
  });

  it('is log K when all outputs are equal and every image has a masked token', () => {
    const masks = tf.tensor3d([1, 0, 1, 1], [2, 1, 2], 'bool');
    expect(value(ibotPatch(tf.ones([3, 6]), tf.ones([3, 6]), masks, tf.zeros([6])))).toBeCloseTo(
      Math.log(6),
      5,
    );
  });

  it('is 0 without masked tokens', () => {
    const none = tf.zeros([2, 2, 2], 'bool') as Tensor3D;
    expect(value(ibotPatch(tf.zeros([0, 4]), tf.zeros([0, 4]), none, center))).toBeCloseTo(0, 9);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => ibotPatch(waves([4, 4]), waves([3, 4]), mask, center)).toThrow(
      'ibotPatch: teacher_MK must have shape [4, 4]',
    );
  });

  itIsALoss(
    (s) => ibotPatch(s as Tensor2D, teacher, mask, center),
    () => waves([4, 4]),
    {
      scales: [0, 1e4],
      sharp: (s) => ibotPatch(s as Tensor2D, tf.mul(teacher, 1e4) as Tensor2D, mask, center),
      gradientTolerance: 1e-2,
    },
  );
});
