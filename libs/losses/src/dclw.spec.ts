import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { dcl } from './dcl.ts';
import { dclw } from './dclw.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const other = waves([4, 5], 1);

describe('dclw', () => {
  it('is dcl when the views of all images are equally close', () => {
    const z = waves([4, 5]);
    expect(value(dclw(z, z))).toBeCloseTo(value(dcl(z, z)), 4);
    expect(value(dclw(z, other, { sigma: 1e6 }))).toBeCloseTo(value(dcl(z, other)), 3);
  });

  it('weighs the positive term by 2 - N softmax(cos / sigma)', () => {
    const z = waves([4, 5]);
    const cos = tf.sum(
      tf.mul(tf.div(z, tf.norm(z, 2, 1, true)), tf.div(other, tf.norm(other, 2, 1, true))),
      1,
    );
    const weight = tf.sub(2, tf.mul(4, tf.softmax(tf.div(cos, 0.5))));
    const difference = value(tf.mean(tf.mul(tf.sub(1, weight), tf.div(cos, 0.1))));
    expect(value(dclw(z, other))).toBeCloseTo(value(dcl(z, other)) + difference, 4);
  });

  it('is log(2(N - 1)) when all embeddings are equal', () => {
    expect(value(dclw(tf.ones([5, 3]), tf.ones([5, 3])))).toBeCloseTo(Math.log(8), 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => dclw(waves([1, 5]), waves([1, 5]))).toThrow('dclw: z1_ND must hold at least 2 images');
    expect(() => dclw(other, other, { sigma: 0 })).toThrow('dclw: sigma must be > 0');
  });

  // A huge sigma makes the constant weights 1, so that differences see no moving weight.
  itIsALoss(
    (z) => dclw(z as Tensor2D, other, { temperature: 0.3, sigma: 1e4 }),
    () => waves([4, 5]),
    {
      sharp: (z) => dclw(z as Tensor2D, other, { temperature: 1e-4, sigma: 1e-4 }),
    },
  );
});
