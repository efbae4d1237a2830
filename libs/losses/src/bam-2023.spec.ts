import { describe, expect, it } from 'vitest';
import { tf, type Tensor3D } from '@fovea/tensorflow';
import { bam2023 } from './bam-2023.ts';
import { bam } from './bam.ts';
import { itIsALoss, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('bam2023', () => {
  it('has every view as a key', () => {
    const z = oracle(3);
    expect(value(bam2023(z))).toBeCloseTo(value(bam(z, null, { targetCrops: 3 })), 6);
    expect(value(bam2023(tf.ones([3, 4, 6])))).toBeCloseTo(Math.log(9), 5);
  });

  it('refuses the options that its revision does not have', () => {
    expect(() => bam2023(oracle(2), { topK: 4 } as never)).toThrow("bam2023: unknown option 'topK'");
  });

  // A flat target does not move with the embeddings, so that differences see the constant that it is.
  itIsALoss(
    (z) => bam2023(z as Tensor3D, { reg: 1e4 }),
    () => waves([3, 4, 5]),
    { sharp: (z) => bam2023(z as Tensor3D, { reg: 1e-3, temperature: 1e-3 }) },
  );
});
