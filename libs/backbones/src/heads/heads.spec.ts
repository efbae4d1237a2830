import { key } from '@fovea/random';
import { l2Normalize, randomNormal, tf, type Tensor2D } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { dinoHead } from './dino-head.ts';
import { mlpHead } from './mlp-head.ts';
import { prototypes } from './prototypes.ts';

const x = randomNormal(key(1), [5, 6]) as Tensor2D;

describe('mlpHead', () => {
  const options = { inputs: 6, hidden: [8], outputs: 4, hiddenNorm: true, outputNorm: 'none' } as const;

  it('leaves the last bias out on request', () => {
    const head = mlpHead({ ...options, outputBias: false }, key(0));
    expect([...head.parameters.weights.keys()]).toEqual(['0.weight', '1.weight', '1.bias', '3.weight']);
    head.parameters.dispose();
  });
  it('draws truncated normals of deviation 0.02 and zero biases on request', () => {
    const head = mlpHead({ ...options, hidden: [64], initial: 'truncated-normal', outputs: 64 }, key(0));
    const weight = [...(head.parameters.weights.get('3.weight')?.dataSync() ?? [])];
    expect(Math.max(...weight.map(Math.abs))).toBeLessThanOrEqual(0.0401);
    expect(Math.hypot(...weight) / 64).toBeGreaterThan(0.015);
    expect([...(head.parameters.weights.get('3.bias')?.dataSync() ?? [1])].every((bias) => bias === 0)).toBe(
      true,
    );
    head.parameters.dispose();
  });
  it('is linear between a GELU', () => {
    const head = mlpHead({ ...options, hiddenNorm: false, activation: 'gelu' }, key(0));
    const [w0, b0, w1, b1] = [...head.parameters.weights.values()] as unknown as Tensor2D[];
    const hidden = tf.add(tf.matMul(x, w0), b0);
    const gelu = tf.mul(tf.mul(hidden, 0.5), tf.add(1, tf.erf(tf.div(hidden, Math.SQRT2))));
    const expected = tf.add(tf.matMul(gelu as Tensor2D, w1), b1).dataSync();
    head
      .forward(x, 'eval')
      .dataSync()
      .forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at], 5);
      });
    head.parameters.dispose();
  });
});

describe('dinoHead', () => {
  const make = () =>
    dinoHead({ inputs: 6, hidden: [8, 8], bottleneck: 4, prototypes: 7, hiddenNorm: false }, key(0));

  it('gives cosines of a unit vector and unit columns', () => {
    const head = make();
    const [y] = [head.forward(x, 'eval')];
    expect(y.shape).toEqual([5, 7]);
    for (const value of y.dataSync()) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-6);
    const last = head.parameters.weights.get('last.weight');
    const before = y.dataSync();
    last?.assign(tf.mul(last, 3)); // the gain is frozen
    head
      .forward(x, 'eval')
      .dataSync()
      .forEach((value, at) => {
        expect(value).toBeCloseTo(before[at], 5);
      });
    head.parameters.dispose();
  });
  it('keeps gradients from the last layer where it is told to, and from nothing else', () => {
    const head = make();
    const gradient = (trained: number) => {
      const { grads } = tf.variableGrads(() => head.forward(x, 'train', tf.scalar(trained)).square().sum());
      return [...head.parameters.weights].map(([name, { name: own }]) => [
        name,
        grads[own].abs().max().dataSync()[0],
      ]);
    };
    for (const [name, size] of gradient(1)) expect.soft(size, String(name)).toBeGreaterThan(0);
    for (const [name, size] of gradient(0)) {
      if (name === 'last.weight') expect(size).toBe(0);
      else expect.soft(size, String(name)).toBeGreaterThan(0);
    }
    head.parameters.dispose();
  });
});

describe('prototypes', () => {
  it('scores rows by their products, and gives prototypes length 1', () => {
    const table = prototypes({ inputs: 6, prototypes: 3 }, key(0));
    table.normalise();
    const norms = tf.norm(table.weight_KD, 2, 1).dataSync();
    for (const norm of norms) expect(norm).toBeCloseTo(1, 6);
    const scores = table.scores(l2Normalize(x)).dataSync();
    for (const score of scores) expect(Math.abs(score)).toBeLessThanOrEqual(1 + 1e-6);
    expect(() => table.scores(tf.zeros([2, 5]))).toThrow(
      'prototypes: z_ND must have shape [N, 6], got [2, 5].',
    );
    table.parameters.dispose();
  });
  it('can be frozen while the embeddings learn', () => {
    const table = prototypes({ inputs: 6, prototypes: 3 }, key(0));
    const { grads } = tf.variableGrads(() => table.scores(x, tf.scalar(0)).square().sum());
    expect(grads[table.weight_KD.name].abs().max().dataSync()[0]).toBe(0);
    const toInput = tf.grad((input) =>
      table
        .scores(input as Tensor2D, tf.scalar(0))
        .square()
        .sum(),
    )(x);
    expect(toInput.abs().max().dataSync()[0]).toBeGreaterThan(0);
    table.parameters.dispose();
  });
});
