import { key } from '@fovea/random';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { cosineSimilarity } from './cosine-similarity.ts';
import { gelu } from './gelu.ts';
import { gradientError, type Doubles } from './gradient-check.ts';
import { l2Normalize } from './l2-normalize.ts';
import { layerNorm } from './layer-norm.ts';
import { logSoftmax } from './log-softmax.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

const [N, D] = [3, 5];
const x = randomNormal(key(1), [N, D], 0, 1.5);
const weights = randomNormal(key(2), [N, D]);
const labels = tf.softmax(randomNormal(key(3), [N, D]));
const gamma = randomNormal(key(4), [D], 1, 0.3);
const beta = randomNormal(key(5), [D]);

const weighted =
  (op: (...xs: Tensor[]) => Tensor) =>
  (...xs: Tensor[]) =>
    tf.sum(tf.mul(op(...xs), weights));
const rowsOf = (values: Doubles) =>
  Array.from({ length: N }, (_, row) => values.slice(row * D, (row + 1) * D));
/** sum(weights * y) where `rule` gives one row of y. */
const reference =
  (rule: (row: Doubles, ...more: Doubles[]) => Doubles) =>
  (values: Doubles, ...more: Doubles[]) =>
    rowsOf(values)
      .flatMap((row) => [...rule(row, ...more)])
      .reduce((sum, value, index) => sum + value * weights.dataSync()[index], 0);

const mean = (row: Doubles) => row.reduce((a, b) => a + b, 0) / row.length;
const norm = (row: Doubles) => Math.hypot(...row);
const logSumExp = (row: Doubles) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));

/** erf by its Taylor series, good to 1e-15 for small arguments. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe('gradients are those of the double-precision forms', () => {
  const bound = 3e-6;

  it('gelu, exact and approximate', () => {
    const exact = reference((row) => row.map((v) => 0.5 * v * (1 + erf(v / Math.SQRT2))));
    expect(
      gradientError(
        weighted((x) => gelu(x)),
        exact,
        [x],
      ),
    ).toBeLessThan(bound);
    const tanh = reference((row) =>
      row.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
    );
    expect(
      gradientError(
        weighted((x) => gelu(x, { approximate: 'tanh' })),
        tanh,
        [x],
      ),
    ).toBeLessThan(bound);
  });

  it('l2Normalize', () => {
    const rule = reference((row) => row.map((v) => v / norm(row)));
    expect(
      gradientError(
        weighted((x) => l2Normalize(x)),
        rule,
        [x],
      ),
    ).toBeLessThan(bound);
  });

  it('layerNorm, to all three arguments', () => {
    const rule = reference((row, gamma, beta) => {
      const centre = mean(row);
      const scale = 1 / Math.sqrt(mean(row.map((v) => (v - centre) ** 2)) + 1e-6);
      return row.map((v, index) => (v - centre) * scale * gamma[index] + beta[index]);
    });
    const op = weighted((x, gamma, beta) => layerNorm(x, gamma, beta));
    expect(gradientError(op, rule, [x, gamma, beta])).toBeLessThan(bound);
  });

  it('logSoftmax', () => {
    const rule = reference((row) => row.map((v) => v - logSumExp(row)));
    expect(gradientError(weighted(logSoftmax), rule, [x])).toBeLessThan(bound);
  });

  it('softmaxCrossEntropy, to logits and labels', () => {
    const rule = (logits: Doubles, labels: Doubles) =>
      rowsOf(logits).reduce(
        (sum, row, n) =>
          sum -
          (n + 1) * row.reduce((part, v, index) => part + labels[n * D + index] * (v - logSumExp(row)), 0),
        0,
      );
    const op = (logits: Tensor, labels: Tensor) =>
      tf.sum(tf.mul(softmaxCrossEntropy(logits, labels), tf.tensor1d([1, 2, 3])));
    expect(gradientError(op, rule, [x, labels])).toBeLessThan(bound);
  });
});

describe('second-order gradients are those of the composite ops', () => {
  const composite: Record<string, [(x: Tensor) => Tensor, (x: Tensor) => Tensor]> = {
    gelu: [gelu, (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))],
    logSoftmax: [logSoftmax, (x) => tf.sub(x, tf.logSumExp(x, -1, true))],
    layerNorm: [
      (x) => layerNorm(x, tf.ones([D]), tf.zeros([D])),
      (x) => {
        const { mean, variance } = tf.moments(x, -1, true);
        return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6)));
      },
    ],
    softmaxCrossEntropy: [
      (x) => softmaxCrossEntropy(x, labels),
      (x) => tf.neg(tf.sum(tf.mul(labels, tf.sub(x, tf.logSumExp(x, -1, true))), 1)),
    ],
  };

  it.each(Object.keys(composite))('%s', (name) => {
    const cubes = (op: (x: Tensor) => Tensor) => (x: Tensor) => tf.sum(tf.mul(tf.square(op(x)), op(x)));
    const [actual, expected] = composite[name].map((op) =>
      tf.grad((x) => tf.sum(tf.mul(tf.square(tf.grad(cubes(op))(x)), weights)))(x),
    );
    const scale = tf.max(tf.abs(expected)).dataSync()[0];
    expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] / scale).toBeLessThan(2e-5);
  });
});

it('stays finite on extreme inputs', () => {
  const large = tf.tensor2d([[1e4, -1e4, 0]]);
  expect([...logSoftmax(large).dataSync()]).toEqual([0, -2e4, -1e4]);
  expect(softmaxCrossEntropy(large, tf.tensor2d([[0, 1, 0]])).dataSync()[0]).toBe(2e4);
  expect([...l2Normalize(tf.zeros([1, 3])).dataSync()]).toEqual([0, 0, 0]);
  expect(cosineSimilarity(tf.zeros([3]), tf.ones([3])).dataSync()[0]).toBe(0);
  expect([...gelu(tf.tensor1d([-50, 50])).dataSync()].map((value) => value + 0)).toEqual([0, 50]);
  expect([...layerNorm(tf.fill([1, 3], 7), tf.ones([3]), tf.zeros([3])).dataSync()]).toEqual([0, 0, 0]);
});

it('says what is wrong', () => {
  expect(() => layerNorm(x, tf.ones([2]), beta)).toThrow('gamma must have shape [5], got [2]');
  expect(() => gelu(x, { approximate: 'erf' as 'none' })).toThrow('got "erf"');
  expect(() => softmaxCrossEntropy(x, tf.ones([3, 4]))).toThrow('labels_NK');
});

it('leaks no tensors', () => {
  const before = tf.memory().numTensors;
  for (const op of [gelu, l2Normalize, logSoftmax, (x: Tensor) => layerNorm(x, gamma, beta)]) {
    op(x).dispose();
    tf.tidy(() => void tf.grad((x) => tf.sum(op(x)))(x));
  }
  expect(tf.memory().numTensors).toBe(before);
});
