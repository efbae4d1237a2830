import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { digest } from '@fovea/files';
import { decodeRgb } from '../decode-rgb.ts';
import { plainBytes } from '../image-set.ts';
import type { FileToPack } from './pack-images.ts';

/** What becomes of one file in a shard. */
export interface MadeRecord {
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** SHA-256 of the source file. */
  readonly source: string;
}

/**
 * The record of one image file: its bytes, or pixels of one size. Pixels of that size already are kept as they are; others are resized (Lanczos) to cover it, and the centre is cut out.
 *
 * @throws Error naming the file that cannot be read or decoded
 */
export async function makeRecord(
  { name, path }: FileToPack,
  pixels: { readonly height: number; readonly width: number } | null,
): Promise<MadeRecord> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`packShards: cannot read ${name}: ${(error as Error).message}`, { cause: error });
  });
  const source = digest(bytes);
  if (pixels === null) return { bytes, source, ...(await sizeOf(bytes, path)) };
  const { data, height, width } = await decodeRgb(bytes, { name: path });
  if (height === pixels.height && width === pixels.width) return { bytes: data, source, ...pixels };
  const resized = await sharp(data, { raw: { height, width, channels: 3 } })
    .resize({ ...pixels, fit: 'cover', position: 'centre', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { bytes: plainBytes(resized), source, ...pixels };
}

/** Size by the header alone, EXIF rotation applied. */
async function sizeOf(bytes: Uint8Array, path: string): Promise<{ height: number; width: number }> {
  try {
    const { autoOrient, pages = 1, pageHeight } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return {
      height: pages > 1 && pageHeight !== undefined ? pageHeight : autoOrient.height,
      width: autoOrient.width,
    };
  } catch (error) {
    throw new Error(`packShards: ${path} is no image (${bytes.length} bytes): ${(error as Error).message}`, {
      cause: error,
    });
  }
}
