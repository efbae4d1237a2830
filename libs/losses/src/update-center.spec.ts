import { describe, expect, it } from 'vitest';
import { tf } from '@fovea/tensorflow';
import { numbers } from './testing/check.ts';
import { waves } from './testing/waves.ts';
import { updateCenter } from './update-center.ts';

describe('updateCenter', () => {
  it('moves towards the mean of all rows', () => {
    const center = updateCenter(tf.tensor1d([1, 0]), tf.tensor3d([[[2, 4]], [[4, 8]]]), 0.9);
    expect(numbers(center)[0]).toBeCloseTo(1.2, 6);
    expect(numbers(updateCenter(tf.tensor1d([5]), tf.tensor2d([[2], [4]]), 0))).toEqual([3]);
  });

  it('stays where it is when there is no row', () => {
    expect(numbers(updateCenter(tf.tensor1d([5, 6]), tf.zeros([0, 2])))).toEqual([5, 6]);
  });

  it('refuses rows of another width', () => {
    expect(() => updateCenter(tf.tensor1d([1, 0]), waves([3, 4]))).toThrow(
      'updateCenter: teacher must have shape [..., 2], got [3, 4].',
    );
  });
});
