import { checkImage, type FloatImage } from '../image.ts';

/**
 * Lays a foreground over a background: `a fg + (1 - a) bg`.
 *
 * @param foreground - [H, W, 3]
 * @param background - [H, W, 3], or one colour for all pixels
 * @param alpha - [H, W] in [0, 1]
 * @throws RangeError when sizes differ or an alpha leaves [0, 1]
 */
export function alphaComposite(
  foreground: FloatImage,
  background: FloatImage | readonly [number, number, number],
  alpha: Float32Array,
): FloatImage {
  checkImage(foreground, 'alphaComposite');
  const { height, width } = foreground;
  const flat = 'height' in background ? undefined : background;
  const behind = 'height' in background ? background : undefined;
  if (behind !== undefined) {
    checkImage(behind, 'alphaComposite');
    if (behind.height !== height || behind.width !== width) {
      throw new RangeError(
        `alphaComposite: background must be ${height} x ${width} as the foreground, got ${behind.height} x ${behind.width}.`,
      );
    }
  }
  if (alpha.length !== height * width) {
    throw new RangeError(`alphaComposite: alpha must hold ${height * width} values, got ${alpha.length}.`);
  }
  const data = new Float32Array(foreground.data.length);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const a = alpha[pixel];
    if (!(a >= 0 && a <= 1)) {
      throw new RangeError(`alphaComposite: alpha must be in [0, 1], got ${a} at pixel ${pixel}.`);
    }
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel;
      const below = flat === undefined ? (behind as FloatImage).data[at] : flat[channel];
      data[at] = a * foreground.data[at] + (1 - a) * below;
    }
  }
  return { ...foreground, data };
}
