import { describe, expect, it } from 'vitest';

import { l2Normalize, tf, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { denseCl, denseMatch } from './dense-cl.ts';
import { mocoInfoNce } from './moco-info-nce.ts';
import { itIsALoss, numbers, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

describe('denseCl', () => {
  const view = (phase: number) => ({
    pooled: waves([2, 4], phase),
    cells: waves([2, 6, 4], phase),
    backbone: waves([2, 6, 3], phase),
  });
  const key = view(1);
  const [queue, denseQueue] = [l2Normalize(waves([5, 4], 2)), l2Normalize(waves([7, 4], 3))];

  it('matches every cell with the key cell of its image that is most alike', () => {
    const cells = tf.tensor3d([[[1, 0], [0, 1], [1, 1]]]); // prettier-ignore
    const keys = tf.tensor3d([[[5, 4], [0, 2], [3, 0]]]); // prettier-ignore
    expect(numbers(denseMatch(cells, keys))).toEqual([2, 1, 0]);
  });

  it('is InfoNCE of pooled vectors and of matched cells, mixed by lambda', () => {
    const query = view(0);
    const match = denseMatch(query.backbone, key.backbone).arraySync();
    const rows = match.flatMap((cells, image) => cells.map((cell) => image * 6 + cell));
    const matched = tf.gather(tf.reshape(key.cells, [12, 4]), tf.tensor1d(rows, 'int32')) as Tensor2D;
    const dense = value(mocoInfoNce(tf.reshape(query.cells, [12, 4]), matched, denseQueue));
    const pooled = value(mocoInfoNce(query.pooled, key.pooled, queue));
    const terms = denseCl(query, key, queue, denseQueue, { lambda: 0.3 });
    expect(value(terms.globalTerm)).toBeCloseTo(pooled, 5);
    expect(value(terms.denseTerm)).toBeCloseTo(dense, 5);
    expect(value(terms.loss)).toBeCloseTo(0.7 * pooled + 0.3 * dense, 5);
  });

  it('is log(K + 1) when all embeddings are equal, also for one image with one cell', () => {
    const equal = {
      pooled: tf.ones([1, 4]) as Tensor2D,
      cells: tf.ones([1, 1, 4]) as Tensor3D,
      backbone: tf.ones([1, 1, 3]) as Tensor3D,
    };
    const bank = tf.fill([8, 4], 0.5) as Tensor2D;
    expect(value(denseCl(equal, equal, bank, bank).loss)).toBeCloseTo(Math.log(9), 5);
  });

  it('does not depend on the order of the key cells', () => {
    const turned = { ...key, cells: tf.reverse(key.cells, 1), backbone: tf.reverse(key.backbone, 1) };
    const [a, b] = [key, turned].map((k) => value(denseCl(view(0), k, queue, denseQueue).loss));
    expect(a).toBeCloseTo(b, 5);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => denseCl(view(0), { ...key, cells: waves([2, 5, 4]) }, queue, denseQueue)).toThrow(
      'denseCl: key.cells must have shape [2, 6, 4]',
    );
    expect(() => denseCl(view(0), key, queue, denseQueue, { lambda: 2 })).toThrow(
      'denseCl: lambda must lie in [0, 1], got 2.',
    );
  });

  const query = view(0);
  itIsALoss(
    (cells) => tf.tidy(() => denseCl({ ...query, cells: cells as Tensor3D }, key, queue, denseQueue).loss),
    () => waves([2, 6, 4]),
  );
});
