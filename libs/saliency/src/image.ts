/** A decoded image: rows of interleaved 8-bit channels. One channel is grey, three are sRGB, four are sRGB and alpha; other numbers throw. */
export interface Image {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** A map over an image's pixels, rows first; estimators fill it with values in [0, 1], 1 where one looks first. */
export interface SaliencyMap {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A binary mask over an image's pixels, rows first: 1 is foreground. */
export interface Mask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Refuses what is no image.
 *
 * @throws Error naming the sizes found
 */
export function checkImage(image: Image, where: string): void {
  const { data, width, height, channels } = image;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new Error(`${where}: image must have at least one pixel, got ${width} x ${height}.`);
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`${where}: image must have 1, 3 or 4 channels, got ${channels}.`);
  }
  if (data.length !== width * height * channels) {
    throw new Error(
      `${where}: a ${width} x ${height} image of ${channels} channels has ${width * height * channels} bytes, got ${data.length}.`,
    );
  }
}

/**
 * Refuses what is no map, or holds a number that is not finite.
 *
 * @throws Error naming the sizes or the position found
 */
export function checkMap(map: SaliencyMap | Mask, where: string): void {
  const { data, width, height } = map;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new Error(`${where}: map must have at least one pixel, got ${width} x ${height}.`);
  }
  if (data.length !== width * height) {
    throw new Error(`${where}: a ${width} x ${height} map has ${width * height} values, got ${data.length}.`);
  }
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw new Error(`${where}: map must be finite, got ${data[broken]} at index ${broken}.`);
}

/**
 * The image's pixels as interleaved sRGB bytes: grey is repeated, transparent pixels lie on white.
 *
 * @throws Error for what is no image
 */
export function rgbBytes(image: Image, where: string): Uint8Array | Uint8ClampedArray {
  checkImage(image, where);
  const { data, channels } = image;
  if (channels === 3) return data;
  const pixels = image.width * image.height;
  const rgb = new Uint8Array(pixels * 3);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < 3; c++) {
      const alpha = channels === 4 ? data[4 * p + 3] / 255 : 1;
      rgb[3 * p + c] = Math.round(data[channels * p + (channels === 4 ? c : 0)] * alpha + 255 * (1 - alpha));
    }
  }
  return rgb;
}

/**
 * Whether every pixel has the same colour.
 *
 * @throws Error for what is no image
 */
export function isConstantImage(image: Image, where: string): boolean {
  checkImage(image, where);
  const { data, channels } = image;
  for (let i = channels; i < data.length; i++) if (data[i] !== data[i - channels]) return false;
  return true;
}
