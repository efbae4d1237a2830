import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { barlowTwins, crossCorrelation } from './barlow-twins.ts';
import { expectOrderFree, itIsALoss, numbers, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('barlowTwins', () => {
  const other = waves([5, 4], 1);

  it('gives the oracle value', () => {
    const [z1, z2] = tf.unstack(oracle(2)) as Tensor2D[];
    expect(value(barlowTwins(z1, z2, { lambda: 0.0051 }))).toBeCloseTo(3.4329854971, 4);
  });

  it('is D when all embeddings are equal, and for one image', () => {
    expect(value(barlowTwins(tf.ones([4, 7]), tf.ones([4, 7])))).toBeCloseTo(7, 5);
    expect(value(barlowTwins(waves([1, 3]), waves([1, 3], 1)))).toBeCloseTo(3, 5);
  });

  it('is 0 for identical views whose columns are uncorrelated', () => {
    const z = tf.tensor2d([[1, 1], [1, -1], [-1, 1], [-1, -1]]).mul(100) as Tensor2D; // prettier-ignore
    expect(value(barlowTwins(z, z, { lambda: 1 }))).toBeCloseTo(0, 6);
  });

  it('has a correlation of 1 on the diagonal for identical views, and -1 for opposite ones', () => {
    const z = tf.mul(waves([9, 3]), 50) as Tensor2D;
    const C = numbers(crossCorrelation(z, z));
    const opposite = numbers(crossCorrelation(z, tf.neg(z)));
    for (const i of [0, 4, 8]) {
      expect(C[i]).toBeCloseTo(1, 5);
      expect(opposite[i]).toBeCloseTo(-1, 5);
    }
  });

  it('does not depend on the order of images or views, or on shifts of a column', () => {
    const z = waves([5, 4]);
    expectOrderFree((a, b) => barlowTwins(a as Tensor2D, b as Tensor2D), z, other);
    expect(value(barlowTwins(other, z))).toBeCloseTo(value(barlowTwins(z, other)), 5);
    const shifted = tf.add(z, tf.tensor2d([[5, -3, 0, 1]])) as Tensor2D;
    expect(value(barlowTwins(shifted, other))).toBeCloseTo(value(barlowTwins(z, other)), 4);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => barlowTwins(other, waves([5, 3]))).toThrow(
      'barlowTwins: z2_ND must have shape [5, 4], got [5, 3].',
    );
    expect(() => barlowTwins(other, other, { lambda: -1 })).toThrow(
      'barlowTwins: lambda must lie in [0, Infinity], got -1.',
    );
  });

  itIsALoss(
    (z) => barlowTwins(z as Tensor2D, other),
    () => waves([5, 4]),
    { scales: [0, 1e-10, 1e10], gradientTolerance: 1e-2 },
  );
});
