import { tf, type Scalar, type Tensor, type Variable } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { adamW } from './adam-w.ts';
import { clipGradNorm } from './clip-grad-norm.ts';
import { lars } from './lars.ts';
import { sgd } from './sgd.ts';

const matrix = (value: number) => tf.variable(tf.fill([1, 2], value));
const named = <T extends Tensor>(w: T): Map<string, T> => new Map([['w', w]]);
const first = (variable: Tensor) => variable.dataSync()[0];

describe('sgd', () => {
  it('takes one plain step', () => {
    const w = matrix(1);
    sgd().step(named(tf.fill([1, 2], 0.5)), named(w), tf.scalar(0.1));
    expect(first(w)).toBeCloseTo(0.95, 6);
  });

  it('sums momentum over steps: 0.1, then 0.1 * 1.9 of a constant gradient', () => {
    const [w, rule] = [matrix(0), sgd({ momentum: 0.9 })];
    for (let i = 0; i < 2; i++) rule.step(named(tf.ones([1, 2])), named(w), tf.scalar(0.1));
    expect(first(w)).toBeCloseTo(-0.29, 6);
    expect([...rule.state.keys()]).toEqual(['momentum/w']);
  });

  it('decays matrices and leaves vectors alone, unless told otherwise', () => {
    const [w, b] = [matrix(1), tf.variable(tf.ones([2]))];
    const weights = new Map([
      ['w', w],
      ['b', b],
    ]);
    const zeros = new Map<string, Tensor>([
      ['w', tf.zeros([1, 2])],
      ['b', tf.zeros([2])],
    ]);
    sgd({ weightDecay: 0.5 }).step(zeros, weights, tf.scalar(1));
    expect([first(w), first(b)]).toEqual([0.5, 1]);
    sgd({ weightDecay: 0.5, decays: (name) => name === 'b' }).step(zeros, weights, tf.scalar(1));
    expect([first(w), first(b)]).toEqual([0.5, 0.5]);
  });

  it('freezes a weight whose rate is scaled by 0', () => {
    const w = matrix(1);
    sgd({ rateScale: () => 0 }).step(named(tf.ones([1, 2])), named(w), tf.scalar(1));
    expect(first(w)).toBe(1);
  });

  it('says what is wrong', () => {
    expect(() => sgd({ momentum: 1 })).toThrow('momentum must lie in [0, 1), got 1');
    expect(() => sgd({ nesterov: true })).toThrow('momentum above 0');
    expect(() => sgd({ lr: 1 } as object)).toThrow('no option "lr"');
    const rule = sgd();
    expect(() => rule.step(new Map(), named(matrix(1)), tf.scalar(1))).toThrow('no gradient for weight "w"');
    expect(() => rule.step(named(tf.scalar(1)), new Map(), tf.scalar(1))).toThrow('"w" has no weight');
  });
});

it('adamW moves by the learning rate at the first step, whatever the size of the gradient', () => {
  for (const size of [1e-4, 1e4]) {
    const w = matrix(1);
    adamW({ weightDecay: 0 }).step(named(tf.fill([1, 2], size)), named(w), tf.scalar(0.1));
    expect(first(w)).toBeCloseTo(0.9, 4);
  }
});

it('lars moves a matrix by eta times its norm, and a zero matrix as plain descent would', () => {
  const w = matrix(3);
  lars({ eta: 0.01, momentum: 0 }).step(named(tf.fill([1, 2], 1e3)), named(w), tf.scalar(1));
  expect(first(w)).toBeCloseTo(2.97, 5);
  for (const variant of ['barlow', 'solo', 'lightly'] as const) {
    const zero = matrix(0);
    lars({ variant, momentum: 0, weightDecay: 1e-6 }).step(named(tf.ones([1, 2])), named(zero), tf.scalar(1));
    expect(first(zero)).toBe(-1);
  }
});

it('lars stays finite at a learning rate of 0', () => {
  const w = matrix(1);
  lars({ variant: 'solo', clip: true }).step(named(tf.ones([1, 2])), named(w), tf.scalar(0));
  expect(first(w)).toBe(1);
});

it('clipGradNorm leaves short gradients alone and shortens long ones to the limit', () => {
  const short = clipGradNorm(named(tf.tensor1d([0.3, 0.4])), 1);
  expect([...(short.gradients.get('w')?.dataSync() ?? [])]).toEqual([...tf.tensor1d([0.3, 0.4]).dataSync()]);
  const long = clipGradNorm(named(tf.tensor1d([30, 40])), 1);
  expect(first(tf.norm(long.gradients.get('w') ?? tf.scalar(0)))).toBeCloseTo(1, 5);
  expect(() => clipGradNorm(new Map(), 0)).toThrow('maxNorm must be > 0');
});

it('leaks no tensors beside the slots, and frees those', () => {
  for (const make of [() => sgd({ momentum: 0.9, nesterov: true }), adamW, lars]) {
    const [w, gradient, rate]: [Variable, Tensor, Scalar] = [matrix(1), tf.ones([1, 2]), tf.scalar(0.1)];
    const before = tf.memory().numTensors;
    const rule = make();
    rule.step(named(gradient), named(w), rate);
    const slots = rule.state.size;
    rule.step(named(gradient), named(w), rate);
    expect(tf.memory().numTensors - before).toBe(slots);
    rule.dispose();
    expect(tf.memory().numTensors - before).toBe(0);
  }
});
