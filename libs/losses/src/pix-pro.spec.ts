import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';
import { pixPro, pixProPairs, pixProPropagate } from './pix-pro.ts';
import { expectFinite, itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('pixPro', () => {
  const whole = tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]); // prettier-ignore
  const part = tf.tensor2d([[0, 0, 0.5, 0.5], [0.4, 0.2, 1, 0.9]]); // prettier-ignore
  const k = waves([2, 3, 3, 4], 1) as Tensor4D;

  it('is -2 when all embeddings are equal and the crops overlap', () => {
    const equal = tf.ones([2, 3, 3, 4]) as Tensor4D;
    expect(value(pixPro(equal, equal, whole, part))).toBeCloseTo(-2, 5);
  });

  it('is 0 when the crops do not overlap', () => {
    const crop = (x: number) => tf.tensor2d([[x, 0, x + 0.2, 0.2]]);
    expect(
      value(pixPro(waves([1, 3, 3, 4]) as Tensor4D, waves([1, 3, 3, 4], 1) as Tensor4D, crop(0), crop(0.7))),
    ).toBeCloseTo(0, 9);
  });

  it('pairs each cell with itself alone for the same crop and a small ratio', () => {
    expect(numbers(pixProPairs(whole, whole, [3, 2], 0.4))).toEqual(
      [0, 1].flatMap(() => Array.from(tf.eye(6).dataSync())),
    );
  });

  it('pairs mirrored cells when one crop is flipped', () => {
    const flipped = tf.tensor2d([[1, 0, 0, 1]]);
    const pairs = tf.reshape(pixProPairs(tf.slice(whole, [0, 0], [1, 4]), flipped, [1, 3], 0.2), [3, 3]);
    expect(numbers(pairs)).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0]);
  });

  it('counts pairs by the distance of centres over the larger diagonal', () => {
    // Cells of one half-size crop against the whole: centres at 1/4 and 3/4 of each, one row.
    const [q, other] = [tf.tensor2d([[0, 0, 1, 1]]), tf.tensor2d([[0, 0, 0.5, 1]])];
    const unit = Math.hypot(0.5, 1);
    const pairs = numbers(pixProPairs(q, other, [1, 2], 0.3));
    const centres = [0.25, 0.75].flatMap((a) =>
      [0.125, 0.375].map((b) => (Math.abs(a - b) / unit < 0.3 ? 1 : 0)),
    );
    expect(pairs).toEqual(centres);
  });

  it('does not depend on the order of images or the length of features', () => {
    const q = waves([2, 3, 3, 4]) as Tensor4D;
    const loss = value(pixPro(q, k, whole, part));
    const turn = <T extends Tensor2D | Tensor4D>(x: T) => tf.reverse(x as Tensor2D, 0) as T;
    expect(value(pixPro(turn(q), turn(k), turn(whole), turn(part)))).toBeCloseTo(loss, 5);
    expect(value(pixPro(tf.mul(q, 30) as Tensor4D, k, whole, part))).toBeCloseTo(loss, 5);
  });

  it('passes no gradient to the keys', () => {
    expect(() =>
      tf.grad((x) => pixPro(waves([2, 3, 3, 4]) as Tensor4D, x as Tensor4D, whole, part))(k),
    ).toThrow('Cannot compute');
  });

  it('says what is wrong with its arguments', () => {
    expect(() => pixPro(k, k, whole, tf.zeros([2, 3]))).toThrow(
      'pixPro: coordK_B4 must have shape [2, 4], got [2, 3].',
    );
    expect(() => pixPro(k, k, whole, part, { posRatio: 0 })).toThrow('pixPro: posRatio must be > 0');
  });

  itIsALoss(
    (q) => pixPro(q as Tensor4D, k, whole, part),
    () => waves([2, 3, 3, 4]),
  );
});

describe('pixProPropagate', () => {
  it('keeps cells that look like no other, and sums cells that are alike', () => {
    const x = tf.tensor3d([[[2, 0], [0, 1], [0, 3]]]); // prettier-ignore
    const g = tf.tensor3d([[[1], [2], [4]]]);
    expect(numbers(pixProPropagate(x, g))).toEqual([1, 6, 6]);
  });

  it('gives opposite cells no weight and takes other exponents', () => {
    const x = tf.tensor3d([[[1, 0], [-1, 0], [1, 1]]]); // prettier-ignore
    const g = tf.tensor3d([[[1], [10], [100]]]);
    const [first] = numbers(pixProPropagate(x, g, 4));
    expect(first).toBeCloseTo(1 + 100 / 4, 4);
  });

  it('stays finite for zero vectors', () => {
    expectFinite(tf.grad((x) => tf.sum(pixProPropagate(x as never, x as never)))(tf.zeros([1, 2, 3])));
  });
});
