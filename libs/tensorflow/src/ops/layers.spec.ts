import { fold, key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { hasNativeOps } from '../backend.ts';
import { compile } from '../compile/compile.ts';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { biasActivation } from './bias-activation.ts';
import { cropAndResize } from './crop-and-resize.ts';
import { gradientError, type Doubles } from './gradient-check.ts';
import { depthwiseConv, paddedConv } from './padded-conv.ts';
import { recompute } from './recompute.ts';

vi.setConfig({ testTimeout: 60_000 }); // a loaded machine

const [H, W, C, O] = [5, 4, 2, 3];
const x = randomNormal(key(1), [1, H, W, C]);
const w = randomNormal(key(2), [3, 3, C, O]);
const values = (tensor: Tensor) => [...tensor.dataSync()];

/** Sum of cos of the outputs, in plain numbers; `outputs` channels in all, each of `inputs(o)` input channels. */
function reference(map: Doubles, filter: Doubles, stride: number, isDepthwise: boolean): number {
  const [oh, ow] = [Math.floor((H - 1) / stride) + 1, Math.floor((W - 1) / stride) + 1];
  let sum = 0;
  for (let i = 0; i < oh; i++) {
    for (let j = 0; j < ow; j++) {
      const out = new Float64Array(isDepthwise ? C * O : O);
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          const [y, z] = [stride * i + a - 1, stride * j + b - 1];
          if (y < 0 || z < 0 || y >= H || z >= W) continue;
          for (let c = 0; c < C; c++) {
            for (let o = 0; o < O; o++) {
              const product = map[(y * W + z) * C + c] * filter[((a * 3 + b) * C + c) * O + o];
              out[isDepthwise ? c * O + o : o] += product;
            }
          }
        }
      }
      for (const value of out) sum += Math.cos(value);
    }
  }
  return sum;
}

const kinds = [
  ['paddedConv', paddedConv, false],
  ['depthwiseConv', depthwiseConv, true],
] as const;
describe.each(kinds)('%s', (_, convolve, isDepthwise) => {
  it.each([1, 2])('is what its definition says, with its gradients, at stride %i', (stride) => {
    const op = (x: Tensor, w: Tensor) => tf.sum(tf.cos(convolve(x, w, { stride })));
    const plain = (map: Doubles, filter: Doubles) => reference(map, filter, stride, isDepthwise);
    const expected = plain(Float64Array.from(values(x)), Float64Array.from(values(w)));
    expect(op(x, w).dataSync()[0]).toBeCloseTo(expected, 4);
    expect(gradientError(op, plain, [x, w])).toBeLessThan(1e-5);
  });

  it.runIf(hasNativeOps()).each([1, 2])('has gradients of its gradients at stride %i', (stride) => {
    // The gradient of |grad_x f|^2 / 2 against central differences of the first gradient along one direction.
    const first = (x: Tensor, w: Tensor) => tf.grad((x) => tf.sum(tf.square(convolve(x, w, { stride }))))(x);
    const half = (x: Tensor, w: Tensor) => tf.mul(tf.sum(tf.square(first(x, w))), 0.5) as Scalar;
    const [gx, gw] = tf.grads(half)([x, w]);
    const h = 1e-2;
    for (const [at, gradient] of [gx, gw].entries()) {
      const direction = randomNormal(fold(key(3), at), gradient.shape);
      const along = (step: number) => {
        const moved = [x, w].map((one, index) => (index === at ? tf.add(one, tf.mul(direction, step)) : one));
        return half(moved[0], moved[1]).dataSync()[0];
      };
      const slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
      const actual = tf.sum(tf.mul(gradient, direction)).dataSync()[0];
      expect(Math.abs(actual - slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
    }
  });

  it('gives compiled what it gives eagerly, gradients too', () => {
    const step = compile((x: Tensor4D, w: Tensor4D) =>
      tf.grads((x, w) => tf.sum(tf.square(convolve(x, w, { stride: 2 }))))([x, w]),
    );
    const eager = tf.grads((x, w) => tf.sum(tf.square(convolve(x, w, { stride: 2 }))))([x, w]);
    step(x as Tensor4D, w as Tensor4D).forEach((gradient, index) => {
      values(gradient).forEach((value, at) => {
        expect(value).toBeCloseTo(values(eager[index])[at], 3);
      });
    });
    step.dispose();
  });

  it('refuses strides, paddings, shapes and options that are none', () => {
    expect(() => convolve(x, w, { stride: 0 })).toThrow('stride must be a positive integer, got 0');
    expect(() => convolve(x, w, { padding: -1 })).toThrow('padding must be an integer >= 0, got -1');
    expect(() => convolve(x, tf.ones([3, 3, 5, 1]))).toThrow(isDepthwise ? 'w_KKCM' : 'w_KKIO');
    expect(() => convolve(x, w, { pad: 1 } as object)).toThrow('no option "pad"');
  });
});

it('paddedConv equals a convolution of the padded map, as stock tfjs has it', () => {
  const border: [number, number] = [1, 1];
  const padded = tf.pad(x, [[0, 0], border, border, [0, 0]]) as Tensor4D;
  const expected = values(tf.conv2d(padded, w as Tensor4D, 2, 'valid'));
  values(paddedConv(x, w, { stride: 2 })).forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at], 4);
  });
});

