import { describe, expect, it } from 'vitest';

import { tf, type Tensor1D, type Tensor2D } from '@fovea/tensorflow';
import { ntXentLabels } from './nt-xent-labels.ts';
import { ntXent } from './nt-xent.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const ints = (...values: number[]) => tf.tensor1d(values, 'int32') as Tensor1D;

describe('ntXentLabels', () => {
  const labels = ints(0, 1, 2, 0, 1, 0);

  it('is ntXent when labels are image indices of two stacked views', () => {
    const [z1, z2] = [waves([3, 5]), waves([3, 5], 1)];
    const loss = ntXentLabels(tf.concat([z1, z2]) as Tensor2D, ints(0, 1, 2, 0, 1, 2), { temperature: 0.2 });
    expect(value(loss)).toBeCloseTo(value(ntXent(z1, z2, { temperature: 0.2 })), 5);
  });

  it('equals the definition, an anchor without positives counting as 0', () => {
    const z = waves([6, 4]);
    const unit = tf.div(z, tf.norm(z, 2, 1, true)).arraySync() as number[][];
    const y = labels.arraySync();
    let expected = 0;
    unit.forEach((a, i) => {
      const scores = unit.map((b) => Math.exp(a.reduce((sum, x, d) => sum + x * b[d], 0) / 0.3));
      const sum = (keep: (k: number) => boolean) =>
        scores.reduce((s, score, k) => (k !== i && keep(k) ? s + score : s), 0);
      const positives = sum((k) => y[k] === y[i]);
      if (positives > 0) expected += Math.log(sum(() => true) / positives) / 6;
    });
    expect(value(ntXentLabels(z, labels, { temperature: 0.3 }))).toBeCloseTo(expected, 5);
  });

  it('is log((N - 1) / positives) when all embeddings are equal', () => {
    expect(value(ntXentLabels(tf.ones([6, 3]), ints(0, 0, 0, 1, 1, 1)))).toBeCloseTo(Math.log(5 / 2), 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => ntXentLabels(waves([1, 4]), ints(0))).toThrow(
      'ntXentLabels: z_ND must hold at least 2 rows, got 1.',
    );
  });

  itIsALoss(
    (z) => ntXentLabels(z as Tensor2D, labels, { temperature: 0.3 }),
    () => waves([6, 4]),
    {
      sharp: (z) => ntXentLabels(z as Tensor2D, labels, { temperature: 1e-4 }),
    },
  );
});
