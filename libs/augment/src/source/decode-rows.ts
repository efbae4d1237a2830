import type { ByteImage } from '../image.ts';
import type { StreamableImages } from './view-source-options.ts';

/** What stands in for images that cannot be decoded. */
export interface Replacement {
  /** Receives the index and the reason of every image that is replaced. */
  readonly replaced: Map<number, string>;
  /** The image that is tried instead of one. */
  next(index: number): number;
}

/**
 * Decodes the images of some rows, four at a time: decoders have threads of their own.
 *
 * @param indices - [rows]; those of replaced images are changed
 * @param replacement - null: the first image that cannot be decoded throws
 * @throws whatever the decoder throws; with a replacement, after ten images in a row
 */
export async function decodeRows(
  images: StreamableImages,
  indices: Int32Array,
  replacement: Replacement | null,
): Promise<ByteImage[]> {
  const decoded: ByteImage[] = [];
  for (let row = 0; row < indices.length; row += 4) {
    const some = Array.from(indices.subarray(row, row + 4), (_, at) =>
      decode(images, indices, row + at, replacement),
    );
    decoded.push(...(await Promise.all(some)));
  }
  return decoded;
}

async function decode(
  images: StreamableImages,
  indices: Int32Array,
  row: number,
  replacement: Replacement | null,
): Promise<ByteImage> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await images.image(indices[row]);
    } catch (error) {
      if (replacement === null || attempt === 9) throw error;
      replacement.replaced.set(indices[row], (error as Error).message);
      indices[row] = replacement.next(indices[row]);
    }
  }
}
