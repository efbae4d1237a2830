import sharp from 'sharp';
import type { Image } from '../image-set.ts';

/** An image as a PNG file's bytes. */
export function encodePng({ data, height, width }: Image): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
