import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor2D } from '@fovea/tensorflow';
import { cmc } from './cmc.ts';
import { npid } from './npid.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const memory = l2Normalize(waves([9, 4], 1));
const index = tf.tensor2d([0, 3, 5, 1, 2, 8, 2, 0, 7], [3, 3], 'int32');
const features = () => l2Normalize(waves([3, 4]));

describe('cmc', () => {
  const [other, otherBank] = [l2Normalize(waves([3, 4], 4)), l2Normalize(waves([9, 4], 5))];

  it('scores each view against the bank of the other', () => {
    const options = { temperature: 0.2, partitions: [20, 30] as const };
    const expected =
      value(npid(features(), otherBank, index, { temperature: 0.2, partition: 20 })) +
      value(npid(other, memory, index, { temperature: 0.2, partition: 30 }));
    expect(value(cmc(features(), other, memory, otherBank, index, options))).toBeCloseTo(expected, 5);
  });

  it('is 2 log(K + 1) in softmax mode when all embeddings are equal', () => {
    const [f, bank] = [tf.ones([3, 1]) as Tensor2D, tf.ones([9, 1]) as Tensor2D];
    expect(value(cmc(f, f, bank, bank, index, { mode: 'softmax' }))).toBeCloseTo(2 * Math.log(3), 5);
  });

  it('refuses an unknown option', () => {
    expect(() => cmc(features(), other, memory, otherBank, index, { Z: 1 } as never)).toThrow(
      "cmc: unknown option 'Z'",
    );
  });

  itIsALoss(
    (f) => cmc(f as Tensor2D, other, memory, otherBank, index, { temperature: 0.3, partitions: [25, 20] }),
    features,
    {
      scales: [0, 1, 100],
    },
  );
});
