import { tf, type Scalar, type Tensor2D } from '@fovea/tensorflow';
import { resolveOptions, type Real } from './helpers/options.ts';
import { npid } from './npid.ts';

export interface CmcOptions {
  /** As in `npid`. */
  readonly mode?: 'nce' | 'softmax';
  /** Temperature T > 0, 0.07 as in `npid`; the source takes 0.1 on STL-10. */
  readonly temperature?: Real;
  /** Normalising constants of the two directions, kept from the first batch. Default: estimated from this batch. */
  readonly partitions?: readonly [Real, Real];
}

const defaults = {
  mode: undefined as 'nce' | 'softmax' | undefined,
  temperature: undefined as Real | undefined,
  partitions: undefined as readonly [Real, Real] | undefined,
};

/**
 * Contrastive multiview coding of two views (L and ab, say): the features of one view score the memory bank of the other, both summed.
 *
 *     L = npid(f1, bank 2) + npid(f2, bank 1)
 *
 * Each bank is updated with its own view's features by `updateMemory`. All embeddings equal and softmax (collapse): 2 log(K + 1).
 *
 * @param features1_BD - [B, D], rows of unit length
 * @param features2_BD - [B, D], of the other view's encoder
 * @param memory1_ND - [N, D], bank of view 1
 * @param memory2_ND - [N, D], bank of view 2
 * @param index_BC - int32 [B, K + 1]; column 0 is the image's own row
 * @throws Error as `npid`
 *
 * Source: Tian et al. 2020 and HobbitLong/CMC.
 *
 * @example
 * const [f, bank] = [tf.ones([2, 1]), tf.ones([9, 1])];
 * cmc(f, f, bank, bank, tf.tensor2d([[0, 3], [1, 4]], [2, 2], 'int32'), { mode: 'softmax' }); // 1.3863 = 2 log 2
 */
export function cmc(
  features1_BD: Tensor2D,
  features2_BD: Tensor2D,
  memory1_ND: Tensor2D,
  memory2_ND: Tensor2D,
  index_BC: Tensor2D,
  options: CmcOptions = {},
): Scalar {
  const { partitions, ...shared } = resolveOptions('cmc', options, defaults);
  return tf.tidy(() => {
    const first = npid(features1_BD, memory2_ND, index_BC, { ...shared, partition: partitions?.[0] });
    const second = npid(features2_BD, memory1_ND, index_BC, { ...shared, partition: partitions?.[1] });
    return tf.add(first, second);
  });
}
