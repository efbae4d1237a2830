import { fold, key } from '@fovea/random';
import type { Tensor } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { compile } from '../compile/compile.ts';
import { randomNormal, randomUniform } from '../random.ts';
import { tf } from '../tf.ts';
import { keyedNormal, keyedUniform, keyTensor } from './keyed-random.ts';

const values = (tensor: Tensor) => [...tensor.dataSync()];
const keys = [key(0), key(2 ** 40 + 7), fold(key(3), 'crop'), fold(key(1), 12)];

it('keyedUniform has the bits of randomUniform', () => {
  for (const one of keys) {
    expect(values(keyedUniform(keyTensor(one), [3, 5]))).toEqual(values(randomUniform(one, [3, 5])));
    expect(values(keyedUniform(keyTensor(one), [101], 0.08, 0.93))).toEqual(
      values(randomUniform(one, [101], 0.08, 0.93)),
    );
  }
});

it('keyedNormal equals randomNormal to the last bits', () => {
  for (const one of keys) {
    const expected = values(randomNormal(one, [1000], 1, 2));
    values(keyedNormal(keyTensor(one), [1000], 1, 2)).forEach((value, index) =>
      expect(Math.abs(value - expected[index])).toBeLessThanOrEqual(
        3e-7 * Math.max(1, Math.abs(expected[index])),
      ),
    );
  }
});

it('a compiled step draws anew for every key that it is given', () => {
  const step = compile((key_2: Tensor) => keyedUniform(key_2, [4]));
  for (const one of keys) expect(values(step(keyTensor(one)))).toEqual(values(randomUniform(one, [4])));
  expect(step.traces).toBe(hasNativeOps() ? 1 : 0);
  step.dispose();
});

it('refuses a key of another shape', () => {
  expect(() => keyedUniform(tf.tensor1d([1, 2, 3], 'int32'), [2])).toThrow('keyedUniform: key_2');
});

it.runIf(hasNativeOps())('leaks nothing', () => {
  const one = keyTensor(key(5));
  one.dataSync();
  keyedNormal(one, [7]).dispose();
  const count = () => [tf.memory().numTensors, nodeBackend().binding.getNumOfTensors()];
  const before = count();
  keyedNormal(one, [7]).dispose();
  keyedUniform(one, [7]).dispose();
  expect(count()).toEqual(before);
});
