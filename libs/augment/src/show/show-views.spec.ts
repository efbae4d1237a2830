import { inflateSync } from 'node:zlib';
import { key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import { CIFAR10_STATISTICS, CIFAR_MULTI_CROP, makeMultiCropViews, makeViews, showViews } from '../index.ts';
import { CIFAR_SIMCLR } from '../recipes/cifar.ts';
import { noiseSource } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const source = noiseSource(4, 32, 32);
const groups = makeMultiCropViews(source, [0, 2], CIFAR_MULTI_CROP, key(0));

describe('showViews', () => {
  it('shows each image and its views in a row, with crops outlined in the colours of the views', () => {
    const { image } = showViews(source, [0, 2], groups, { statistics: CIFAR10_STATISTICS, cell: 64 });
    expect([image.height, image.width]).toEqual([2 * 66 - 2, 7 * 66 - 2]);
    const at = (y: number, x: number): number[] => [
      ...image.data.subarray((y * image.width + x) * 3).slice(0, 3),
    ];
    expect(at(0, 66)).toEqual([230, 60, 50]); // the bar of the first view
    const { top, left } = groups[0].params[1][0].crop; // drawn over the first view's, beneath the others
    const colours = Array.from({ length: 6 }, (_, view) => at(0, 66 * (view + 1)).join());
    expect(colours).toContain(at(top * 2, left * 2).join());
    expect(at(65, 10)).toEqual([255, 255, 255]); // between the rows
  });
  it('hands a notebook a PNG of the same pixels', () => {
    const batch = makeViews(source, [1], CIFAR_SIMCLR, key(1));
    const shown = showViews(source, [1], batch, { statistics: CIFAR10_STATISTICS });
    const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for('Jupyter.display')
    ]();
    expect(bundle['text/plain']).toBe('2 views of 1 images');
    const png = Buffer.from(bundle['image/png'], 'base64');
    expect(png.equals(Buffer.from(shown.png()))).toBe(true);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const { width, height, data } = shown.image;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
    const start = png.indexOf('IDAT') + 4;
    const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
    expect(rows.length).toBe(height * (width * 3 + 1));
    expect([...rows.subarray(1, 1 + width * 3)]).toEqual([...data.subarray(0, width * 3)]);
  });
  it('draws masks and boxes on images and views of any shape, and changes nothing without them', () => {
    const wide = noiseSource(1, 20, 50);
    const batch = makeViews(wide, [0], CIFAR_SIMCLR, key(2));
    const plane = { data: new Uint8Array(1000).fill(255), height: 20, width: 50 };
    const statistics = CIFAR10_STATISTICS;
    const plain = showViews(wide, [0], batch, { statistics }).image.data;
    const masked = showViews(wide, [0], batch, { statistics, masks: { length: 1, plane: () => plane } }).image
      .data;
    const boxed = showViews(wide, [0], batch, { statistics, boxes: () => [[2, 2, 48, 18]] }).image.data;
    expect(masked).not.toEqual(plain);
    expect(boxed).not.toEqual(plain);
    expect(showViews(wide, [0], batch, { statistics }).image.data).toEqual(plain);
  });
  it('refuses groups of other images and options that are wrong', () => {
    const statistics = CIFAR10_STATISTICS;
    expect(() => showViews(source, [0], groups, { statistics })).toThrow('a group has 2 images, indices 1');
    expect(() => showViews(source, [0, 2], groups, { statistics, cell: 0 })).toThrow(
      'cell must be a positive integer',
    );
    expect(() => showViews(source, [0, 2], groups, { statistics, mask: 1 } as never)).toThrow(
      'unknown key mask',
    );
  });
});
