/** One image of bytes: height x width x channels, row by row, RGB. The image type of `@fovea/data` fits. */
export interface ByteImage {
  readonly data: Uint8Array; // [H, W, C]
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** One image of numbers, normally in [0, 1]: height x width x channels, row by row, RGB. */
export interface FloatImage {
  readonly data: Float32Array; // [H, W, C]
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A rectangle in whole pixels of the image it belongs to. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * An image of numbers in [0, 1] from one of bytes: `x / 255`.
 *
 * @throws RangeError when the bytes do not fit the sizes
 */
export function toFloat(image: ByteImage): FloatImage {
  checkImage(image, 'toFloat');
  const data = Float32Array.from(image.data, (byte) => byte / 255);
  return { data, height: image.height, width: image.width, channels: image.channels };
}

/**
 * Checks that an image has three channels, positive whole sizes and as many values as they need.
 *
 * @param caller - the function whose argument this is; the message starts with it
 * @throws RangeError otherwise
 */
export function checkImage(image: ByteImage | FloatImage, caller: string): void {
  const { data, height, width, channels } = image;
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`${caller}: image sizes must be positive integers, got ${height} x ${width}.`);
  }
  if (channels !== 3) {
    throw new RangeError(`${caller}: image must have 3 channels (RGB), got ${channels}. Convert it first.`);
  }
  if (data.length !== height * width * 3) {
    throw new RangeError(
      `${caller}: an image of ${height} x ${width} x 3 holds ${height * width * 3} values, got ${data.length}.`,
    );
  }
}

/** A pure image operation from one that works in place on `pixels` RGB pixels from `offset` on. */
export function mapImage(
  image: FloatImage,
  change: (data: Float32Array, offset: number, pixels: number) => void,
): FloatImage {
  const data = image.data.slice();
  change(data, 0, image.height * image.width);
  return { ...image, data };
}
