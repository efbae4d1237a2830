import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';
import { vicReg } from './vic-reg.ts';

describe('vicReg', () => {
  const other = waves([5, 4], 1);
  const total = (a: unknown, b: unknown = other) => tf.tidy(() => vicReg(a as Tensor2D, b as Tensor2D).loss);

  it('gives the oracle values of the total and of each term', () => {
    const [z1, z2] = tf.unstack(oracle(2)) as Tensor2D[];
    const terms = vicReg(z1, z2);
    expect(value(terms.invariance)).toBeCloseTo(0.53128514, 5);
    expect(value(terms.variance)).toBeCloseTo(0.36294109 / 2, 5);
    expect(value(terms.covariance)).toBeCloseTo(5.63400123, 4);
    expect(value(terms.loss)).toBeCloseTo(23.4528939, 3);
  });

  it('is 0.99 of the variance weight when all embeddings are equal', () => {
    const z = tf.ones([4, 3]) as Tensor2D;
    expect(value(vicReg(z, z).loss)).toBeCloseTo(24.75, 4);
    expect(value(vicReg(z, z, { varianceWeight: 2 }).loss)).toBeCloseTo(1.98, 5);
  });

  it('is 0 for identical views with uncorrelated columns of standard deviation above 1', () => {
    const z = tf.mul(tf.tensor2d([[1, 1], [1, -1], [-1, 1], [-1, -1]]), 2) as Tensor2D; // prettier-ignore
    expect(value(total(z, z))).toBe(0);
  });

  it('does not depend on the order of images or views', () => {
    const z = waves([5, 4]);
    expectOrderFree(total, z, other);
    expect(value(total(other, z))).toBeCloseTo(value(total(z, other)), 4);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => vicReg(waves([1, 4]), waves([1, 4]))).toThrow('vicReg: z1_ND must hold at least 2 images');
    expect(() => vicReg(other, other, { covarianceWeight: -1 })).toThrow(
      'vicReg: covarianceWeight must lie in',
    );
    expect(() => vicReg(other, other, { var: 1 } as never)).toThrow("vicReg: unknown option 'var'");
  });

  itIsALoss(total, () => waves([5, 4]), { scales: [0, 1e-10, 1e6], gradientTolerance: 1e-2 });
});
