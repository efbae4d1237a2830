import { fold, permutation, type Key } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { checkLabelled, type LabelledFeatures } from '../splits/feature-splits.ts';
import { LinearHeads } from './linear-heads.ts';
import type { LinearRecipe } from './linear-presets.ts';
import { pause } from '../protocol/pause.ts';
import { scaleFeatures } from '../splits/scale-features.ts';

export interface LinearProbeResult {
  /** Learning rates, as given. */
  readonly lrs: readonly number[];
  /** [epochs][learning rates], accuracy on `test` after each epoch, in [0, 1]. */
  readonly accuracies: readonly (readonly number[])[];
  /** [epochs][learning rates], mean cross-entropy over the epoch's batches. */
  readonly losses: readonly (readonly number[])[];
  /** [learning rates], false once weights or loss were not finite; such a head scores 0 from then on. */
  readonly finite: readonly boolean[];
}

/**
 * Trains linear heads with softmax cross-entropy on cached features, one head a learning rate, and tests each after every epoch.
 *
 * All heads see the same batches and start from the same weights, W ~ N(0, 0.01^2), b = 0, and share the matrix products, so a sweep costs
 * little more than one head. `g = dL/dW + wd W; v = mu v + g; W -= lr (g + mu v if nesterov else v)`; bias decays too, as in the
 * sources. The last, smaller batch of an epoch is kept. Same key, same result.
 *
 * @param train - [N, D] features, scaled here as the recipe says with train's own statistics
 * @param test - [M, D] features that are only predicted
 * @param lrs - learning rates of the heads, all > 0; the recipe's own `lr` is not read
 * @param onEpoch - called after each epoch, from 1
 * @throws Error for NaN, labels out of range, an empty sweep, learning rates that are not > 0
 */
export async function linearProbe(
  train: LabelledFeatures,
  test: LabelledFeatures,
  classes: number,
  recipe: LinearRecipe,
  lrs: readonly number[],
  key: Key,
  onEpoch: (epoch: number) => void = () => undefined,
): Promise<LinearProbeResult> {
  const { N, D } = checkLabelled(train, classes, 'linearProbe: train');
  const { D: width } = checkLabelled(test, classes, 'linearProbe: test');
  if (width !== D) throw new Error(`linearProbe: train has ${D} columns and test has ${width}.`);
  if (lrs.length === 0 || !lrs.every((lr) => lr > 0)) {
    throw new Error(`linearProbe: lrs must be one or more numbers > 0, got [${lrs.join(', ')}].`);
  }

  const scaled = scaleFeatures(recipe.scale, D, train.features, test.features);
  const [x_ND, x_MD] = scaled.map((features) => tf.tensor2d(features, [features.length / D, D]));
  const heads = new LinearHeads(D, classes, lrs, recipe, key);
  const accuracies: number[][] = [];
  const losses: number[][] = [];
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = permutation(fold(fold(key, 'order'), epoch), N);
    const labels = Int32Array.from(order, (row) => train.labels[row]);
    const shuffled_ND = tf.tidy(() => x_ND.gather(tf.tensor1d(order, 'int32')));
    for (let start = 0; start < N; start += recipe.batch) {
      const count = Math.min(recipe.batch, N - start);
      heads.step(shuffled_ND, start, labels.subarray(start, start + count), rateFactor(recipe, epoch));
    }
    shuffled_ND.dispose();
    losses.push(heads.takeLosses(N));
    accuracies.push(heads.accuracies(x_MD, test.labels));
    onEpoch(epoch + 1);
    await pause();
  }
  const finite = heads.finite();
  [x_ND, x_MD].forEach((tensor) => tensor.dispose());
  heads.dispose();
  return { lrs, accuracies, losses, finite };
}

/** Share of the learning rate in an epoch, from 0. */
export function rateFactor(
  { schedule, epochs }: Pick<LinearRecipe, 'schedule' | 'epochs'>,
  epoch: number,
): number {
  if (schedule === 'cosine') return 0.5 * (1 + Math.cos((Math.PI * epoch) / epochs));
  return schedule.factor ** schedule.at.filter((milestone) => epoch >= milestone).length;
}
