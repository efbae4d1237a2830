import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@fovea/files';
import { key } from '@fovea/random';
import { randomUniform, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disc, discMask, picture } from '../testing/pictures.ts';
import { networkSaliency } from './learned-saliency.ts';
import { saliencyLoss } from './saliency-loss.ts';
import { saliencyNetwork } from './saliency-network.ts';
import { saliencyTrainer } from './saliency-trainer.ts';
import { loadSaliencyNetwork, saveSaliencyNetwork } from './saliency-weights.ts';
import { structuralSimilarity } from './structural-similarity.ts';

const uniform = (seed: number, ...shape: number[]) => randomUniform(key(seed), shape) as Tensor4D;
const value = (x: Tensor): number => x.dataSync()[0];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-learned-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('saliencyNetwork', () => {
  it('has fewer than 1.5 million weights and six outputs at the size of any image', () => {
    const network = saliencyNetwork(key(0));
    expect(network.parameters.count).toBeLessThan(1_500_000);
    for (const [H, W] of [
      [1, 1],
      [33, 20],
      [64, 48],
    ]) {
      const outputs = network.forward(uniform(1, 2, H, W, 3), 'eval');
      expect(outputs.map(({ shape }) => shape)).toEqual(Array(6).fill([2, H, W, 1]));
      expect(outputs.every((output) => output.dataSync().every(Number.isFinite))).toBe(true);
    }
    expect(() => network.forward(tf.zeros([2, 8, 8, 1]), 'eval')).toThrow('saliencyNetwork: images_NHWC');
    network.parameters.dispose();
  });
});

describe('structuralSimilarity', () => {
  it('is 1 for equal maps, symmetric, and falls with noise', () => {
    const [a, b] = [uniform(2, 1, 20, 24, 1), uniform(3, 1, 20, 24, 1)];
    expect(value(structuralSimilarity(a, a).min())).toBeCloseTo(1, 5);
    expect(value(structuralSimilarity(a, b).sub(structuralSimilarity(b, a)).abs().max())).toBeLessThan(1e-6);
    expect(value(structuralSimilarity(a, b).mean())).toBeLessThan(0.3);
  });
  it('has its closed form where both maps are constant, away from the border', () => {
    const [a, b] = [0.3, 0.8];
    const map = structuralSimilarity(tf.fill([1, 31, 31, 1], a), tf.fill([1, 31, 31, 1], b));
    expect(map.arraySync()[0][15][15][0]).toBeCloseTo((2 * a * b + 1e-4) / (a * a + b * b + 1e-4), 4);
  });
});

describe('saliencyLoss', () => {
  it('has its closed form for constant predictions', () => {
    const masks = tf.concat([tf.ones([1, 4, 8, 1]), tf.zeros([1, 4, 8, 1])], 1) as Tensor4D; // half is salient
    const { bce, iou } = saliencyLoss([tf.zeros([1, 8, 8, 1])], masks); // p = 1/2 everywhere
    expect(value(bce)).toBeCloseTo(Math.log(2), 5);
    expect(value(iou)).toBeCloseTo(1 - 16 / (32 + 32 - 16), 5);
  });
  it('is near 0 for a sure and right answer, and adds up over outputs', () => {
    const masks = uniform(4, 2, 16, 16, 1).greater(0.5).toFloat() as Tensor4D;
    const right = masks.sub(0.5).mul(60);
    expect(value(saliencyLoss([right], masks).loss)).toBeLessThan(1e-3);
    const wrong = right.neg();
    const both = value(saliencyLoss([right, wrong], masks).loss);
    expect(both).toBeCloseTo(
      value(saliencyLoss([right], masks).loss) + value(saliencyLoss([wrong], masks).loss),
      3,
    );
  });
  it('stays finite, with a finite gradient, at extreme logits and empty masks', () => {
    const gradient = tf.grad((x) => saliencyLoss([x], tf.zeros([1, 8, 8, 1])).loss);
    for (const logit of [-1e4, 0, 1e4]) {
      expect(
        gradient(tf.fill([1, 8, 8, 1], logit))
          .dataSync()
          .every(Number.isFinite),
      ).toBe(true);
    }
  });
  it('has the gradient that differences show', () => {
    const masks = uniform(5, 1, 6, 6, 1).greater(0.5).toFloat() as Tensor4D;
    const [x, direction] = [uniform(6, 1, 6, 6, 1).sub(0.5), uniform(7, 1, 6, 6, 1).sub(0.5)];
    const at = (t: number) => value(saliencyLoss([x.add(direction.mul(t))], masks).loss);
    const slope = value(
      tf
        .grad((y) => saliencyLoss([y], masks).loss)(x)
        .mul(direction)
        .sum(),
    );
    expect((at(0.02) - at(-0.02)) / 0.04).toBeCloseTo(slope, 2);
  });
  it('refuses shapes that differ and no output', () => {
    expect(() => saliencyLoss([], tf.zeros([1, 4, 4, 1]))).toThrow('at least one tensor, got none');
    expect(() => saliencyLoss([tf.zeros([1, 4, 5, 1])], tf.zeros([1, 4, 4, 1]))).toThrow(
      'saliencyLoss: outputs[0]',
    );
  });
});

