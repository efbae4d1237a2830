import { key } from '@fovea/random';
import { randomNormal, tf, type Scalar } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { resNet, type ResNetOptions } from './resnet.ts';

const small: ResNetOptions = { depth: 18, width: 4, stem: 'cifar' };

describe('resNet', () => {
  it.each([
    [18, 11_176_512, 512],
    [34, 21_284_672, 512],
    [50, 23_508_032, 2048],
    [101, 42_500_160, 2048],
  ] as const)(
    'of depth %i has the trained scalars of torchvision without its classifier',
    (depth, count, features) => {
      const backbone = resNet({ depth, width: 64, stem: 'imagenet' }, key(0));
      expect(backbone.parameters.count).toBe(count);
      expect(backbone.features).toBe(features);
      backbone.parameters.dispose();
    },
    60_000, // draws up to 42 million numbers
  );

  it('names its variables as torchvision does', () => {
    const { parameters } = resNet(small, key(0));
    const names = [...parameters.weights.keys()];
    expect(names.slice(0, 4)).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias', 'layer1.0.conv1.weight']);
    expect(names).toContain('layer2.0.downsample.1.bias');
    expect([...parameters.statistics.keys()]).toContain('layer4.1.bn2.running_var');
    parameters.dispose();
  });

  it('keeps 32-pixel images at full size behind the CIFAR stem and reduces them 32-fold behind the ImageNet stem', () => {
    const images = tf.zeros([2, 64, 64, 3]);
    for (const [stem, side] of [
      ['cifar', 8],
      ['imagenet', 2],
    ] as const) {
      const backbone = resNet({ ...small, stem }, key(0));
      expect(backbone.featureMap(images, 'eval').shape).toEqual([2, side, side, 32]);
      expect(backbone.forward(images, 'eval').shape).toEqual([2, 32]);
      backbone.parameters.dispose();
    }
  });

  it('draws the same weights from the same key and others from another', () => {
    const weights = [0, 0, 1].map((seed) => {
      const { parameters } = resNet(small, key(seed));
      const values = [...parameters.weights.values()].flatMap((variable) => [...variable.dataSync()]);
      parameters.dispose();
      return values;
    });
    expect(weights[0]).toEqual(weights[1]);
    expect(weights[0]).not.toEqual(weights[2]);
  });

  it('draws convolution weights with standard deviation sqrt(2 / fan-out)', () => {
    const { parameters } = resNet({ ...small, width: 32 }, key(0));
    const weight = parameters.weights.get('layer4.1.conv1.weight');
    const spread = tf
      .moments(weight ?? tf.zeros([1]))
      .variance.sqrt()
      .dataSync()[0];
    expect(spread / Math.sqrt(2 / (9 * 256))).toBeCloseTo(1, 2);
    parameters.dispose();
  });

  it('updates running statistics in train mode alone, and eval mode does not look at the rest of the batch', () => {
    const backbone = resNet(small, key(0));
    const images = randomNormal(key(1), [4, 8, 8, 3]);
    const statistic = backbone.parameters.statistics.get('bn1.running_mean') ?? tf.variable(tf.zeros([1]));
    const before = [...statistic.dataSync()];
    const whole = backbone.forward(images, 'eval').slice(0, 1).dataSync();
    const alone = backbone.forward(images.slice(0, 1), 'eval').dataSync();
    whole.forEach((value, index) => {
      expect(value).toBeCloseTo(alone[index], 5);
    });
    expect([...statistic.dataSync()]).toEqual(before);
    backbone.forward(images, 'train');
    expect([...statistic.dataSync()]).not.toEqual(before);
    backbone.parameters.dispose();
  });

  it('has a gradient for every weight', () => {
    const backbone = resNet(small, key(0));
    const images = randomNormal(key(1), [4, 8, 8, 3]);
    const weights = [...backbone.parameters.weights.values()];
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(backbone.forward(images, 'train'))) as Scalar,
      weights,
    );
    for (const gradient of Object.values(grads)) {
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(0);
    }
    expect(Object.keys(grads)).toHaveLength(weights.length);
    backbone.parameters.dispose();
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const backbone = resNet(small, key(0));
      backbone.forward(tf.zeros([2, 8, 8, 3]), 'train');
      backbone.parameters.dispose();
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the wrong option or shape', () => {
    expect(() => resNet({ ...small, depth: 19 as 18 }, key(0))).toThrow(
      'depth must be one of 18, 34, 50, 101, got 19',
    );
    expect(() => resNet({ ...small, width: 0 }, key(0))).toThrow('width must be a positive integer, got 0');
    expect(() => resNet({ ...small, stem: 'x' as 'cifar' }, key(0))).toThrow(
      "stem must be one of 'cifar', 'cifar-padded', 'imagenet', got 'x'",
    );
    expect(() => resNet({ ...small, dept: 1 } as never, key(0))).toThrow("resNet: unknown option 'dept'");
    const backbone = resNet(small, key(0));
    expect(() => backbone.forward(tf.zeros([8, 8, 3]), 'eval')).toThrow(
      'resNet: images must have shape [N, H, W, 3], got [8, 8, 3].',
    );
    backbone.parameters.dispose();
  });
});
