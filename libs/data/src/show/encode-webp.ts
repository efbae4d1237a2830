import sharp from 'sharp';
import type { Image } from '../image-set.ts';

/**
 * An image as a WebP file's bytes, lossy.
 *
 * @param quality - 1 … 100
 */
export function encodeWebp({ data, height, width }: Image, quality: number): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality, effort: 6, smartSubsample: true })
    .toBuffer();
}
