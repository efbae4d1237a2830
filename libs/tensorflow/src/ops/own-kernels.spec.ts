import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { key } from '@fovea/random';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { hasOwnKernels, nodeBackend } from '../backend.ts';
import { compile } from '../compile/compile.ts';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { gelu } from './gelu.ts';
import { layerNorm } from './layer-norm.ts';

const EPSILON = 1e-6;

/** The normal distribution function of a negative number in double precision: Simpson's rule over the density, relative to its value at x. */
function leftTail(x: number): number {
  const [steps, width] = [4000, 10];
  const h = width / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    const t = i * h;
    sum += weight * Math.exp(x * t - (t * t) / 2);
  }
  return ((h / 3) * sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function largest(difference: Tensor): number {
  return tf.max(tf.abs(difference)).dataSync()[0];
}

describe.runIf(hasOwnKernels())('kernels of our own', () => {
  it('GELU keeps seven digits, in the left tail too, and so does its gradient', () => {
    const points = Array.from({ length: 241 }, (_, i) => Math.fround(-6 + i / 20));
    const [x, y] = [tf.tensor1d(points), gelu(tf.tensor1d(points)).dataSync()];
    const slope = tf
      .grad((x) => tf.sum(gelu(x)))(x)
      .dataSync();
    points.forEach((v, i) => {
      const cdf = v <= 0 ? leftTail(v) : 1 - leftTail(-v);
      const density = Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI);
      expect(Math.abs(y[i] - v * cdf)).toBeLessThanOrEqual(2e-6 * Math.abs(v * cdf));
      expect(Math.abs(slope[i] - (cdf + v * density))).toBeLessThan(2e-7);
    });
  });

  it('GELU carries infinities and not-a-number through', () => {
    const values = gelu(tf.tensor1d([Infinity, NaN, -200, 200])).dataSync();
    expect(values[0]).toBe(Infinity);
    expect(values[1]).toBeNaN();
    expect([values[2] + 0, values[3]]).toEqual([0, 200]);
  });

  it.each([
    [3000, 65],
    [700, 192],
    [1, 7],
    [0, 4],
  ])('layer norm of [%i, %i] and its gradients are those of elementary ops', (rows, size) => {
    const x = randomNormal(key(1), [rows, size], 2, 1.5);
    const [gamma, beta] = [randomNormal(key(2), [size], 1, 0.3), randomNormal(key(3), [size])];
    const dy = randomNormal(key(4), [rows, size]);
    const composite = (x: Tensor, gamma: Tensor, beta: Tensor) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, EPSILON))), gamma), beta);
    };
    if (rows > 0)
      expect(largest(tf.sub(layerNorm(x, gamma, beta), composite(x, gamma, beta)))).toBeLessThan(5e-6);
    const gradients = (op: typeof composite) =>
      tf.grads((x, gamma, beta) => tf.sum(tf.mul(dy, op(x, gamma, beta))))([x, gamma, beta]);
    const expected = gradients(composite);
    gradients(layerNorm).forEach((gradient, index) => {
      expect(gradient.shape).toEqual(expected[index].shape);
      if (gradient.size === 0) return;
      expect(largest(tf.sub(gradient, expected[index])) / Math.max(1, largest(expected[index]))).toBeLessThan(
        2e-5,
      );
    });
  });

  it('layer norm has the gradients of its gradients that elementary ops have, to all that it takes', () => {
    const [rows, size] = [6, 10];
    const inputs = [
      randomNormal(key(6), [rows, size], 1, 2),
      randomNormal(key(7), [size], 1, 0.3),
      randomNormal(key(8), [size]),
    ];
    const elementary = (x: Tensor, gamma: Tensor, beta: Tensor) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON))), gamma), beta);
    };
    const twice = (op: typeof elementary) => {
      const cubes = (x: Tensor, gamma: Tensor, beta: Tensor) => tf.sum(tf.pow(op(x, gamma, beta), 3));
      const squares = (x: Tensor, gamma: Tensor, beta: Tensor) =>
        tf.addN(
          tf
            .grads(cubes as (...xs: Tensor[]) => Tensor)([x, gamma, beta])
            .map((g) => tf.sum(tf.square(g))),
        );
      return tf.grads(squares as (...xs: Tensor[]) => Tensor)(inputs);
    };
    const expected = twice(elementary);
    twice(layerNorm).forEach((gradient, index) => {
      expect(largest(tf.sub(gradient, expected[index])) / largest(expected[index])).toBeLessThan(2e-5);
    });
  });

  it('give a compiled step what they give op by op, and leave its inputs as they were', () => {
    const x = randomNormal(key(5), [300, 96]);
    const before = x.dataSync().slice();
    const [gamma, beta] = [tf.ones([96]), tf.zeros([96])];
    const slopes = (x: Tensor) =>
      tf.grads((x: Tensor, gamma: Tensor) => tf.sum(tf.square(gelu(layerNorm(x, gamma, beta)))))([x, gamma]);
    const step = compile(slopes as (x: never) => Tensor[]);
    const eager = slopes(x);
    for (let run = 0; run < 3; run++) {
      step(x as never).forEach((gradient, index) => {
        expect(largest(tf.sub(gradient, eager[index]))).toBeLessThan(1e-4);
      });
    }
    expect(x.dataSync()).toEqual(before);
    step.dispose();
  });

  it('give the same bits with one thread and with three', () => {
    const script = `
      import { tf, gelu, layerNorm, randomNormal } from '../index.ts';
      import { key } from '@fovea/random';
      import { createHash } from 'node:crypto';
      const x = randomNormal(key(1), [5000, 64]);
      const [dx, dgamma] = tf.grads((x, gamma) => tf.sum(tf.square(gelu(layerNorm(x, gamma, tf.zeros([64]))))))([x, tf.ones([64])]);
      const hash = createHash('sha256');
      for (const kernel of [gelu(x), layerNorm(x, tf.ones([64]), tf.zeros([64]))]) hash.update(kernel.dataSync());
      console.log(hash.digest('hex'), dx.shape.join(), dgamma.shape.join());`;
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const bits = ['1', '3'].map((threads) =>
      execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, FOVEA_THREADS: threads },
      }),
    );
    expect(bits[0]).toMatch(/^[0-9a-f]{64} 5000,64 64$/m);
    expect(bits[1]).toBe(bits[0]);
  }, 60_000);

  it('refuse shapes that do not fit, by name', () => {
    const backend = nodeBackend();
    expect(() => backend.executeSingleOutput('FoveaGeluGrad', [], [tf.zeros([2]), tf.zeros([3])])).toThrow(
      'FoveaGeluGrad: dy and x differ in shape',
    );
    const epsilon = { name: 'epsilon', type: backend.binding.TF_ATTR_FLOAT, value: EPSILON };
    expect(() =>
      backend.executeSingleOutput(
        'FoveaLayerNorm',
        [epsilon],
        [tf.zeros([2, 3]), tf.ones([2]), tf.zeros([3])],
      ),
    ).toThrow("must have the last axis' size");
  });
});
