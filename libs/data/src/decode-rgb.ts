import sharp from 'sharp';
import { plainBytes, type Image } from './image-set.ts';

/** What a decoded image must be. */
export interface DecodeExpectation {
  readonly name: string;
  readonly width?: number;
  readonly height?: number;
}

/**
 * Decodes a PNG, JPEG, WebP or GIF into RGB bytes: EXIF rotation applied, alpha dropped, grey and CMYK converted, 16 bits scaled to 8, only
 * the first frame of an animation.
 *
 * @throws Error naming the image when it is truncated, corrupt or of another size than expected
 */
export async function decodeRgb(bytes: Uint8Array, expected: DecodeExpectation): Promise<Image> {
  const { name, width, height } = expected;
  let decoded;
  try {
    decoded = await sharp(bytes, { limitInputPixels: false, failOn: 'truncated' })
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new Error(`decodeRgb: cannot decode ${name} (${bytes.length} bytes): ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { data, info } = decoded;
  if ((width !== undefined && info.width !== width) || (height !== undefined && info.height !== height)) {
    throw new Error(
      `decodeRgb: ${name} is ${info.width} x ${info.height} pixels, expected ${width ?? 'any'} x ${height ?? 'any'}.`,
    );
  }
  const rgb = info.channels === 3 ? plainBytes(data) : expandGrey(data, info.channels, name);
  return { data: rgb, height: info.height, width: info.width, channels: 3 };
}

function expandGrey(data: Uint8Array, channels: number, name: string): Uint8Array {
  if (channels !== 1) throw new Error(`decodeRgb: ${name} decodes to ${channels} channels, expected 1 or 3.`);
  const rgb = new Uint8Array(data.length * 3);
  for (let pixel = 0; pixel < data.length; pixel++) rgb.fill(data[pixel], pixel * 3, pixel * 3 + 3);
  return rgb;
}
