import { describe, expect, it } from 'vitest';

import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { ntXent } from './nt-xent.ts';
import { supCon } from './sup-con.ts';
import { expectOrderFree, itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const ints = (...values: number[]) => tf.tensor1d(values, 'int32') as Tensor1D;

describe('supCon', () => {
  const labels = ints(0, 1, 0, 2);

  it('is ntXent, scaled by T / T_b, when all labels differ', () => {
    const z = waves([4, 2, 5]);
    const [z1, z2] = tf.unstack(z, 1) as Tensor2D[];
    const loss = supCon(z, ints(3, 1, 0, 2), { temperature: 0.2, baseTemperature: 0.1 });
    expect(value(loss)).toBeCloseTo(2 * value(ntXent(z1, z2, { temperature: 0.2 })), 5);
  });

  it('is log(BV - 1) when all embeddings are equal', () => {
    expect(value(supCon(tf.ones([4, 3, 5]), labels))).toBeCloseTo(Math.log(11), 5);
  });

  it('counts anchors without positives as 0 in the mean', () => {
    const z = waves([3, 1, 4]);
    const pair = value(supCon(tf.slice(z, [0, 0, 0], [2, 1, 4]), ints(7, 7)));
    expect(pair).toBeCloseTo(0, 6);
    expect(value(supCon(z, ints(1, 2, 3)))).toBeCloseTo(0, 9);
  });

  it('does not depend on the order of images or on the names of labels', () => {
    const z = waves([4, 2, 5]);
    expectOrderFree((x, l) => supCon(x as Tensor3D, l as Tensor1D), z, labels);
    expect(value(supCon(z, ints(9, -4, 9, 100)))).toBeCloseTo(value(supCon(z, labels)), 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => supCon(waves([4, 2, 5]), ints(0, 1))).toThrow(
      'supCon: labels_B must have shape [4], got [2].',
    );
    expect(() => supCon(waves([1, 1, 5]), ints(0))).toThrow(
      'supCon: z_BVD must hold at least 2 views in all',
    );
  });

  itIsALoss(
    (z) => supCon(z as Tensor3D, labels, { temperature: 0.3 }),
    () => waves([4, 2, 5]),
    {
      sharp: (z) => supCon(z as Tensor3D, labels, { temperature: 1e-4 }),
    },
  );
});
