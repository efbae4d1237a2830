import { type ByteImage, checkImage } from '../image.ts';
import { checkPlane, floatPlane, type Plane } from '../plane.ts';
import type { Colour } from './draw-box.ts';

/**
 * An image with a mask or map laid over it: `(1 - o m) x + o m colour`.
 *
 * @param opacity - o, in [0, 1]
 * @throws RangeError when sizes differ or the opacity is out of range
 */
export function drawMask(image: ByteImage, mask: Plane, colour: Colour, opacity: number): ByteImage {
  checkImage(image, 'drawMask');
  checkPlane(mask, 'drawMask');
  if (mask.height !== image.height || mask.width !== image.width) {
    throw new RangeError(
      `drawMask: mask must be ${image.height} x ${image.width} as the image, got ${mask.height} x ${mask.width}.`,
    );
  }
  if (!(opacity >= 0 && opacity <= 1))
    throw new RangeError(`drawMask: opacity must be in [0, 1], got ${opacity}.`);
  const shares = floatPlane(mask);
  const data = Uint8Array.from(image.data, (value, at) => {
    const share = opacity * Math.min(1, shares[Math.floor(at / 3)]);
    return Math.round((1 - share) * value + share * colour[at % 3]);
  });
  return { ...image, data };
}
