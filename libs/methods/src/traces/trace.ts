import { compile, tf, type Tensor } from '@fovea/tensorflow';
import type { ViewBatch } from '../learner.ts';
import type { AnyMethod } from '../method.ts';
import { contextOf, stepOf, tinyBatch, tinyLearner } from '../testing/drive.ts';

/** Steps of a committed trace, and of its beginning that every test run repeats. */
export const [STEPS, PREFIX] = [100, 10];

const BATCHES = 5; // which come round in turn, so that banks, queues and centres meet images again
const RATE = 0.01;

/**
 * Losses of a method's first steps from fixed keys: a tiny network, five batches of noise in turn, plain gradient descent, one compiled graph,
 * momenta and other schedules as over the whole trace.
 *
 * A function of the code alone: equal bits on equal processors.
 */
export function trace(method: AnyMethod, steps: number): Float32Array {
  const learner = tinyLearner(method);
  const batches = Array.from({ length: BATCHES }, (_, index) => tinyBatch(method, index + 1));
  const step = compile(
    (batch: ViewBatch, context: ReturnType<typeof contextOf>) => stepOf(learner, batch, context, RATE).loss,
    { name: `${method.name} trace` },
  );
  const losses = Float32Array.from({ length: steps }, (_, index) =>
    tf.tidy(() => {
      const loss: Tensor = step(batches[index % BATCHES], contextOf(learner, index / STEPS, index));
      return loss.dataSync()[0];
    }),
  );
  step.dispose();
  learner.dispose();
  for (const { views, extras } of batches) tf.dispose([...views, ...Object.values(extras)]);
  return losses;
}
