import { describe, expect, it } from 'vitest';
import { l2Normalize, tf, type Tensor1D } from '@fovea/tensorflow';
import { numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';
import { updateMemory } from './update-memory.ts';

describe('updateMemory', () => {
  const rows = tf.tensor1d([4, 0], 'int32') as Tensor1D;

  it('mixes and normalises the rows of the batch and leaves the others', () => {
    const updated = updateMemory(tf.tensor2d([[1, 0], [0, 1], [-1, 0], [1, 0], [1, 0]]), tf.tensor2d([[0, 1], [1, 0]]), rows); // prettier-ignore
    const expected = [1, 0, 0, 1, -1, 0, 1, 0, Math.SQRT1_2, Math.SQRT1_2];
    numbers(updated).forEach((x, i) => expect(x).toBeCloseTo(expected[i], 6));
  });

  it('keeps old rows with momentum 1 and takes new ones with 0', () => {
    const bank = l2Normalize(waves([5, 3]));
    const fresh = l2Normalize(waves([2, 3], 1));
    expect(value(tf.max(tf.abs(tf.sub(updateMemory(bank, fresh, rows, 1), bank))))).toBeLessThan(1e-6);
    const taken = tf.gather(updateMemory(bank, fresh, rows, 0), rows);
    expect(value(tf.max(tf.abs(tf.sub(taken, fresh))))).toBeLessThan(1e-6);
  });

  it('refuses a momentum outside [0, 1]', () => {
    expect(() => updateMemory(waves([5, 3]), waves([2, 3]), rows, 1.5)).toThrow(
      'momentum must lie in [0, 1], got 1.5.',
    );
  });
});
