import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { byol } from './byol.ts';
import { orl } from './orl.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('orl', () => {
  const pair = (phase: number) => ({
    p1: waves([3, 4], phase),
    p2: waves([3, 4], phase + 1),
    z1: waves([3, 4], phase + 2),
    z2: waves([3, 4], phase + 3),
  });
  const [image, intra, inter] = [pair(0), pair(4), pair(8)];

  it('adds byol of the three pairs by their weights', () => {
    const [a, b, c] = [image, intra, inter].map((x) => value(byol(x.p1, x.p2, x.z1, x.z2)));
    expect(value(orl(image, intra, inter).loss)).toBeCloseTo(a + b + c, 4);
    const weighted = orl(image, intra, inter, { globalWeight: 0.5, intraWeight: 0, interWeight: 2 });
    expect(value(weighted.loss)).toBeCloseTo(0.5 * a + 2 * c, 4);
    expect(value(weighted.intra)).toBeCloseTo(b, 5);
  });

  it('is 0 when all embeddings are equal, with any number of regions', () => {
    const equal = (N: number) => {
      const z = tf.ones([N, 2]) as Tensor2D;
      return { p1: z, p2: z, z1: z, z2: z };
    };
    expect(value(orl(equal(4), equal(1), equal(7)).loss)).toBeCloseTo(0, 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => orl(image, { ...intra, p2: waves([2, 4]) }, inter)).toThrow(
      'byol: p2_ND must have shape [3, 4], got [2, 4].',
    );
    expect(() => orl(image, intra, inter, { interWeight: -1 })).toThrow('orl: interWeight must lie in');
  });

  itIsALoss(
    (p1) => tf.tidy(() => orl({ ...image, p1: p1 as Tensor2D }, intra, inter).loss),
    () => waves([3, 4]),
  );
});
