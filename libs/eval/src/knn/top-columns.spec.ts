import { key, normalArray } from '@fovea/random';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { topColumns } from './top-columns.ts';

/** Largest values of each row by a plain sort. */
function sorted(scores: Float32Array, N: number, count: number): number[][] {
  return Array.from({ length: scores.length / N }, (_, row) =>
    Array.from(scores.subarray(row * N, (row + 1) * N))
      .sort((a, b) => b - a)
      .slice(0, count),
  );
}

describe('topColumns', () => {
  it.each([
    ['a narrow matrix', 60, 9],
    ['a wide one in whole groups', 1600, 9],
    ['a wide one with columns left over', 1619, 9],
    ['one value', 700, 1],
  ])('finds what a sort finds in %s', (_, N, count) => {
    const before = tf.memory().numTensors;
    const scores = normalArray(key(N), 7 * N);
    scores[N - 1] = 99; // a column outside of the groups, where some are
    const { values, columns } = topColumns(() => tf.tensor2d(scores, [7, N]), count);
    expect(
      Array.from({ length: 7 }, (__, row) => [...values.subarray(row * count, (row + 1) * count)]),
    ).toEqual(sorted(scores, N, count));
    columns.forEach((column, at) => expect(scores[Math.floor(at / count) * N + column]).toBe(values[at]));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes distinct columns where entries are equal', () => {
    const { values, columns } = topColumns(() => tf.fill([2, 2000], 3) as Tensor2D, 12);
    expect(new Set(values)).toEqual(new Set([3]));
    expect(new Set(columns.subarray(0, 12)).size).toBe(12);
  });
});
