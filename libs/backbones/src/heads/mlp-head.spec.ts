import { key } from '@fovea/random';
import { randomNormal, tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { mlpHead, type MlpHeadOptions } from './mlp-head.ts';

const options: MlpHeadOptions = { inputs: 6, hidden: [8], outputs: 4, hiddenNorm: true, outputNorm: 'none' };

describe('mlpHead', () => {
  it('has a bias exactly where no batch norm follows', () => {
    const names = (changes: Partial<MlpHeadOptions>): string[] => {
      const { parameters } = mlpHead({ ...options, ...changes }, key(0));
      const result = [...parameters.weights.keys()];
      parameters.dispose();
      return result;
    };
    expect(names({})).toEqual(['0.weight', '1.weight', '1.bias', '3.weight', '3.bias']);
    expect(names({ hiddenNorm: false })).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    expect(names({ outputNorm: 'affine' })).toEqual([
      '0.weight',
      '1.weight',
      '1.bias',
      '3.weight',
      '4.weight',
      '4.bias',
    ]);
    expect(names({ outputNorm: 'plain' })).toEqual(['0.weight', '1.weight', '1.bias', '3.weight']);
    expect(names({ hidden: [] })).toEqual(['0.weight', '0.bias']);
  });

  it('gives standardised columns behind a plain output norm', () => {
    const head = mlpHead({ ...options, outputNorm: 'plain' }, key(0));
    const { mean, variance } = tf.moments(head.forward(randomNormal(key(1), [64, 6]), 'train'), 0);
    for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 5);
    for (const value of variance.dataSync()) expect(value).toBeCloseTo(1, 3);
    head.parameters.dispose();
  });

  it('names the shape it was not given', () => {
    const head = mlpHead(options, key(0));
    expect(() => head.forward(tf.zeros([2, 5]), 'eval')).toThrow(
      'mlpHead: features must have shape [N, 6], got [2, 5].',
    );
    head.parameters.dispose();
  });
  it('refuses an activation or an initial that it does not know', () => {
    const options = { inputs: 4, hidden: [4], outputs: 2, hiddenNorm: true, outputNorm: 'none' } as const;
    expect(() => mlpHead({ ...options, initial: 'default' as never }, key(0))).toThrow(
      "initial must be uniform or truncated-normal, got 'default'",
    );
    expect(() => mlpHead({ ...options, activation: 'tanh' as never }, key(0))).toThrow(
      "activation must be relu or gelu, got 'tanh'",
    );
  });
});
