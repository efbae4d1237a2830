import { tf, type Tensor2D } from '@fovea/tensorflow';
import type { FeatureScale } from '../splits/scale-features.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1; // share of a new batch in the running statistics

/**
 * What stands before a head that is trained on augmented features: nothing, unit length, or a batch norm without affine (`standardised`).
 *
 * The batch norm uses the batch's statistics in training and running ones (unbiased variance) afterwards, as PyTorch's `BatchNorm1d(affine=False)`. Call `dispose` at the end.
 */
export class FeatureNorm {
  readonly #scale: FeatureScale;
  #mean: Tensor2D;
  #variance: Tensor2D;

  constructor(scale: FeatureScale, D: number) {
    this.#scale = scale;
    this.#mean = tf.zeros([1, D]);
    this.#variance = tf.ones([1, D]);
  }

  /** A training batch; updates the running statistics. */
  train(x_BD: Tensor2D): Tensor2D {
    if (this.#scale !== 'standardised') return this.apply(x_BD);
    const B = x_BD.shape[0];
    const [y, mean, variance] = tf.tidy(() => {
      const batchMean = tf.mean<Tensor2D>(x_BD, 0, true);
      const centred = x_BD.sub<Tensor2D>(batchMean);
      const batchVariance = tf.mean<Tensor2D>(tf.square(centred), 0, true);
      const unbiased = batchVariance.mul<Tensor2D>(B > 1 ? B / (B - 1) : 1);
      return [
        centred.div<Tensor2D>(batchVariance.add(EPSILON).sqrt()),
        this.#mean.mul<Tensor2D>(1 - MOMENTUM).add<Tensor2D>(batchMean.mul(MOMENTUM)),
        this.#variance.mul<Tensor2D>(1 - MOMENTUM).add<Tensor2D>(unbiased.mul(MOMENTUM)),
      ];
    });
    tf.dispose([this.#mean, this.#variance]);
    [this.#mean, this.#variance] = [mean, variance];
    return y;
  }

  /** A batch to predict. */
  apply(x_BD: Tensor2D): Tensor2D {
    return tf.tidy(() => {
      if (this.#scale === 'raw') return x_BD.clone();
      if (this.#scale === 'l2')
        return x_BD.div<Tensor2D>(tf.maximum(tf.sqrt(tf.sum(tf.square(x_BD), 1, true)), 1e-12));
      return x_BD.sub(this.#mean).div<Tensor2D>(this.#variance.add(EPSILON).sqrt());
    });
  }

  dispose(): void {
    tf.dispose([this.#mean, this.#variance]);
  }
}
