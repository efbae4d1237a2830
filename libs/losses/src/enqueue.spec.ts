import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { enqueue } from './enqueue.ts';
import { numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('enqueue', () => {
  it('drops the oldest rows and appends the keys with unit length', () => {
    const queue = enqueue(tf.tensor2d([[1, 0], [0, 1], [-1, 0]]), tf.tensor2d([[0, -2]])); // prettier-ignore
    expect(numbers(queue)).toEqual([0, 1, -1, 0, 0, -1]);
  });

  it('keeps the last rows of more keys than it holds', () => {
    const queue = enqueue(tf.zeros([2, 1]), tf.tensor2d([[1], [-1], [1]]));
    expect(numbers(queue)).toEqual([-1, 1]);
  });

  it('holds unit rows after any number of steps', () => {
    let queue = waves([5, 3]) as Tensor2D;
    for (let step = 0; step < 4; step++) queue = enqueue(queue, waves([2, 3], step));
    expect(value(tf.max(tf.abs(tf.sub(tf.norm(queue, 2, 1), 1))))).toBeLessThan(1e-6);
  });

  it('passes no gradient and leaves no tensor behind', () => {
    const [queue, keys] = [waves([4, 3]), waves([2, 3], 1)];
    expect(() => tf.grad((k) => tf.sum(enqueue(queue, k as Tensor2D)))(keys)).toThrow('Cannot compute');
    const before = tf.memory().numTensors;
    enqueue(queue, keys).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses keys of another width', () => {
    expect(() => enqueue(waves([4, 3]), waves([2, 2]))).toThrow('enqueue: keys_ND must have shape [N, 3]');
  });
});
