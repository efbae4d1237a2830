import { key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import {
  CIFAR10_STATISTICS,
  CIFAR_SIMCLR,
  drawBox,
  drawMask,
  makeViews,
  viewImage,
  type ViewRecipe,
} from '../index.ts';
import { noiseSource } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const black = { data: new Uint8Array(48), height: 4, width: 4, channels: 3 };

describe('what is shown', () => {
  it('undoes the normalisation to the byte', () => {
    const plain: ViewRecipe = {
      ...CIFAR_SIMCLR.views[0],
      crop: { scale: [1, 1], ratio: [1, 1], interpolation: 'bilinear' },
      flip: 0,
      jitter: null,
      grayscale: 0,
    };
    const source = noiseSource(2, 32, 32);
    const batch = makeViews(source, [0, 1], { name: 'p', source: 't', views: [plain] }, key(0));
    expect(viewImage(batch, 0, 1, CIFAR10_STATISTICS)).toEqual(source.image(1));
    expect(() => viewImage(batch, 1, 0, CIFAR10_STATISTICS)).toThrow(
      'has 1 views of 2 images, got view 1, row 0',
    );
  });
  it('draws boxes and masks on a copy, cut at the border', () => {
    const boxed = drawBox(black, [1, 1, 9, 3], [9, 9, 9]);
    const on = [...Array(16).keys()].filter((pixel) => boxed.data[pixel * 3] === 9);
    expect(on).toEqual([5, 6, 7, 9, 10, 11]);
    expect(black.data.every((value) => value === 0)).toBe(true);
    const mask = { data: Float32Array.from({ length: 16 }, (_, at) => at / 15), height: 4, width: 4 };
    expect(drawMask(black, mask, [255, 0, 100], 0.5).data.subarray(45)).toEqual(Uint8Array.of(128, 0, 50));
    expect(() => drawMask(black, mask, [0, 0, 0], 2)).toThrow('opacity must be in [0, 1], got 2');
    expect(() => drawBox(black, [2, 0, 1, 1], [0, 0, 0])).toThrow('x0 <= x1');
  });
});
