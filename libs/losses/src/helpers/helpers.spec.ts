import { describe, expect, it } from 'vitest';

import { tf, type Tensor2D } from '@fovea/tensorflow';
import { expectGradient, expectNoLeak, numbers, value } from '../testing/check.ts';
import { waves } from '../testing/waves.ts';
import { logNormalizeAll, logNormalizeColumns, logNormalizeRows } from './log-normalize.ts';
import { maskedLogSoftmax } from './masked-log-softmax.ts';
import { resolveOptions } from './options.ts';
import { standardizeColumns } from './standardize-columns.ts';
import { stopGradient } from './stop-gradient.ts';

describe('stopGradient', () => {
  it('keeps the values, cuts the gradient and copies nothing', () => {
    const x = tf.tensor1d([2, 3]);
    const before = tf.memory();
    const same = stopGradient(x);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    x.dispose();
    expect(numbers(same)).toEqual([2, 3]);
    expect(tf.memory().numTensors).toBe(before.numTensors - 1);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers - 1);
    const gradient = tf.grad((y) => tf.sum(tf.mul(y, stopGradient(y))));
    expect(numbers(gradient(tf.tensor1d([2, 3])))).toEqual([2, 3]);
  });

  it('leaves no tensor behind', () => {
    expectNoLeak((y) => tf.tidy(() => tf.sum(tf.mul(y, stopGradient(y)))), waves([2, 3]));
  });
});

describe('maskedLogSoftmax', () => {
  const excluded = tf.tensor2d([0, 1, 0, 0, 0, 1], [2, 3], 'bool');

  it('is the log-softmax of the kept entries, 0 elsewhere, at any scale', () => {
    const y = numbers(maskedLogSoftmax(tf.tensor2d([[1e4, 1e9, 1e4], [-3e4, -3e4, 5]]), excluded)); // prettier-ignore
    [-Math.LN2, 0, -Math.LN2, -Math.LN2, -Math.LN2, 0].forEach((expected, i) =>
      expect(y[i]).toBeCloseTo(expected, 5),
    );
  });

  it('passes no gradient to excluded entries', () => {
    const gradient = numbers(tf.grad((x) => tf.sum(tf.square(maskedLogSoftmax(x, excluded))))(waves([2, 3])));
    expect([gradient[1], gradient[5]]).toEqual([0, 0]);
    expectGradient((x) => tf.sum(tf.square(maskedLogSoftmax(x, excluded))), waves([2, 3]));
  });
});

describe('logNormalize…', () => {
  it('makes exponentials sum to 1 over rows, columns or all, with probabilities of 0', () => {
    const x = tf.tensor2d([[0, -Infinity], [1000, 3]]); // prettier-ignore
    for (const sum of numbers(tf.sum(tf.exp(logNormalizeColumns(x)), 0))) expect(sum).toBeCloseTo(1, 6);
    for (const sum of numbers(tf.sum(tf.exp(logNormalizeRows(x)), 1))) expect(sum).toBeCloseTo(1, 6);
    expect(value(tf.sum(tf.exp(logNormalizeAll(x))))).toBeCloseTo(1, 6);
  });
});

describe('standardizeColumns', () => {
  it('gives columns of mean 0 and variance 1', () => {
    const y = standardizeColumns(tf.mul(waves([8, 3]), 20) as Tensor2D);
    for (const mean of numbers(tf.mean(y, 0))) expect(mean).toBeCloseTo(0, 5);
    for (const variance of numbers(tf.mean(tf.square(y), 0))) expect(variance).toBeCloseTo(1, 4);
  });
});

describe('resolveOptions', () => {
  it('fills in defaults, also for undefined, and refuses unknown names', () => {
    expect(resolveOptions('f', { a: 2, b: undefined }, { a: 1, b: 5 })).toEqual({ a: 2, b: 5 });
    expect(() => resolveOptions('f', { c: 1 }, { a: 1, b: 5 })).toThrow(
      "f: unknown option 'c'; options are a, b.",
    );
  });
});
