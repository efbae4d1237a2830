import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { dcl } from './dcl.ts';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const other = waves([4, 5], 1);

describe('dcl', () => {
  it('equals the definition', () => {
    const z = waves([4, 5]);
    const rows = [z, other].flatMap((x) => tf.div(x, tf.norm(x, 2, 1, true)).arraySync() as number[][]);
    const score = (i: number, j: number) => rows[i].reduce((sum, x, d) => sum + x * rows[j][d], 0) / 0.2;
    let expected = 0;
    for (let i = 0; i < 8; i++) {
      const negatives = rows.flatMap((_, j) => (j % 4 === i % 4 ? [] : [Math.exp(score(i, j))]));
      expected += (Math.log(negatives.reduce((a, b) => a + b)) - score(i, (i + 4) % 8)) / 8;
    }
    expect(value(dcl(z, other, { temperature: 0.2 }))).toBeCloseTo(expected, 5);
  });

  it('is log(2(N - 1)) when all embeddings are equal', () => {
    expect(value(dcl(tf.ones([5, 3]), tf.ones([5, 3])))).toBeCloseTo(Math.log(8), 5);
  });

  it('does not depend on the order of images or views', () => {
    const z = waves([4, 5]);
    expectOrderFree((a, b) => dcl(a as Tensor2D, b as Tensor2D), z, other);
    expect(value(dcl(other, z))).toBeCloseTo(value(dcl(z, other)), 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => dcl(waves([1, 5]), waves([1, 5]))).toThrow(
      'dcl: z1_ND must hold at least 2 images, got 1: no negative is left.',
    );
    expect(() => dcl(other, other, { temperature: 0 })).toThrow('dcl: temperature must be > 0');
  });

  itIsALoss(
    (z) => dcl(z as Tensor2D, other, { temperature: 0.3 }),
    () => waves([4, 5]),
    {
      sharp: (z) => dcl(z as Tensor2D, other, { temperature: 1e-4 }),
    },
  );
});
