import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { sinkhorn } from './sinkhorn.ts';
import { swav, swavCodes } from './swav.ts';
import { expectNoLeak, itIsALoss, numbers, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('swav', () => {
  it('gives the oracle value', () => {
    const prototypes = [];
    for (let i = 0; i < 5; i++)
      for (let d = 0; d < 6; d++)
        prototypes.push(1.5 + Math.sin(1.7 + 3 * i + 1.3 * d) + 0.3 * Math.cos(5 * i + d));
    const unit = l2Normalize(tf.tensor2d(prototypes, [5, 6]));
    const rows = tf.reshape(l2Normalize(oracle(3)), [12, 6]) as Tensor2D;
    const scores = tf.reshape(tf.matMul(rows, unit, false, true), [3, 4, 5]) as Tensor3D;
    expect(value(swav(scores))).toBeCloseTo(1.1671613171, 5);
    const code = numbers(swavCodes(scores)).slice(0, 5);
    [0.39436802, 0.00008041, 0.23107592, 0.00000438, 0.37447127].forEach((expected, k) =>
      expect(code[k]).toBeCloseTo(expected, 5),
    );
  });

  it('is log K when all scores are equal', () => {
    expect(value(swav(tf.ones([4, 3, 7])))).toBeCloseTo(Math.log(7), 5);
  });

  it('predicts the code of each assigned view from every other view', () => {
    const scores = waves([3, 4, 5]);
    const [s0, s1, s2] = tf.unstack(scores) as Tensor2D[];
    const cross = (code: Tensor2D, from: Tensor2D) =>
      value(tf.neg(tf.div(tf.sum(tf.mul(code, tf.logSoftmax(tf.div(from, 0.1)))), 4)));
    const [c1, c2] = [sinkhorn(s1), sinkhorn(s2)];
    const expected = (cross(c2, s0) + cross(c2, s1) + cross(c1, s0) + cross(c1, s2)) / 4;
    expect(value(swav(scores, null, { assignViews: [2, 1] }))).toBeCloseTo(expected, 4);
  });

  it('balances the batch together with the queue and keeps the rows of the batch', () => {
    const [scores, queue] = [waves([2, 3, 4]), waves([2, 5, 4], 1)];
    const codes = swavCodes(scores, queue);
    expect(codes.shape).toEqual([2, 3, 4]);
    const first = tf.concat([tf.unstack(queue)[0], tf.unstack(scores)[0]]) as Tensor2D;
    const expected = numbers(tf.slice(sinkhorn(first), [5, 0], [3, 4]));
    numbers(codes).slice(0, 12).forEach((code, i) => expect(code).toBeCloseTo(expected[i], 6)); // prettier-ignore
    expect(value(swav(scores, queue))).not.toBeCloseTo(value(swav(scores)), 3);
    expect(value(swav(scores, tf.zeros([2, 0, 4])))).toBeCloseTo(value(swav(scores)), 6);
  });

  it('does not depend on the order of images', () => {
    const scores = waves([3, 4, 5]);
    expect(value(swav(tf.reverse(scores, 1)))).toBeCloseTo(value(swav(scores)), 5);
  });

  it('accepts one image', () => {
    expect(value(swav(waves([2, 1, 3])))).toBeGreaterThan(0);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => swav(waves([1, 3, 4]))).toThrow('swav: scores_VBK must hold at least 2 views');
    expect(() => swav(waves([2, 3, 4]), null, { assignViews: [0, 2] })).toThrow(
      'assignViews must be a whole number in [0, 1], got 2.',
    );
    expect(() => swav(waves([2, 3, 4]), null, { assignViews: [] })).toThrow(
      'at least one view, each once, got []',
    );
    expect(() => swav(waves([2, 3, 4]), waves([2, 3, 5]))).toThrow(
      'swav: queueScores_AQK must have shape [2, Q, 4]',
    );
  });

  // The codes are constants: compare the gradient with differences of the loss that keeps them.
  const codes = () => swavCodes(waves([3, 3, 4]));
  it('treats codes as constants', () => {
    const fixed = codes();
    const written = (scores: Tensor3D) => {
      const log = tf.split(tf.logSoftmax(tf.div(scores, 0.1) as Tensor3D), 3);
      const [c0, c1] = tf.split(fixed, 2);
      const total = tf.addN([tf.mul(c0, log[1]), tf.mul(c0, log[2]), tf.mul(c1, log[0]), tf.mul(c1, log[2])]);
      return tf.div(tf.sum(total), -12);
    };
    const ours = tf.grad((s) => swav(s as Tensor3D))(waves([3, 3, 4]));
    const theirs = tf.grad((s) => written(s as Tensor3D))(waves([3, 3, 4]));
    expect(value(tf.max(tf.abs(tf.sub(ours, theirs))))).toBeLessThan(1e-5);
  });

  it('leaves nothing behind but the loss', () => {
    expectNoLeak((s) => swav(s as Tensor3D), waves([3, 3, 4]));
  });

  // Only the first view has a code and stays fixed, so that differences of the loss see a constant code.
  const first = waves([1, 3, 4]);
  itIsALoss(
    (s) =>
      tf.tidy(() => swav(tf.concat([first, s]) as Tensor3D, null, { assignViews: [0], temperature: 0.5 })),
    () => waves([2, 3, 4], 1),
    { scales: [0, 1e4], sharp: (s) => swav(s as Tensor3D, null, { temperature: 1e-4, epsilon: 1e-4 }) },
  );
});
