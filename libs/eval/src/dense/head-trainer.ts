import type { Parameters } from '@fovea/backbones';
import { compile, tf, type Scalar, type Tensor, type Variable } from '@fovea/tensorflow';

const MOMENTUM = 0.9;

/** How a dense head is trained. */
export interface DenseRecipe {
  readonly lr: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly steps: number;
  /** Linear warm-up from 0 over the first steps. */
  readonly warmup: number;
  /** `poly`: (1 - t)^0.9, as for segmentation; or a factor at given shares of the steps, as for detection. */
  readonly schedule: 'poly' | { readonly at: readonly number[]; readonly factor: number };
}

/** Share of the learning rate at a step, from 0. */
export function denseRate({ warmup, steps, schedule }: DenseRecipe, step: number): number {
  if (step < warmup) return (step + 1) / warmup;
  if (schedule === 'poly') return (1 - step / steps) ** 0.9;
  return schedule.factor ** schedule.at.filter((share) => step >= share * steps).length;
}

/** Momentum SGD over a head's weights as one compiled step; biases and norms do not decay. Call `dispose` at the end. */
export class HeadTrainer {
  readonly #velocities: Variable[];
  readonly #step: ((inputs: Tensor[], rate: number) => Scalar) & { dispose(): void };

  constructor(parameters: Parameters, weightDecay: number, loss: (inputs: Tensor[]) => Scalar) {
    const weights = [...parameters.weights.values()];
    this.#velocities = tf.tidy(() => weights.map((weight) => tf.variable(tf.zerosLike(weight), false)));
    const velocities = this.#velocities;
    this.#step = compile(
      (inputs: Tensor[], rate: Scalar) => {
        const { value, grads } = tf.variableGrads(() => loss(inputs), weights);
        weights.forEach((weight, at) => {
          const own = grads[weight.name];
          const gradient = weight.rank > 1 ? tf.add(own, tf.mul(weight, weightDecay)) : own;
          const velocity = tf.add(tf.mul(velocities[at], MOMENTUM), gradient);
          velocities[at].assign(velocity);
          weight.assign(tf.sub(weight, tf.mul(velocity, rate)));
        });
        return value;
      },
      { name: 'dense head step' },
    );
  }

  /** @throws Error for a loss that is not finite */
  step(inputs: Tensor[], rate: number, where: string): number {
    const loss = tf.tidy(() => this.#step(inputs, rate).dataSync()[0]);
    if (!Number.isFinite(loss)) throw new Error(`${where}: the loss is ${loss}; lower the learning rate.`);
    return loss;
  }

  dispose(): void {
    this.#step.dispose();
    tf.dispose(this.#velocities);
  }
}

/** Rows of one step: epochs in new orders, one after the other, all batches full. */
export function stepRows(order: (epoch: number) => Int32Array, batch: number, step: number): Int32Array {
  const rows = new Int32Array(batch);
  for (let at = 0; at < batch; at++) {
    const place = step * batch + at;
    const own = order(0).length;
    rows[at] = order(Math.floor(place / own))[place % own];
  }
  return rows;
}
