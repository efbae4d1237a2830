import sharp from 'sharp';
import type { Image } from '../image-set.ts';

/** A JPEG of an image, colours at half resolution as cameras store them. `quality` is 1 … 100. */
export async function encodeJpeg(image: Image, quality: number): Promise<Uint8Array> {
  const raw = { width: image.width, height: image.height, channels: image.channels as 3 };
  return sharp(image.data, { raw }).jpeg({ quality }).toBuffer();
}
