import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { byolPerImage } from './byol.ts';
import { mocoInfoNcePerImage } from './moco-info-nce.ts';
import { sgcl, sgclWeights } from './sgcl.ts';
import { itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('sgcl', () => {
  const globalLoss = tf.scalar(1.5);
  const scores = tf.tensor2d([[0.3, 0, 0.5], [0.1, 0, 0.5]]); // prettier-ignore

  it('has weights of mean 1 for each image, all 1 where no crop is salient', () => {
    expect(numbers(sgclWeights(scores)).map((w) => Math.round(w * 1e6) / 1e6)).toEqual([
      1.5, 1, 1, 0.5, 1, 1,
    ]);
    const mean = numbers(tf.mean(sgclWeights(tf.abs(waves([7, 4]))), 0));
    for (const weight of mean) expect(weight).toBeCloseTo(1, 6);
  });

  it('is the unguided multi-crop loss, exactly, when scores are equal', () => {
    const local = waves([3, 4]);
    const unguided = value(tf.add(globalLoss, tf.mean(local)));
    expect(value(sgcl(globalLoss, local, tf.fill([3, 4], 0.25)))).toBeCloseTo(unguided, 6);
    expect(value(sgcl(globalLoss, local, tf.zeros([3, 4])))).toBeCloseTo(unguided, 6);
  });

  it('weights the terms of either learner', () => {
    const [p, z, queue] = [waves([3, 4]), waves([3, 4], 1), waves([5, 4], 2)];
    for (const terms of [byolPerImage(p, z), mocoInfoNcePerImage(p, z, queue)]) {
      const t = numbers(terms.clone());
      const local = tf.stack([terms, tf.zerosLike(terms)]) as Tensor2D;
      const expected = 1.5 + 2 * ((1.5 * t[0] + t[1] + t[2]) / 6);
      expect(value(sgcl(globalLoss, local, scores, { lambda: 2 }))).toBeCloseTo(expected, 5);
    }
  });

  it('passes no gradient to the scores', () => {
    expect(() => tf.grad((s) => sgcl(globalLoss, waves([2, 3]), s as Tensor2D))(scores)).toThrow(
      'Cannot compute',
    );
  });

  it('says what is wrong with its arguments', () => {
    expect(() => sgcl(globalLoss, waves([2, 3]), waves([2, 2]))).toThrow(
      'sgcl: scores_KB must have shape [2, 3], got [2, 2].',
    );
    expect(() => sgcl(globalLoss, waves([2, 3]), scores, { lambda: -1 })).toThrow('sgcl: lambda must lie in');
  });

  itIsALoss(
    (l) => sgcl(globalLoss, l as Tensor2D, scores),
    () => waves([2, 3]),
    { scales: [0, 1e6] },
  );
});
