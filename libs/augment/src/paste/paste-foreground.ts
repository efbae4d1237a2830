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
  const data = Uint8Array.from(image.data, (value, at) => {
    const share = Math.min(1, a[Math.floor(at / 3)]);
    const below = behind === undefined ? (background as number) : behind.data[at];
    return Math.round(share * value + (1 - share) * below);
  });
  return { ...image, data };
}