describe('biasActivation', () => {
  const map = randomNormal(key(4), [2, 3, 4]);
  const bias = randomNormal(key(5), [4]);
  it.each(['none', 'relu', 'gelu'] as const)(
    'adds over the last axis, with %s, and has gradients',
    (activation) => {
      const sum = tf.add(map, bias);
      const f = {
        none: (y: Tensor) => y,
        relu: (y: Tensor) => tf.relu(y),
        gelu: (y: Tensor) => tf.mul(tf.mul(y, 0.5), tf.add(1, tf.erf(tf.div(y, Math.SQRT2)))),
      };
      const expected = values(f[activation](sum));
      values(biasActivation(map, bias, activation)).forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at], 5);
      });
      const [gx, gb] = tf.grads((x: Tensor, b: Tensor) =>
        tf.sum(tf.square(biasActivation(x, b, activation))),
      )([map, bias]);
      const [ex, eb] = tf.grads((x: Tensor, b: Tensor) => tf.sum(tf.square(f[activation](tf.add(x, b)))))([
        map,
        bias,
      ]);
      expect(tf.max(tf.abs(tf.sub(gx, ex))).dataSync()[0]).toBeLessThan(1e-4);
      expect(tf.max(tf.abs(tf.sub(gb, eb))).dataSync()[0]).toBeLessThan(1e-4);
    },
  );
  it('has a gradient of its gradient: 2 n of the sum of squares over n rows', () => {
    const slope = tf.grad((b: Tensor) => tf.sum(tf.square(biasActivation(map, b))));
    const twice = tf.grad((b: Tensor) => tf.sum(slope(b)));
    for (const value of values(twice(bias))) expect(value).toBeCloseTo(2 * 6, 4);
  });
  it('refuses vectors, other biases and other activations', () => {
    expect(() => biasActivation(bias, bias)).toThrow('two axes or more, got shape [4]');
    expect(() => biasActivation(map, tf.ones([3]))).toThrow('bias_C');
    expect(() => biasActivation(map, bias, 'tanh' as 'relu')).toThrow('got "tanh"');
  });
});

describe('recompute', () => {
  const part = ([x, w]: Tensor[]) => tf.tanh(tf.mul(tf.exp(tf.mul(x, w)), w));
  const loss = (wrap: boolean) => (x: Tensor, w: Tensor) => {
    let y = x;
    for (let i = 0; i < 3; i++) y = wrap ? recompute(part, [y, w]) : part([y, w]);
    return tf.sum(tf.square(y));
  };
  const inputs = [tf.tensor1d([0.1, -0.4, 0.3]), tf.tensor1d([0.7, 0.2, -0.5])];
  it('has the value and the gradients of the function, op by op and compiled', () => {
    const expected = tf.grads(loss(false))(inputs);
    const actual = tf.grads(loss(true))(inputs);
    const step = compile((x: Tensor1D, w: Tensor1D) => tf.grads(loss(true))([x, w]));
    const compiled = step(inputs[0] as Tensor1D, inputs[1] as Tensor1D);
    expect(loss(true)(inputs[0], inputs[1]).dataSync()).toEqual(loss(false)(inputs[0], inputs[1]).dataSync());
    expected.forEach((gradient, index) => {
      values(gradient).forEach((value, at) => {
        expect(values(actual[index])[at]).toBeCloseTo(value, 6);
        expect(values(compiled[index])[at]).toBeCloseTo(value, 6);
      });
    });
    step.dispose();
  });
  it('keeps fewer tensors while the gradient waits, and none afterwards', () => {
    const before = tf.memory().numTensors;
    const held = (wrap: boolean) => {
      let most = 0;
      tf.tidy(() => {
        tf.grads((x: Tensor, w: Tensor) => {
          const value = loss(wrap)(x, w);
          most = tf.memory().numTensors;
          return value;
        })(inputs);
      });
      return most - before;
    };
    expect(held(true)).toBeLessThan(held(false));
    expect(tf.memory().numTensors).toBe(before);
  });
});

it.runIf(hasNativeOps())('cropAndResize has a gradient of its gradient to images', () => {
  const image = randomNormal(key(6), [1, 5, 5, 1]);
  const boxes = tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]);
  const zero = tf.tensor1d([0], 'int32');
  const slope = (x: Tensor) => tf.grad((x) => tf.sum(tf.square(cropAndResize(x, boxes, zero, [3, 3]))))(x);
  // f is quadratic: grad f = A x with A symmetric, so the gradient of |A x|^2 / 2 is A A x.
  const actual = tf.grad((x) => tf.mul(tf.sum(tf.square(slope(x))), 0.5))(image);
  expect(tf.max(tf.abs(tf.sub(actual, slope(slope(image))))).dataSync()[0]).toBeLessThan(1e-4);
});
