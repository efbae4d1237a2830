import { type ByteImage, checkImage } from '../image.ts';
import { checkPlane, floatPlane, type Plane } from '../plane.ts';

/**
 * A foreground on another background, in bytes: `a image + (1 - a) background`.
 *
 * @param alpha - [H, W] of the image's size; bytes mean value / 255
 * @param background - an image of the same size, or one grey level in 0 … 255
 * @throws RangeError when sizes differ or the grey level is out of range
 */
export function pasteForeground(image: ByteImage, alpha: Plane, background: ByteImage | number): ByteImage {
  checkImage(image, 'pasteForeground');
  checkPlane(alpha, 'pasteForeground');
  const behind = typeof background === 'number' ? undefined : background;
  for (const [name, other] of [
    ['alpha', alpha],
    ['background', behind ?? image],
  ] as const) {
    if (other.height !== image.height || other.width !== image.width) {
      throw new RangeError(
        `pasteForeground: ${name} must be ${image.height} x ${image.width} as the image, got ${other.height} x ${other.width}.`,
      );
    }
  }
  if (typeof background === 'number' && !(background >= 0 && background <= 255)) {
    throw new RangeError(`pasteForeground: a grey level must be in [0, 255], got ${background}.`);
  }
  const a = floatPlane(alpha);
  const grey = typeof background === 'number' ? background : 0;
  const data = new Uint8Array(image.data.length);
  for (let pixel = 0; pixel < a.length; pixel++) {
    const share = Math.min(1, a[pixel]);
    for (let at = pixel * 3; at < pixel * 3 + 3; at++) {
      const below = behind === undefined ? grey : behind.data[at];
      data[at] = Math.round(share * image.data[at] + (1 - share) * below);
    }
  }
  return { ...image, data };
}
