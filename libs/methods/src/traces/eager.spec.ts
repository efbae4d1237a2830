import { compile, tf, type Tensor, type Variable } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import type { ViewBatch } from '../learner.ts';
import { METHODS } from '../methods.ts';
import { contextOf, stepOf, tinyBatch, tinyLearner } from '../testing/drive.ts';
import { STEPS } from './trace.ts';

const steps = process.env.FOVEA_LONG === '1' ? STEPS : 2;
const AGREEMENT = 1e-5; // relative to the largest value of a tensor, or to 1

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
      let worst = { error: 0, of: '', step: 0 };
      for (let step = 0; step < steps; step++) {
        const run = (how: typeof compiled): Record<string, Float32Array> =>
          tf.tidy(() => {
            const loss: Tensor = how(batches[step % batches.length], contextOf(learner, step / STEPS, step));
            const values = state.map(([name, variable]) => [name, valuesOf(variable)] as const);
            return Object.fromEntries([['the loss', valuesOf(loss)], ...values]);
          });
        const before = tf.tidy(() => state.map(([, variable]) => tf.keep(tf.clone(variable))));
        const expected = run(eager);
        state.forEach(([, variable], index) => variable.assign(before[index]));
        tf.dispose(before);
        for (const [of, values] of Object.entries(run(compiled))) {
          const error = distance(values, expected[of]);
          if (!(error <= worst.error)) worst = { error, of, step };
        }
      }
      compiled.dispose();
      eager.dispose();
      learner.dispose();
      for (const { views, extras } of batches) tf.dispose([...views, ...Object.values(extras)]);
      expect(worst.error, `${worst.of} after step ${worst.step}`).toBeLessThan(AGREEMENT);
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
