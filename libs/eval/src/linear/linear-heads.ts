import { fold, type Key } from '@fovea/random';
import { randomNormal, tf, type Tensor2D } from '@fovea/tensorflow';
import type { LinearRecipe } from './linear-presets.ts';
import { readBack } from '../protocol/read-back.ts';

const TRUST = 0.001; // LARS trust coefficient of SimSiam's linear script (LARC without clipping)

/**
 * Linear softmax heads trained side by side: weights [D + 1, H*C], the last row the bias, one head a learning rate.
 *
 * W ~ N(0, 0.01^2), the same for every head; b = 0. Call `dispose` at the end.
 */
export class LinearHeads {
  readonly #C: number;
  readonly #H: number;
  readonly #recipe: LinearRecipe;
  readonly #lr_1W: Tensor2D;
  #weights: Tensor2D; // [D + 1, H*C]
  #velocity: Tensor2D;
  #lossSum: Tensor2D; // [1, H], summed over samples

  constructor(D: number, C: number, lrs: readonly number[], recipe: LinearRecipe, key: Key) {
    this.#C = C;
    this.#H = lrs.length;
    this.#recipe = recipe;
    this.#lr_1W = tf.tensor2d(
      lrs.flatMap((lr) => Array<number>(C).fill(lr)),
      [1, lrs.length * C],
    );
    this.#weights = tf.tidy(() => {
      const one = randomNormal(fold(key, 'weights'), [D, C], 0, 0.01) as Tensor2D;
      return tf.concat2d([tf.tile(one, [1, this.#H]), tf.zeros([1, this.#H * C])], 0);
    });
    this.#velocity = tf.zerosLike(this.#weights);
    this.#lossSum = tf.zeros([1, this.#H]);
  }

  /** One optimiser step on rows [start, start + labels.length), at `lrFactor` times each head's learning rate. */
  step(x_ND: Tensor2D, start: number, labels: Int32Array, lrFactor: number): void {
    const { momentum, nesterov, weightDecay, optimiser } = this.#recipe;
    const B = labels.length;
    const [H, C] = [this.#H, this.#C];
    const [weights, velocity, lossSum] = tf.tidy(() => {
      const x_BE = withOnes(x_ND.slice([start, 0], [B, -1]));
      const logP_BHC = tf.logSoftmax(tf.matMul(x_BE, this.#weights).reshape([B, H, C]));
      const y_B1C = tf.oneHot(tf.tensor1d(labels, 'int32'), C).toFloat().expandDims(1);
      const loss_1H: Tensor2D = logP_BHC.mul(y_B1C).sum([0, 2]).neg().reshape([1, H]);
      const delta_BW: Tensor2D = logP_BHC
        .exp()
        .sub(y_B1C)
        .div(B)
        .reshape([B, H * C]);
      let gradient: Tensor2D = tf.matMul(x_BE, delta_BW, true);
      if (weightDecay > 0) gradient = gradient.add(this.#weights.mul(weightDecay));
      if (optimiser === 'lars') gradient = gradient.mul(this.#trustRatio(gradient));
      const nextVelocity: Tensor2D = this.#velocity.mul(momentum).add(gradient);
      const direction = nesterov ? gradient.add(nextVelocity.mul(momentum)) : nextVelocity;
      const next = this.#weights.sub<Tensor2D>(direction.mul(this.#lr_1W.mul(lrFactor)));
      return [next, nextVelocity, this.#lossSum.add<Tensor2D>(loss_1H)];
    });
    tf.dispose([this.#weights, this.#velocity, this.#lossSum]);
    [this.#weights, this.#velocity, this.#lossSum] = [weights, velocity, lossSum];
  }

  /** Mean loss of each head since the last call, given the number of samples seen. */
  takeLosses(samples: number): number[] {
    const losses = Array.from(this.#lossSum.dataSync<'float32'>(), (sum) => sum / samples);
    this.#lossSum.dispose();
    this.#lossSum = tf.zeros([1, this.#H]);
    return losses;
  }

  /** Accuracy of each head, 0 where its weights are not finite; the lower class wins a tie. */
  accuracies(x_MD: Tensor2D, labels: Int32Array): number[] {
    const M = labels.length;
    const [predictions] = readBack<Int32Array>(() => [
      tf.matMul(withOnes(x_MD), this.#weights).reshape([M, this.#H, this.#C]).argMax(2),
    ]);
    const hits = new Float64Array(this.#H);
    predictions.forEach((prediction, at) => {
      if (prediction === labels[Math.floor(at / this.#H)]) hits[at % this.#H]++;
    });
    const finite = this.finite();
    return Array.from(hits, (count, head) => (finite[head] ? count / M : 0));
  }

  /** Whether each head's weights are all finite. */
  finite(): boolean[] {
    const sums = tf.tidy(() => this.#weights.abs().sum(0).dataSync<'float32'>());
    return Array.from({ length: this.#H }, (_, head) =>
      sums.subarray(head * this.#C, (head + 1) * this.#C).every(Number.isFinite),
    );
  }

  dispose(): void {
    tf.dispose([this.#weights, this.#velocity, this.#lossSum, this.#lr_1W]);
  }

  /** [D + 1, H*C]: trust |p| / |g + wd p| for weights and bias of each head apart, 1 where either norm is 0. */
  #trustRatio(gradient: Tensor2D): Tensor2D {
    const [H, C] = [this.#H, this.#C];
    const E = gradient.shape[0];
    const ratio = (first: number, rows: number): Tensor2D => {
      const norm = (matrix: Tensor2D) =>
        matrix.slice([first, 0], [rows, -1]).reshape([rows, H, C]).square().sum([0, 2]).sqrt();
      const [p, g] = [norm(this.#weights), norm(gradient)];
      const usable = p.greater(0).logicalAnd(g.greater(0));
      const ratio_H = tf.where(usable, p.mul(TRUST).div(g.add(1e-8)), tf.onesLike(p));
      return ratio_H
        .reshape([1, H, 1])
        .tile([rows, 1, C])
        .reshape([rows, H * C]);
    };
    return tf.concat2d([ratio(0, E - 1), ratio(E - 1, 1)], 0);
  }
}

/** [B, D] -> [B, D + 1] with a column of ones, so that the bias is a row of the weights. */
function withOnes(x_BD: Tensor2D): Tensor2D {
  return tf.concat2d([x_BD, tf.ones([x_BD.shape[0], 1])], 1);
}
