import { describe, expect, it } from 'vitest';

import { tf, type Tensor1D, type Tensor3D } from '@fovea/tensorflow';
import { dino } from './dino.ts';
import { itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('dino', () => {
  const teacher = waves([2, 3, 5], 1);
  const center = tf.tensor1d([0.1, -0.2, 0, 0.3, 0.05]);

  it('gives the oracle value', () => {
    const rows = oracle(2, 0.15);
    const centre = tf.mean(tf.reshape(rows, [8, 6]), 0) as Tensor1D;
    expect(value(dino(oracle(3), rows, centre))).toBeCloseTo(6.6056658662, 4);
  });

  it('is log K when all outputs are equal', () => {
    expect(value(dino(tf.ones([4, 3, 7]), tf.ones([2, 3, 7]), tf.zeros([7])))).toBeCloseTo(Math.log(7), 5);
  });

  it('leaves out the pairs of a view with itself', () => {
    const student = waves([2, 3, 5]);
    const [s0, s1] = tf.unstack(student);
    const [t0, t1] = tf.unstack(teacher).map((t) => tf.softmax(tf.div(tf.sub(t, center), 0.04)));
    const cross = (t: typeof t0, s: typeof s0) =>
      value(tf.neg(tf.div(tf.sum(tf.mul(t, tf.logSoftmax(tf.div(s, 0.1)))), 3)));
    expect(value(dino(student, teacher, center))).toBeCloseTo((cross(t0, s1) + cross(t1, s0)) / 2, 4);
  });

  it('does not change when a constant is added to all logits of a row', () => {
    const student = waves([4, 3, 5]);
    const moved = dino(tf.add(student, 3) as Tensor3D, tf.sub(teacher, 2) as Tensor3D, center);
    expect(value(moved)).toBeCloseTo(value(dino(student, teacher, center)), 3);
  });

  it('accepts one image, one teacher view and temperatures as tensors', () => {
    const [student, one] = [waves([2, 1, 5]), waves([1, 1, 5], 1)];
    const number = value(dino(student, one, center, { teacherTemperature: 0.07 }));
    expect(value(dino(student, one, center, { teacherTemperature: tf.scalar(0.07) }))).toBeCloseTo(number, 5);
  });

  it('passes no gradient to teacher and centre', () => {
    expect(() => tf.grad((t) => dino(waves([3, 3, 5]), t as Tensor3D, center))(teacher)).toThrow(
      'Cannot compute',
    );
    expect(() => tf.grad((c) => dino(waves([3, 3, 5]), teacher, c as Tensor1D))(center)).toThrow(
      'Cannot compute',
    );
  });

  it('says what is wrong with its arguments', () => {
    expect(() => dino(waves([1, 3, 5]), teacher, center)).toThrow('got 1 views and 2 of the teacher');
    expect(() => dino(waves([3, 3, 5]), waves([2, 3, 4]), center)).toThrow(
      'dino: teacher_GBK must have shape [G, 3, 5]',
    );
    expect(() => dino(waves([3, 3, 5]), teacher, center, { studentTemp: 0.1 } as never)).toThrow(
      "unknown option 'studentTemp'",
    );
  });

  itIsALoss(
    (s) => dino(s as Tensor3D, teacher, center),
    () => waves([3, 3, 5]),
    {
      scales: [0, 1e4],
      sharp: (s) => dino(s as Tensor3D, tf.mul(teacher, 1e4) as Tensor3D, center),
      gradientTolerance: 1e-2,
    },
  );
});
