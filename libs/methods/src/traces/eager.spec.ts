import { compile, tf, type Tensor, type Variable } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import type { ViewBatch } from '../learner.ts';
import { METHODS } from '../methods.ts';
import { contextOf, stepOf, tinyBatch, tinyLearner } from '../testing/drive.ts';
import { STEPS } from './trace.ts';

const steps = process.env.FOVEA_LONG === '1' ? STEPS : 2;
const AGREEMENT = 1e-5; // relative to the largest value of a tensor, or to 1
/**
 * Steps of a hundred whose new state may be further apart, the loss never: a ReLU's input, or a batch norm's deviation, that is zero but for
 * rounding sends a gradient to either side. CMC has one such step (a weight 2e-3 apart), MoCo v3's transformer two (3e-5).
 */
const BORDERLINE = Math.floor(steps / 50);

type Context = ReturnType<typeof contextOf>;

describe(`over ${steps} steps, each from the same state`, () => {
  it.each([...METHODS.values()])(
    '$name is the same compiled and op by op: loss, weights and all other state',
    (method) => {
      const learner = tinyLearner(method);
      const batches = [1, 2, 3, 4, 5].map((seed) => tinyBatch(method, seed));
      const take = (batch: ViewBatch, context: Context) => stepOf(learner, batch, context, 0.01).loss;
      const compiled = compile(take, { name: `${method.name} compiled` });
      const eager = compile(take, { name: `${method.name} op by op`, debug: true });
      const state = [...new Map([...learner.weights, ...learner.state])];
      const apart: string[] = [];
      for (let step = 0; step < steps; step++) {
        const run = (how: typeof compiled): Record<string, Float32Array> =>
          tf.tidy(() => {
            const loss: Tensor = how(batches[step % batches.length], contextOf(learner, step / STEPS, step));
            const values = state.map(([name, variable]) => [name, valuesOf(variable)] as const);
            return Object.fromEntries([['loss', valuesOf(loss)], ...values]);
          });
        const before = tf.tidy(() => state.map(([, variable]) => tf.keep(tf.clone(variable))));
        const expected = run(eager);
        state.forEach(([, variable], index) => variable.assign(before[index]));
        tf.dispose(before);
        const { loss, ...actual } = run(compiled);
        expect.soft(distance(loss, expected.loss), `the loss of step ${step}`).toBeLessThan(AGREEMENT);
        const far = Object.keys(actual).filter(
          (name) => !(distance(actual[name], expected[name]) < AGREEMENT),
        );
        if (far.length > 0) apart.push(`step ${step}: ${far.join()}`);
      }
      compiled.dispose();
      eager.dispose();
      learner.dispose();
      for (const { views, extras } of batches) tf.dispose([...views, ...Object.values(extras)]);
      expect(apart.length, apart.join('; ')).toBeLessThanOrEqual(BORDERLINE);
    },
    600_000,
  );
});

function valuesOf(tensor: Tensor | Variable): Float32Array {
  return Float32Array.from(tensor.dataSync());
}

function distance(values: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return values.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at])), 0) / scale;
}