describe('a network in training', () => {
  it('learns one picture, its map finds the object, and its file gives the same map within half precision', () => {
    const network = saliencyNetwork(key(1));
    const image = disc(48, 48);
    const target = tf.tensor4d(Float32Array.from(discMask(48, 48).data), [1, 48, 48, 1]).tile([4, 1, 1, 1]);
    const images = tf
      .tensor4d(
        Float32Array.from(image.data, (byte) => byte / 255),
        [1, 48, 48, 3],
      )
      .tile([4, 1, 1, 1]);
    // Plain gradient descent: optimisers lie in a higher layer.
    const trainer = saliencyTrainer(network, {
      step: (gradients, weights, rate) =>
        weights.forEach((weight, name) =>
          weight.assign(weight.sub(tf.mul(gradients.get(name) as Tensor, rate))),
        ),
    });
    const losses = Array.from({ length: 40 }, () =>
      trainer.step(images as Tensor4D, target as Tensor4D, 0.02),
    );
    expect(losses[39]).toBeLessThan(losses[0] / 3);
    trainer.dispose();

    const learned = networkSaliency(network, 48);
    const map = learned.map(image);
    expect(map.data[24 * 48 + 24]).toBeGreaterThan(0.5);
    expect(map.data[0]).toBeLessThan(0.5);
    const path = join(folder, 'disc.safetensors');
    saveSaliencyNetwork(network, path, { pictures: 'disc' });
    expect(readSafetensors(path).metadata).toEqual({ network: network.name, pictures: 'disc' });
    const again = networkSaliency(loadSaliencyNetwork(path), 48);
    const difference = again.map(image).data.map((v, p) => Math.abs(v - map.data[p]));
    expect(Math.max(...difference)).toBeLessThan(0.02);

    const broken = new Map(readSafetensors(path).tensors);
    broken.delete('stem.conv.weight');
    writeSafetensors(path, broken, { network: network.name });
    expect(() => loadSaliencyNetwork(path)).toThrow('"stem.conv.weight" is missing');
    writeSafetensors(path, broken, { network: 'u2net' });
    expect(() => loadSaliencyNetwork(path)).toThrow('it holds u2net, expected fovea-saliency-1');
    learned.dispose();
    again.dispose();
  }, 60_000);
  it('refuses a loss that is not finite', () => {
    const network = saliencyNetwork(key(2));
    const trainer = saliencyTrainer(network, { step: () => undefined });
    const nan = tf.fill([1, 16, 16, 1], NaN) as Tensor4D;
    expect(() => trainer.step(uniform(8, 1, 16, 16, 3), nan, 1)).toThrow('the loss is NaN');
    trainer.dispose();
    network.parameters.dispose();
  });
});

describe('networkSaliency', () => {
  const learned = networkSaliency(saliencyNetwork(key(3)), 32);
  it.each([
    [1, 1],
    [3, 70],
    [300, 200],
  ])('gives finite values in [0, 1] at the size of a %d x %d image', (width, height) => {
    const map = learned.map(picture(width, height, (c, r) => [(c * 71) % 256, (r * 53) % 256, 9]));
    expect([map.width, map.height, map.data.length]).toEqual([width, height, width * height]);
    expect(map.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
  it('is all zero for a constant image, takes grey and transparent ones, leaks nothing, and refuses the rest', () => {
    expect(learned.map(picture(9, 9, () => [7, 8, 9])).data.every((v) => v === 0)).toBe(true);
    learned.map(disc());
    const before = tf.memory().numTensors;
    expect(learned.map(picture(9, 9, (c) => [c])).data.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(learned.map(picture(9, 9, (c) => [c, 2, 3, 9 * c])).data.every((v) => v >= 0 && v <= 1)).toBe(
      true,
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(() => learned.map({ ...disc(), channels: 2 })).toThrow('learnedSaliency: image must have');
  });
});
