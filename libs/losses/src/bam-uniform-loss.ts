import { checkWhole } from './helpers/options.ts';

/**
 * Value of `bam` when all embeddings are equal, its collapsed solution: log(T(B - 1)), or log(T B) without positive masking.
 *
 * @param targetCrops - T, key views
 * @param batch - B, images of the batch
 * @throws Error when no key is left
 *
 * @example
 * bamUniformLoss(2, 256); // 6.2344
 */
export function bamUniformLoss(targetCrops: number, batch: number, positiveMasking = true): number {
  checkWhole('bamUniformLoss', 'targetCrops', targetCrops, 1);
  checkWhole('bamUniformLoss', 'batch', batch, positiveMasking ? 2 : 1);
  return Math.log(targetCrops * (positiveMasking ? batch - 1 : batch));
}
