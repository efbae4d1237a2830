import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeRgb } from './index.ts';

const gradient = Uint8Array.from({ length: 6 * 4 * 3 }, (_, index) => index * 3);
const rgb = (): Sharp => sharp(gradient, { raw: { width: 6, height: 4, channels: 3 } });

describe('decodeRgb', () => {
  it('gives the pixels of a lossless image as they are', async () => {
    const image = await decodeRgb(await rgb().png().toBuffer(), { name: 'x.png', width: 6, height: 4 });
    expect(image).toMatchObject({ height: 4, width: 6, channels: 3 });
    expect([...image.data]).toEqual([...gradient]);
  });
  it.each([
    ['palette', () => rgb().png({ palette: true }).toBuffer()],
    ['grey', () => rgb().greyscale().png().toBuffer()],
    ['16-bit', () => rgb().toColourspace('rgb16').png().toBuffer()],
    ['alpha', () => rgb().ensureAlpha(0.5).png().toBuffer()],
    ['CMYK', () => rgb().toColourspace('cmyk').jpeg().toBuffer()],
  ])('makes RGB bytes of a %s image', async (name, encode) => {
    const image = await decodeRgb(await encode(), { name });
    expect(image).toMatchObject({ height: 4, width: 6, channels: 3 });
    expect(image.data.length).toBe(72);
    expect(image.data[71]).toBeGreaterThan(150); // the bright corner stays bright
    expect(image.data[0]).toBeLessThan(60);
  });
  it('turns an image as its EXIF orientation says', async () => {
    const bytes = await rgb().png().withMetadata({ orientation: 6 }).toBuffer();
    const image = await decodeRgb(bytes, { name: 'rotated' });
    expect([image.height, image.width]).toEqual([6, 4]);
    expect([...image.data.subarray(9, 12)]).toEqual([...gradient.subarray(0, 3)]); // first pixel moves to the top right
  });
  it('takes the first frame of an animation', async () => {
    const frames = await sharp(Buffer.alloc(6 * 8 * 3, 200), {
      raw: { width: 6, height: 8, channels: 3, pageHeight: 4 },
    })
      .gif()
      .toBuffer();
    expect(await decodeRgb(frames, { name: 'animated' })).toMatchObject({ height: 4, width: 6 });
  });
  it('names images that are empty, truncated, no image, or of another size', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251);
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await expect(decodeRgb(new Uint8Array(0), { name: 'empty.png' })).rejects.toThrow(
      'cannot decode empty.png (0 bytes)',
    );
    await expect(decodeRgb(Buffer.from('hello'), { name: 'text.png' })).rejects.toThrow(
      'cannot decode text.png (5 bytes)',
    );
    await expect(decodeRgb(jpeg.subarray(0, 900), { name: 'cut.jpg' })).rejects.toThrow(
      'cannot decode cut.jpg (900 bytes)',
    );
    await expect(decodeRgb(jpeg, { name: 'x.jpg', width: 32 })).rejects.toThrow(
      'x.jpg is 64 x 64 pixels, expected 32 x any',
    );
  });
});
