import { describe, expect, it } from 'vitest';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { sinkhorn } from './sinkhorn.ts';
import { expectFinite, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('sinkhorn', () => {
  it('gives rows that sum to 1 and, after many iterations, balanced columns', () => {
    const codes = sinkhorn(waves([6, 3]), { epsilon: 0.5, iterations: 200 });
    for (const sum of numbers(tf.sum(codes, 1))) expect(sum).toBeCloseTo(1, 5);
    for (const sum of numbers(tf.sum(codes, 0))) expect(sum).toBeCloseTo(2, 4);
  });

  it('is uniform for equal scores', () => {
    for (const code of numbers(sinkhorn(tf.fill([3, 5], 7) as Tensor2D))) expect(code).toBeCloseTo(0.2, 6);
  });

  it('is one softmax over the whole matrix, times B, without iterations', () => {
    const scores = waves([4, 3]);
    const softmax = numbers(tf.softmax(tf.reshape(scores, [12]).div(0.3)));
    const codes = numbers(sinkhorn(scores, { epsilon: 0.3, iterations: 0 }));
    codes.forEach((code, i) => expect(code).toBeCloseTo(4 * softmax[i], 5));
  });

  it('does not change when a constant is added to the scores of a prototype', () => {
    const scores = waves([5, 4]);
    const shifted = tf.add(scores, tf.tensor2d([[3, -2, 0.5, 0]])) as Tensor2D;
    const [a, b] = [numbers(sinkhorn(scores)), numbers(sinkhorn(shifted))];
    a.forEach((code, i) => expect(b[i]).toBeCloseTo(code, 4));
  });

  it('permutes with the samples', () => {
    const scores = waves([4, 3]);
    const order = tf.tensor1d([2, 0, 3, 1], 'int32');
    const [a, b] = [sinkhorn(tf.gather(scores, order)), tf.gather(sinkhorn(scores), order)];
    expect(value(tf.max(tf.abs(tf.sub(a, b))))).toBeLessThan(1e-6);
  });

  it('stays finite for huge scores and tiny epsilon', () => {
    expectFinite(sinkhorn(tf.mul(waves([4, 3]), 1e4) as Tensor2D, { epsilon: 1e-4 }));
    expectFinite(sinkhorn(tf.mul(waves([4, 3]), 1e4) as Tensor2D, { epsilon: 1e-4, iterations: 0 }));
  });

  it('assigns one sample or one prototype trivially', () => {
    expect(numbers(sinkhorn(waves([1, 4])))).toHaveLength(4);
    expect(numbers(sinkhorn(waves([3, 1])))).toEqual([1, 1, 1]);
  });

  it('passes no gradient', () => {
    const gradient = tf.grad((s) => tf.sum(tf.mul(s, sinkhorn(s as Tensor2D))))(waves([3, 4]));
    const codes = sinkhorn(waves([3, 4]));
    expect(value(tf.max(tf.abs(tf.sub(gradient, codes))))).toBe(0);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => sinkhorn(waves([2, 2]), { epsilon: 0 })).toThrow('sinkhorn: epsilon must be > 0');
    expect(() => sinkhorn(waves([2, 2]), { iterations: 1.5 })).toThrow(
      'sinkhorn: iterations must be a whole number >= 0, got 1.5.',
    );
    expect(() => sinkhorn(waves([2, 2, 2]) as never)).toThrow('must have shape [B, K], got [2, 2, 2].');
  });

  it('leaves no tensor behind', () => {
    const scores = waves([3, 4]);
    const before = tf.memory().numTensors;
    sinkhorn(scores).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
