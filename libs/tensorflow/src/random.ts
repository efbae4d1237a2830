import type { Tensor } from '@tensorflow/tfjs';
import { normalArray, truncatedNormalArray, uniformArray, type Key } from '@fovea/random';
import { tf } from './tf.ts';

/** Tensor of uniform numbers in [low, high), a pure function of the key. */
export function randomUniform(key: Key, shape: number[], low = 0, high = 1): Tensor {
  return tf.tensor(uniformArray(key, size(shape), low, high), shape);
}

/** Tensor of normal numbers, a pure function of the key. */
export function randomNormal(key: Key, shape: number[], mean = 0, standardDeviation = 1): Tensor {
  return tf.tensor(normalArray(key, size(shape), mean, standardDeviation), shape);
}

/** Tensor of normal numbers within two standard deviations of the mean, a pure function of the key. */
export function truncatedNormal(key: Key, shape: number[], mean = 0, standardDeviation = 1): Tensor {
  return tf.tensor(truncatedNormalArray(key, size(shape), mean, standardDeviation), shape);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
