import { describe, expect, it } from 'vitest';
import { emojiScenes, type ImageSet, loadEmojiSprites, ONE_OBJECT, TEXTURE_BACKGROUNDS } from '../index.ts';

describe('EmojiScenes', () => {
  it('cannot be solved from raw pixels or colour histograms', { timeout: 300_000 }, async () => {
    const sprites = await loadEmojiSprites('google');
    const make = (split: 'train' | 'test', length: number): ImageSet =>
      emojiScenes({
        recipe: ONE_OBJECT,
        split,
        length,
        seed: 0,
        sprites,
        backgrounds: TEXTURE_BACKGROUNDS,
      }).render();
    const [train, test] = [make('train', 800), make('test', 400)];
    for (const features of [pixels, histogram]) {
      const accuracy = nearestNeighbour(train, test, features);
      expect(accuracy).toBeLessThan(0.2); // chance is 1 / 12
    }
  });
  it(
    'gives the class away by its background alone when they are fully correlated, and not at all without correlation',
    { timeout: 300_000 },
    async () => {
      const sprites = await loadEmojiSprites('google');
      const make = (split: 'train' | 'test', length: number, correlation: number): ImageSet =>
      emojiScenes({
        recipe: { ...ONE_OBJECT, correlation, variant: 'only-bg-t' },
        split, length, seed: 0, sprites, backgrounds: TEXTURE_BACKGROUNDS,
      }).render(); // prettier-ignore
      expect(nearestNeighbour(make('train', 600, 1), make('test', 250, 1), spectrum)).toBeGreaterThan(0.4);
      expect(nearestNeighbour(make('train', 600, 0), make('test', 250, 0), spectrum)).toBeLessThan(0.15);
    },
  );
});

/** 8 x 8 means of each channel. */
function pixels(image: Uint8Array): Float32Array {
  const means = new Float32Array(192);
  for (let at = 0; at < image.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    means[((pixel >> 7) * 8 + ((pixel & 31) >> 2)) * 3 + channel] += image[at] / 16;
  }
  return means;
}

/** 4 x 4 x 4 colours. */
function histogram(image: Uint8Array): Float32Array {
  const counts = new Float32Array(64);
  for (let at = 0; at < image.length; at += 3) {
    counts[(image[at] >> 6) * 16 + (image[at + 1] >> 6) * 4 + (image[at + 2] >> 6)]++;
  }
  return counts;
}

/** How much neighbours at several distances differ, relative to the image's contrast: what a texture looks like, whatever its colours. */
function spectrum(image: Uint8Array): Float32Array {
  const grey = Float32Array.from(
    { length: 1024 },
    (_, pixel) => image[pixel * 3] + image[pixel * 3 + 1] + image[pixel * 3 + 2],
  );
  const mean = grey.reduce((a, b) => a + b) / 1024;
  const variance = grey.reduce((a, b) => a + (b - mean) ** 2, 0) / 1024 + 1;
  const features: number[] = [grey.reduce((a, b) => a + Math.abs(b - mean), 0) / 1024 / Math.sqrt(variance)];
  for (const distance of [1, 2, 3, 4, 6, 8]) {
    let [across, down] = [0, 0];
    for (let pixel = 0; pixel < 1024; pixel++) {
      if ((pixel & 31) + distance < 32) across += (grey[pixel] - grey[pixel + distance]) ** 2;
      if ((pixel >> 5) + distance < 32) down += (grey[pixel] - grey[pixel + 32 * distance]) ** 2;
    }
    const scale = 32 * (32 - distance) * variance;
    features.push((across + down) / scale, Math.abs(across - down) / scale);
  }
  return Float32Array.from(features);
}

function nearestNeighbour(
  train: ImageSet,
  test: ImageSet,
  features: (image: Uint8Array) => Float32Array,
): number {
  const known = Array.from({ length: train.length }, (_, index) => features(train.image(index).data));
  let right = 0;
  for (let index = 0; index < test.length; index++) {
    const own = features(test.image(index).data);
    let [best, label] = [Infinity, -1];
    for (const [other, vector] of known.entries()) {
      let distance = 0;
      for (let at = 0; at < own.length; at++) distance += (own[at] - vector[at]) ** 2;
      if (distance < best) [best, label] = [distance, train.labels[other]];
    }
    right += Number(label === test.labels[index]);
  }
  return right / test.length;
}
