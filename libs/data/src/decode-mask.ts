import sharp from 'sharp';
import type { Mask } from './streamed-set.ts';
import { plainBytes } from './image-set.ts';

/**
 * Decodes a mask: a grey PNG (any bit depth) gives its 8-bit values, 1-bit ones 0 and 255.
 *
 * @throws Error naming the mask when it is corrupt or its channels differ (a colour picture is no mask)
 */
export async function decodeMask(bytes: Uint8Array, name: string): Promise<Mask> {
  let decoded;
  try {
    decoded = await sharp(bytes, { limitInputPixels: false, failOn: 'truncated' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new Error(
      `decodeMask: cannot decode ${name} (${bytes.length} bytes): ${(error as Error).message}`,
      { cause: error },
    );
  }
  const { data, info } = decoded;
  const { channels } = info;
  if (channels === 1) return { data: plainBytes(data), height: info.height, width: info.width };
  const mask = new Uint8Array(info.height * info.width);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    mask[pixel] = data[pixel * channels];
    if (
      channels >= 3 &&
      (data[pixel * channels + 1] !== mask[pixel] || data[pixel * channels + 2] !== mask[pixel])
    ) {
      throw new Error(`decodeMask: ${name} has colours, so it is no grey mask (pixel ${pixel}).`);
    }
  }
  return { data: mask, height: info.height, width: info.width };
}
