import { key } from '@fovea/random';
import { randomNormal, tf, type Scalar } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { sinCosPositionEmbedding } from './sin-cos-position-embedding.ts';
import { vit, type VitOptions } from './vit.ts';

const small: VitOptions = { size: 'tiny', patch: 4, depth: 2 };
const images = randomNormal(key(1), [2, 16, 16, 3]);

describe('vit', () => {
  it.each([['tiny', 5_524_416, 192]] as const)(
    'of size %s has the scalars of timm less its learnt positions',
    (size, count, dim) => {
      const backbone = vit({ size, patch: 16, frozenPatches: false }, key(0));
      expect(backbone.parameters.count).toBe(count - 197 * dim);
      expect(backbone.features).toBe(dim);
      backbone.parameters.dispose();
    },
  );

  it('keeps frozen patches out of the trained weights', () => {
    const { parameters } = vit(small, key(0));
    expect([...parameters.weights.keys()]).not.toContain('patch_embed.proj.weight');
    expect([...parameters.statistics.keys()]).toContain('patch_embed.proj.weight');
    parameters.dispose();
  });

  it('gives the class token, the patch grid and attention rows that sum to one', () => {
    const backbone = vit(small, key(0));
    expect(backbone.forward(images, 'eval').shape).toEqual([2, 192]);
    expect(backbone.featureMap(images, 'eval').shape).toEqual([2, 4, 4, 192]);
    const attention = backbone.attention(images);
    expect(attention.shape).toEqual([2, 3, 17, 17]);
    for (const sum of tf.sum(attention, 3).dataSync()) expect(sum).toBeCloseTo(1, 5);
    backbone.parameters.dispose();
  });

  it('takes images of another size, and gives each image what it has alone', () => {
    const backbone = vit(small, key(0));
    expect(backbone.featureMap(tf.zeros([1, 32, 32, 3]), 'eval').shape).toEqual([1, 8, 8, 192]);
    const together = backbone.forward(images, 'train').slice([1, 0]).dataSync();
    const alone = backbone.forward(images.slice(1), 'eval').dataSync();
    alone.forEach((value, index) => {
      expect(value).toBeCloseTo(together[index], 4);
    });
    backbone.parameters.dispose();
  });

  it('has a gradient for every weight and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const backbone = vit(small, key(0));
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(backbone.forward(images, 'train'))) as Scalar,
        [...backbone.parameters.weights.values()],
      );
      for (const [name, variable] of backbone.parameters.weights) {
        const largest = tf.max(tf.abs(grads[variable.name])).dataSync()[0];
        expect.soft(largest, name).toBeGreaterThan(0);
      }
      backbone.parameters.dispose();
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the size, shape or patch that does not fit', () => {
    expect(() => vit({ ...small, size: 'huge' as 'base' }, key(0))).toThrow(
      "size must be one of tiny, small, small-12-heads, base, got 'huge'",
    );
    const backbone = vit(small, key(0));
    expect(() => backbone.forward(tf.zeros([1, 16, 8, 1]), 'eval')).toThrow(
      'vit: images must have shape [N, H, W, 3]',
    );
    expect(() => backbone.forward(tf.zeros([1, 18, 18, 3]), 'eval')).toThrow(
      'images of 18 x 18 pixels do not divide into patches of 4',
    );
    backbone.parameters.dispose();
    expect(() => sinCosPositionEmbedding({ height: 2, width: 2, dim: 6 })).toThrow(
      'dim must be a positive multiple of 4, got 6',
    );
  });
});
